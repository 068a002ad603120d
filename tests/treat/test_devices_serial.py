"""The drivers, byte by byte, against emulated devices behind a pseudo-terminal."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wired import ANSWERS_WITHIN_S, SILENT_AFTER_S, at_the_port, noon, simulated

from euthymia.core.errors import InputError
from euthymia.plan.protocol.pulses import Burst, Train
from euthymia.treat.clock import Clock
from euthymia.treat.devices import magstim_frames, magventure_frames
from euthymia.treat.devices.emulators import MagstimEmulator, MagVentureEmulator
from euthymia.treat.devices.faults import Fault
from euthymia.treat.devices.magstim import MagstimBiStim, MagstimRapid2
from euthymia.treat.devices.magventure import MagVenture
from euthymia.treat.devices.pty_port import Wire
from euthymia.treat.devices.site import Site, SiteDevice, allowed, drivers, read_site
from euthymia.treat.devices.stimulator import (
    DeviceError,
    LinkError,
    NotOfferedError,
    Stimulator,
    TrainSettings,
)
from euthymia.treat.devices.transport import SerialTransport, Transport

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

PLAIN = TrainSettings(55.0, Train.of(10, 20))
THETA = TrainSettings(40.0, Burst.of(3, 50).train(4, 5))


def rapid(transport: Transport, clock: Clock) -> Stimulator:
    return MagstimRapid2(transport, clock, coil="70 mm", unlock_code="5f30-da26cd33-4d")


def bistim(transport: Transport, clock: Clock) -> Stimulator:
    return MagstimBiStim(transport, clock, coil="70 mm")


def magpro(transport: Transport, clock: Clock) -> Stimulator:
    return MagVenture(transport, clock, coil="Cool-B65", charging_s=0.02)


DRIVERS = {
    "rapid2": (lambda device: MagstimEmulator(device, rapid=True), rapid, PLAIN),
    "bistim": (MagstimEmulator, bistim, TrainSettings(55.0, Train.of(1, 1))),
    "magventure": (MagVentureEmulator, magpro, PLAIN),
    "magventure theta": (MagVentureEmulator, magpro, THETA),
}


# --- frames -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "framed"),
    [
        (b"@050", b"@050*"),
        (b"EH", b"EHr"),
        (b"EB", b"EBx"),
        (b"EA", b"EAy"),
        (b"Q@", b"Q@n"),
        (b"R@", b"R@m"),
        (b"J@", b"J@u"),
        (b"\\@", b"\\@c"),
    ],
)
def test_a_magstim_command_ends_in_the_published_check_byte(command: bytes, framed: bytes) -> None:
    assert magstim_frames.frame(command) == framed


def test_magstim_numbers_have_the_published_digits() -> None:
    assert magstim_frames.power(7) == b"@007"
    assert magstim_frames.second_power(100) == b"A100"
    assert magstim_frames.interval(20) == b"C020"
    assert magstim_frames.train_rate(105) == b"B0105"
    assert magstim_frames.train_pulses(40) == b"D00040"
    assert magstim_frames.train_duration(40) == b"[0040"


def test_the_magventure_crc_is_that_of_dallas_and_maxim() -> None:
    # the check value of CRC-8/MAXIM for the digits 1 to 9
    assert magventure_frames.crc8(b"123456789") == 0xA1
    assert magventure_frames.frame(bytes([0])) == bytes([254, 1, 0, 0, 255])


@given(st.binary(min_size=1, max_size=40), st.integers(0, 7), st.integers(0, 45))
def test_a_flipped_bit_never_passes_for_a_frame(payload: bytes, bit: int, at: int) -> None:
    framed = bytearray(magventure_frames.frame(payload))
    framed[at % len(framed)] ^= 1 << bit
    found = list(magventure_frames.FrameReader().feed(bytes(framed)))
    assert payload not in found


@given(
    st.lists(st.binary(min_size=1, max_size=20), max_size=5),
    st.binary(max_size=10).filter(lambda noise: 0xFE not in noise),
    st.integers(1, 7),
)
def test_frames_are_found_in_noise_and_in_pieces_of_any_size(
    payloads: list[bytes], noise: bytes, size: int
) -> None:
    stream = noise + noise.join(magventure_frames.frame(each) for each in payloads)
    reader = magventure_frames.FrameReader()
    found: list[bytes] = []
    for at in range(0, len(stream), size):
        found += list(reader.feed(stream[at : at + size]))
    assert found == payloads


@given(st.binary(max_size=60))
def test_no_bytes_whatever_upset_an_emulator(noise: bytes) -> None:
    for emulator in (
        MagstimEmulator(simulated(noon()), rapid=True),
        MagVentureEmulator(simulated(noon())),
    ):
        assert isinstance(emulator.feed(noise), bytes)


@given(st.binary(max_size=30))
def test_no_bytes_whatever_pass_for_a_magstim_answer_by_accident(noise: bytes) -> None:
    try:
        answer = magstim_frames.parse(b"EB", noise, magstim_frames.SHORT)
    except LinkError:
        return
    assert noise[0:1] == b"E"
    assert noise[-1] == magstim_frames.check_byte(noise[:-1])
    assert answer.status.byte == noise[1]


# --- a train from connect to disconnect ---------------------------------------------------------


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_sets_arms_fires_and_makes_safe(name: str) -> None:
    make, driver, settings = DRIVERS[name]
    clock = noon()
    simulator = simulated(clock)
    with at_the_port(make(simulator), driver, clock) as wired:
        device = wired.device
        device.connect()
        assert not device.status().armed
        assert device.configure(settings) == settings
        device.arm()
        while not device.status().ready:
            clock.sleep_until(clock.now_s() + 0.005)
        device.fire()
        assert device.status().firing or settings.train.pulse_count == 1
        end_s = clock.now_s() + float(settings.train.span_s) + 0.1
        while clock.now_s() < end_s:
            device.status()
            clock.sleep_until(clock.now_s() + 0.02)
        device.make_safe()
        assert not device.status().armed
    assert simulator.memory.total == settings.train.pulse_count
    assert simulator.safe


@pytest.mark.parametrize("name", ["rapid2", "magventure"])
def test_making_safe_in_a_train_stops_it(name: str) -> None:
    make, driver, _ = DRIVERS[name]
    clock = noon()
    simulator = simulated(clock)
    with at_the_port(make(simulator), driver, clock) as wired:
        device = wired.device
        device.connect()
        device.configure(TrainSettings(55.0, Train.of(60, 20)))
        device.arm()
        clock.sleep_until(0.03)
        device.fire()
        clock.sleep_until(0.23)
        device.make_safe()
        given = simulator.memory.total
        clock.sleep_until(0.43)
        assert 0 < given < 60
        assert simulator.memory.total == given


def test_a_bistim_gives_a_pair_and_reads_its_interval_back() -> None:
    pair = TrainSettings(60.0, Burst.of(2, 50).train(1, 1))
    clock = noon()
    simulator = simulated(clock)
    with at_the_port(MagstimEmulator(simulator), bistim, clock) as wired:
        wired.device.connect()
        assert wired.device.configure(pair) == pair
    with at_the_port(MagstimEmulator(simulator), bistim, clock) as wired:
        wired.device.connect()
        with pytest.raises(NotOfferedError, match="whole milliseconds"):
            wired.device.configure(TrainSettings(60.0, Burst.of(2, 300).train(1, 1)))


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("rapid2", THETA, "has not released the commands"),
        ("rapid2", TrainSettings(50.0, Train.of(3, 50)), "trains of 0.1 to 10 s"),
        ("bistim", PLAIN, "single pulses and pairs"),
        ("magventure", TrainSettings(50.0, Train.of(9, "10.25")), "tenths of a hertz"),
        ("magventure", TrainSettings(50.0, Burst.of(3, 7).train(3, 1)), "its own list"),
    ],
)
def test_what_is_not_publicly_described_is_refused_in_words(
    name: str, settings: TrainSettings, sentence: str
) -> None:
    make, driver, _ = DRIVERS[name]
    clock = noon()
    with at_the_port(make(simulated(clock)), driver, clock) as wired:
        wired.device.connect()
        with pytest.raises(NotOfferedError, match=sentence):
            wired.device.configure(settings)


@pytest.mark.parametrize("name", ["rapid2", "magventure"])
def test_an_output_that_is_no_whole_percent_is_refused(name: str) -> None:
    make, driver, settings = DRIVERS[name]
    clock = noon()
    with at_the_port(make(simulated(clock)), driver, clock) as wired:
        wired.device.connect()
        with pytest.raises(DeviceError, match="whole"):
            wired.device.configure(TrainSettings(50.5, settings.train))


def test_a_magstim_that_is_not_under_remote_control_takes_no_commands() -> None:
    emulator = MagstimEmulator(simulated(noon()))
    assert emulator.feed(magstim_frames.frame(b"EB")) == b"?"
    assert emulator.feed(magstim_frames.frame(b"Q@"))[:1] == b"Q"
    assert emulator.feed(magstim_frames.frame(b"@050"))[:1] == b"@"
    assert emulator.feed(b"@050X") == b"?"


# --- a bad cable --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rapid2", "bistim", "magventure"])
@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(lambda answer: b"", id="silence"),
        pytest.param(lambda answer: answer[: len(answer) // 2], id="half frames"),
        pytest.param(lambda answer: bytes(b ^ 0x55 for b in answer), id="garbage"),
        pytest.param(lambda answer: answer[:-1] + bytes([answer[-1] ^ 1]), id="wrong check"),
    ],
)
def test_a_bad_cable_is_a_link_error_and_the_driver_recovers_from_it(name: str, wire: Wire) -> None:
    make, driver, _ = DRIVERS[name]
    broken = [False]

    def cable(answer: bytes) -> bytes:
        return wire(answer) if broken[0] and answer else answer

    clock = noon()
    with at_the_port(make(simulated(clock)), driver, clock, cable) as wired:
        wired.device.connect()
        broken[0] = True
        wired.transport.answer_within(SILENT_AFTER_S)
        with pytest.raises(LinkError) as error:
            wired.device.status()
        assert "cable" in str(error.value) or "Connect it again" in str(error.value)
        broken[0] = False
        wired.transport.answer_within(ANSWERS_WITHIN_S)
        assert not wired.device.status().armed


@pytest.mark.parametrize("name", ["rapid2", "magventure"])
def test_an_unplugged_cable_is_a_link_error_and_disconnecting_still_ends(name: str) -> None:
    make, driver, _ = DRIVERS[name]
    clock = noon()
    with at_the_port(make(simulated(clock)), driver, clock) as wired:
        wired.device.connect()
        wired.unplug()
        with pytest.raises(LinkError):
            wired.device.status()


def test_noise_before_an_answer_does_not_hide_a_magventure_frame() -> None:
    noisy = lambda answer: b"\x00\x11" * 2 + answer if answer else answer  # noqa: E731
    clock = noon()
    with at_the_port(MagVentureEmulator(simulated(clock)), magpro, clock, noisy) as wired:
        # It waits for as many bytes as the noise seems to announce.
        wired.transport.answer_within(SILENT_AFTER_S)
        wired.device.connect()
        assert wired.device.identity.serial_number == "4711"


@pytest.mark.parametrize("name", ["rapid2", "magventure"])
def test_a_device_that_hears_nothing_disarms_itself(name: str) -> None:
    make, driver, settings = DRIVERS[name]
    clock = noon()
    simulator = simulated(clock, watchdog_s=0.1)
    with at_the_port(make(simulator), driver, clock) as wired:
        wired.device.connect()
        wired.device.configure(settings)
        wired.device.arm()
        assert not simulator.safe
        clock.sleep_until(0.2)
        assert simulator.safe


@pytest.mark.parametrize("name", ["rapid2", "magventure"])
def test_a_coil_that_comes_off_is_seen_through_the_wire(name: str) -> None:
    make, driver, _ = DRIVERS[name]
    clock = noon()
    simulator = simulated(clock)
    with at_the_port(make(simulator), driver, clock) as wired:
        wired.device.connect()
        assert wired.device.status().coil_present
        simulator.inject(Fault.COIL_UNPLUGGED)
        assert not wired.device.status().coil_present


def test_a_port_that_does_not_exist_is_refused_with_the_remedy() -> None:
    with pytest.raises(LinkError, match="Check the cable, the name of the port"):
        SerialTransport("/dev/there-is-no-such-port", 9_600, ANSWERS_WITHIN_S)


# --- what a site has turned on ------------------------------------------------------------------

ROOM = SiteDevice(
    "room-1",
    "magventure",
    "/dev/ttyUSB0",
    "Cool-B65",
    "A. Physicist",
    enabled=True,
    bench_tested_on=date(2026, 2, 11),
)
TODAY = date(2026, 3, 2)


def test_no_real_stimulator_is_on_by_default() -> None:
    with pytest.raises(InputError, match="has not turned it on"):
        allowed(Site(), "room-1", TODAY)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"enabled": False}, "not enabled"),
        ({"responsible": " "}, "nobody answers for it"),
        ({"bench_tested_on": None}, "not tried on the bench"),
        ({"bench_tested_on": date(2027, 1, 1)}, "not tried on the bench"),
        ({"driver": "no-such"}, "not known here"),
    ],
)
def test_a_device_that_lacks_anything_stays_off(changes: dict[str, object], problem: str) -> None:
    fields = {name: getattr(ROOM, name) for name in SiteDevice.__slots__}
    device = SiteDevice(**{**fields, **changes})  # type: ignore[arg-type]
    with pytest.raises(InputError, match=problem):
        allowed(Site((device,)), "room-1", TODAY)
    assert allowed(Site((ROOM,)), "room-1", TODAY) is ROOM


def test_a_site_file_is_read_and_its_mistakes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(
        '[[device]]\nid = "room-1"\ndriver = "magventure"\nport = "/dev/ttyUSB0"\n'
        'coil = "Cool-B65"\nresponsible = "A. Physicist"\nenabled = true\n'
        "bench_tested_on = 2026-02-11\n",
        encoding="utf-8",
    )
    assert read_site(path).device == (ROOM,)
    path.write_text('[[device]]\nid = "room-1"\nspeed = 3\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"device\.0"):
        read_site(path)
    path.write_text("[[device", encoding="utf-8")
    with pytest.raises(InputError, match="not TOML"):
        read_site(path)


def test_every_driver_names_its_sources_and_what_it_refuses() -> None:
    for each in drivers():
        assert each.sources
        assert each.offers
        assert each.refuses
        for source in each.sources:
            assert source.reference
