"""The check: every finding, its severity, its nearest allowed value, its source."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity, by_severity, worst
from euthymia.plan.protocol.algebra import Block, Protocol
from euthymia.plan.protocol.case import CoilFacts, MotorThreshold, PatientContext
from euthymia.plan.protocol.catalogue import CatalogueEntry, Counted, catalogue, entry
from euthymia.plan.protocol.check import check
from euthymia.plan.protocol.dosing import Intensity, Side, Site, Threshold
from euthymia.plan.protocol.intervals import OffTime, OnsetToOnset
from euthymia.plan.protocol.matching import differences, find_match
from euthymia.plan.protocol.policy import default_policy
from euthymia.plan.protocol.pulses import Pulse, Waveform
from euthymia.plan.protocol.stimulators import stimulator

LEFT = Site(Side.LEFT, "DLPFC")
HAND = MotorThreshold(Threshold.RMT_HAND, 50)
PATIENT = PatientContext((HAND,))


@dataclass(frozen=True, slots=True)
class Coil:
    name: str
    coil_class: str
    max_didt_a_per_us: float | None = None


BUILDABLE = [each for each in catalogue() if each.buildable]
FIGURE_8: CoilFacts = Coil("Cool-B65", "figure-8", 149.77)


def _by_code(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.code: finding for finding in findings}


def _own(seconds: int, rate_hz: int, percent: float, off_s: int = 26, trains: int = 10) -> Protocol:
    train = Pulse().train(seconds * rate_hz, rate_hz)
    return Protocol.of(Block.of(train, LEFT, Intensity(percent)).every(OffTime.of(off_s)) * trains)


# Catalogue protocol, severity by S1 and by S2: cleared ones are never stopped.
AGAINST_TABLES = [
    ("HF10-37", Severity.NOTE, Severity.ACKNOWLEDGE),
    ("HF10-19", Severity.NOTE, Severity.ACKNOWLEDGE),
    ("HF10-ITI25", Severity.NOTE, Severity.NOTE),
    ("LF1-R", Severity.NOTE, Severity.CAUTION),
    ("dTMS-H1", Severity.ACKNOWLEDGE, Severity.ACKNOWLEDGE),
    ("OCD-H7", Severity.NOTE, Severity.ACKNOWLEDGE),
    ("SMK-H4", Severity.NOTE, Severity.NOTE),
    ("HF20", Severity.NOTE, Severity.STOP),
    ("PTSD-1HzR", Severity.NOTE, Severity.CAUTION),
]


@pytest.mark.parametrize(("name", "by_s1", "by_s2"), AGAINST_TABLES)
def test_catalogue_protocols_are_graded_against_the_tables(
    name: str, by_s1: Severity, by_s2: Severity
) -> None:
    found = _by_code(check(entry(name).build()))
    graded = found["train-duration.s1"].severity, found["train-duration.s2"].severity
    assert graded == (by_s1, by_s2)


@pytest.mark.parametrize("each", BUILDABLE, ids=lambda each: each.id)
def test_findings_come_gravest_first_and_no_cleared_protocol_is_stopped(
    each: CatalogueEntry,
) -> None:
    findings = check(each.build())
    assert findings == by_severity(findings)
    if each.cleared:
        assert worst(findings) <= Severity.ACKNOWLEDGE


def test_theta_bursts_are_noted_as_not_tabulated() -> None:
    for name in ("iTBS-600", "SNT", "aTBS-Duprat", "PTSD-iTBS"):
        found = _by_code(check(entry(name).build()))
        assert found["train-duration.theta-burst"].severity is Severity.NOTE
        assert found["train-duration.theta-burst"].limit == "not tabulated"
        assert "train-duration.s1" not in found


def test_an_excess_names_limit_nearest_values_and_source() -> None:
    excess = _by_code(check(_own(4, 10, 120)))["train-duration.s2"]
    assert excess.found == "4 s"
    assert excess.limit == "3.2 s at 10 Hz and 120 %"
    assert excess.nearest_allowed == "32 pulses a train at 120 %, or 110 % for this train"
    assert excess.source is not None
    assert excess.source.ref == "chen-1997"


def test_the_nearest_allowed_train_passes_the_check() -> None:
    train = Pulse().train(32, 10)
    block = Block.of(train, LEFT, Intensity(120)).every(OffTime.of(26)) * 10
    assert _by_code(check(Protocol.of(block)))["train-duration.s2"].severity is Severity.NOTE
    lower = _own(4, 10, 110)
    assert _by_code(check(lower))["train-duration.s2"].severity is Severity.NOTE


def test_beyond_the_tested_range_is_a_caution_and_does_not_say_unsafe() -> None:
    finding = _by_code(check(_own(60, 1, 130)))["train-duration.s1"]
    assert finding.severity is Severity.CAUTION
    assert "does not say that it is unsafe" in finding.message


def test_outside_a_table_needs_acknowledgement() -> None:
    finding = _by_code(check(_own(1, 10, 135)))["train-duration.s1"]
    assert finding.severity is Severity.ACKNOWLEDGE
    assert "outside table S1" in finding.message


def test_a_cleared_name_does_not_cover_a_changed_protocol() -> None:
    stronger = entry("HF10-37").build(intensity_pct=125)
    found = _by_code(check(stronger, entry=entry("HF10-37")))
    assert "125 %, published 120 %" in found["catalogue.differs"].message
    assert found["train-duration.s2"].severity is Severity.STOP
    assert "does not count as cleared" in found["catalogue.status"].message


def _changes() -> list[tuple[str, Protocol, str]]:
    block = entry("HF10-37").build().blocks[0]
    return [
        ("more trains", Protocol.of(block * 2), "150 trains, published 75"),
        ("closer", Protocol.of(block.every(OffTime.of(10))), "from train to train"),
        ("longer", _own(5, 10, 120), "trains of 50 pulses at 10 Hz"),
        (
            "other side",
            Protocol.of(replace(block, site=Site(Side.RIGHT, "DLPFC"))),
            "site right DLPFC",
        ),
        (
            "other threshold",
            Protocol.of(block.at(Intensity(120, Threshold.RMT_LEG))),
            "percent of rMT (leg)",
        ),
        (
            "stronger pulses",
            Protocol.of(replace(block, train=Pulse(relative_amplitude=1.2).train(40, 10))),
            "pulses stronger",
        ),
        ("two blocks", block + block, "2 blocks, published 1"),
    ]


@pytest.mark.parametrize("change", _changes(), ids=lambda change: change[0])
def test_every_way_beyond_a_cleared_protocol_is_found(change: tuple[str, Protocol, str]) -> None:
    _, protocol, words = change
    assert any(words in text for text in differences(protocol, entry("HF10-37")))
    found = find_match(protocol)
    assert found is None or not found.cleared


def test_less_of_a_cleared_protocol_is_still_that_protocol() -> None:
    block = entry("HF10-37").build().blocks[0]
    ramp = Protocol.of(replace(block, train_count=40, intensity=Intensity(100)))
    assert differences(ramp, entry("HF10-37")) == ()
    wider = Protocol.of(block.every(OnsetToOnset.of(40)))
    assert differences(wider, entry("HF10-37")) == ()


@pytest.mark.parametrize("counted", Counted)
@pytest.mark.parametrize("each", BUILDABLE, ids=lambda each: each.id)
def test_either_reading_of_the_interval_is_the_published_protocol(
    each: CatalogueEntry, counted: Counted
) -> None:
    assert differences(each.build(counted=counted), each) == ()


def test_a_protocol_that_nobody_published_says_so() -> None:
    finding = _by_code(check(_own(1, 13, 100)))["catalogue.unknown"]
    assert finding.severity is Severity.CAUTION


def test_unverified_and_chosen_values_are_named() -> None:
    chosen = entry("VA-4000").complete(1, iti_s=10)
    findings = check(chosen.build(), entry=chosen)
    texts = [finding.message for finding in findings]
    assert "Chosen, not published: block 1: iti_s = 10." in texts
    assert any(text.startswith("Its timing is unverified") for text in texts)


def test_treating_another_indication_is_off_label() -> None:
    patient = PatientContext((), indication="MDD")
    found = _by_code(check(entry("OCD-H7").build(), patient=patient))
    assert found["catalogue.other-indication"].severity is Severity.CAUTION
    assert "catalogue.other-indication" not in _by_code(
        check(entry("HF10-37").build(), patient=patient)
    )


@pytest.mark.parametrize(
    ("off_s", "percent", "severity"),
    [
        (26, 110, Severity.NOTE),
        (8, 120, Severity.CAUTION),
        (1, 110, Severity.STOP),
        (4, 90, Severity.STOP),
    ],
)
def test_intervals_are_graded_for_protocols_that_are_not_cleared(
    off_s: int, percent: float, severity: Severity
) -> None:
    finding = _by_code(check(_own(1, 10, percent, off_s)))["interval.s3"]
    assert finding.severity is severity
    assert (finding.nearest_allowed == "5 s") == (severity is Severity.STOP)


def test_the_interval_note_says_for_how_many_trains_it_was_tested() -> None:
    finding = _by_code(check(_own(1, 10, 100, trains=40)))["interval.s3"]
    assert "tested for up to 10 trains" in finding.message


def test_a_long_train_cannot_be_hidden_as_two_blocks() -> None:
    block = Block.of(Pulse().train(30, 10), LEFT, Intensity(110))
    findings = check(block + block)
    gap = next(each for each in findings if each.subject == "between blocks 1 and 2")
    assert gap.severity is Severity.STOP
    other_side = Block.of(Pulse().train(30, 10), Site(Side.RIGHT, "DLPFC"), Intensity(110))
    assert "interval.s3" not in _by_code(check(block + other_side))


def test_output_is_computed_from_the_threshold_and_shown_with_didt() -> None:
    finding = _by_code(check(entry("HF10-37").build(), None, FIGURE_8, PATIENT))["intensity.output"]
    assert finding.severity is Severity.NOTE
    assert finding.found == "60 % MSO (89.9 A/us in Cool-B65)"


def test_more_than_full_output_is_stopped_with_the_highest_possible_percentage() -> None:
    patient = PatientContext((MotorThreshold(Threshold.RMT_HAND, 88),))
    finding = _by_code(check(entry("HF10-37").build(), patient=patient))["intensity.output"]
    assert finding.severity is Severity.STOP
    assert finding.found == "105.6 % MSO"
    assert finding.nearest_allowed == "113 % of rMT (hand)"
    assert Intensity(113).pct_mso(88) <= 100 < Intensity(114).pct_mso(88)


def test_a_threshold_of_another_kind_stops_and_none_at_all_is_noted() -> None:
    protocol = entry("OCD-H7").build()
    assert _by_code(check(protocol, patient=PATIENT))["intensity.other-threshold"].severity is (
        Severity.STOP
    )
    assert _by_code(check(protocol))["intensity.no-threshold"].severity is Severity.NOTE


def test_leg_thresholds_are_said_not_to_be_the_tables_own_scale() -> None:
    found = _by_code(check(entry("OCD-H7").build()))
    assert "% of rMT (leg)" in found["train-duration.other-threshold"].message
    assert "train-duration.other-threshold" not in _by_code(check(entry("HF10-37").build()))


def test_a_depth_adjusted_intensity_is_looked_up_at_no_less_than_its_share_of_the_rmt() -> None:
    adjusted = Intensity(100, Threshold.RMT_DEPTH_ADJUSTED)
    protocol = Protocol.of(Block.of(Pulse().train(40, 10), LEFT, adjusted))
    deep = PatientContext((HAND, MotorThreshold(Threshold.RMT_DEPTH_ADJUSTED, 60)))
    shallow = PatientContext((HAND, MotorThreshold(Threshold.RMT_DEPTH_ADJUSTED, 40)))
    deeper = _by_code(check(protocol, patient=deep))["train-duration.s2"]
    assert deeper.severity is Severity.STOP
    assert "120 %" in deeper.limit
    assert "100 %" in _by_code(check(protocol, patient=shallow))["train-duration.s2"].limit


def test_a_fixed_output_enters_the_tables_only_with_a_hand_threshold() -> None:
    fixed = Intensity(60, Threshold.FIXED)
    protocol = Protocol.of(Block.of(Pulse().train(40, 10), LEFT, fixed))
    assert _by_code(check(protocol))["train-duration.no-threshold"].severity is Severity.CAUTION
    assert _by_code(check(protocol, patient=PATIENT))["train-duration.s2"].limit.endswith("120 %")


def test_a_visual_threshold_is_set_against_the_emg_scale_of_the_tables() -> None:
    visual = PatientContext((MotorThreshold(Threshold.RMT_HAND, 50, by_visual_twitch=True),))
    standard = _by_code(check(entry("HF10-37").build(), patient=visual))[
        "intensity.visual-threshold"
    ]
    assert "120 % of it is about 134 % of the EMG threshold" in standard.message
    assert standard.severity is Severity.CAUTION
    assert "exceeds table S1" in standard.message
    theta = _by_code(check(entry("iTBS-600").build(), patient=visual))["intensity.visual-threshold"]
    assert theta.severity is Severity.NOTE
    assert "intensity.visual-threshold" not in _by_code(
        check(entry("HF10-37").build(), patient=PATIENT)
    )


def test_pulse_caps_are_soft_and_configurable() -> None:
    protocol = _own(4, 10, 100, trains=150)
    assert protocol.pulse_count == 6000
    over = _by_code(check(protocol))["pulses.session"]
    assert over.severity is Severity.ACKNOWLEDGE
    assert over.nearest_allowed == "5,000 pulses"
    policy = default_policy()
    generous = replace(policy, caps=replace(policy.caps, pulses_per_session=8000))
    assert _by_code(check(protocol, policy=generous))["pulses.session"].severity is Severity.NOTE


def test_a_day_counts_the_sessions_of_the_course_and_those_already_given() -> None:
    snt = entry("SNT").build()
    day = _by_code(check(snt))["pulses.day"]
    assert (day.found, day.severity) == ("18,000 pulses", Severity.NOTE)
    late = PatientContext(pulses_today=16_500)
    assert _by_code(check(snt, patient=late))["pulses.day"].severity is Severity.ACKNOWLEDGE


def test_a_rate_beyond_the_stimulator_is_stopped_with_both_ways_out() -> None:
    protocol = _own(1, 20, 150)
    finding = _by_code(check(protocol, stimulator("magstim-rapid2-240v"), None, PATIENT))
    rate = finding["stimulator.rate"]
    assert rate.severity is Severity.STOP
    assert rate.nearest_allowed == "18 Hz at this output, or 70 % MSO at this rate"


def test_a_recalled_limit_asks_for_acknowledgement_instead_of_stopping() -> None:
    protocol = _own(1, 40, 100)
    found = _by_code(check(protocol, stimulator("magventure-magpro-r30"), None, PATIENT))
    assert found["stimulator.rate"].severity is Severity.ACKNOWLEDGE
    assert found["stimulator.unverified"].source is not None


def test_theta_bursts_are_held_against_the_rate_within_a_burst() -> None:
    itbs = entry("iTBS-600").build()
    super_rapid = stimulator("magstim-super-rapid2-240v")
    low = PatientContext((MotorThreshold(Threshold.RMT_HAND, 40),))
    assert "stimulator.burst-rate" not in _by_code(check(itbs, super_rapid, None, low))
    found = _by_code(check(itbs, super_rapid, None, PATIENT))["stimulator.burst-rate"]
    assert found.nearest_allowed == "50 % MSO at this rate"
    assert "stimulator.burst-rate" not in _by_code(
        check(itbs, stimulator("magventure-magpro-r30"), None, PATIENT)
    )


def test_more_mean_power_than_sustained_is_stopped_with_the_interval_that_is_enough() -> None:
    protocol = _own(4, 10, 160, off_s=2)
    device = stimulator("magstim-rapid2-240v")
    finding = _by_code(check(protocol, device, None, PATIENT))["stimulator.power"]
    assert finding.severity is Severity.STOP
    # 40 pulses at 80 % MSO: 40 x 161.3 J / 1050 W = 6.144 s from train to train.
    assert finding.nearest_allowed == "2.2 s between trains"
    enough = replace(protocol.blocks[0], interval=OffTime.of("2.3"))
    assert "stimulator.power" not in _by_code(check(Protocol.of(enough), device, None, PATIENT))


def test_an_unknown_waveform_too_short_a_pause_and_too_long_a_train_are_found() -> None:
    device = stimulator("magstim-rapid2-240v")
    shape = Pulse(Waveform.MONOPHASIC).train(10, 10)
    short = Block.of(shape, LEFT, Intensity(100)).every(OffTime.of("0.4")) * 2
    found = _by_code(check(Protocol.of(short), device, None, PATIENT))
    assert found["stimulator.waveform"].nearest_allowed == "biphasic"
    assert found["stimulator.interval"].nearest_allowed == "0.5 s"
    long = Protocol.of(Block.of(Pulse().train(7000, 1), LEFT, Intensity(100)))
    assert "stimulator.train-pulses" in _by_code(check(long, device, None, PATIENT))


def test_the_neurostar_session_limit_and_its_unit_are_told() -> None:
    found = _by_code(check(_own(4, 10, 100, trains=150), stimulator("neurostar"), None, PATIENT))
    assert found["stimulator.session-pulses"].severity is Severity.ACKNOWLEDGE
    assert "SMT" in found["stimulator.note"].message


def test_what_was_not_checked_is_said() -> None:
    found = _by_code(check(entry("iTBS-600").build()))
    assert {"stimulator.none", "coil.none", "intensity.no-threshold"} <= found.keys()
    r100 = _by_code(check(entry("iTBS-600").build(), stimulator("magventure-magpro-r100")))
    assert "the highest rate within a burst" in r100["stimulator.unknown-limits"].message
    virtual = _by_code(check(entry("iTBS-600").build(), stimulator("virtual")))
    assert "stimulator.virtual" in virtual


def test_a_coil_of_another_class_is_a_caution_and_ends_the_clearance() -> None:
    protocol = entry("dTMS-H1").build()
    with_h1 = _by_code(check(protocol, None, Coil("H1", "H1"), PATIENT))
    assert with_h1["train-duration.s1"].severity is Severity.ACKNOWLEDGE
    assert "5.56" in with_h1["coil.h-coil"].message
    other = _by_code(check(protocol, None, FIGURE_8, PATIENT))
    assert other["coil.other-class"].severity is Severity.CAUTION
    assert other["train-duration.s1"].severity is Severity.STOP


def test_the_first_sessions_are_watched() -> None:
    for given, expected in ((0, True), (2, True), (3, False), (None, False)):
        found = _by_code(check(_own(1, 10, 100), patient=PatientContext(sessions_given=given)))
        assert ("patient.first-sessions" in found) == expected


def test_equal_blocks_are_told_once_and_different_ones_by_their_number() -> None:
    protocol = entry("BILAT-seq").complete(2, bursts_per_train=50, trains=30, iti_s=25).build()
    subjects = [each.subject for each in check(protocol * 2) if each.code == "train-duration.s1"]
    assert sorted(subjects) == ["block 1 (right DLPFC)", "block 2 (left DLPFC)"]


@pytest.mark.parametrize("each", BUILDABLE, ids=lambda each: each.id)
def test_every_source_of_every_finding_is_registered(each: CatalogueEntry) -> None:
    for finding in check(each.build(), stimulator("neurostar"), FIGURE_8, PATIENT):
        assert finding.source is None or finding.source.reference.title


@pytest.mark.parametrize("bad", [0, -5, 101, float("nan")])
def test_an_impossible_threshold_is_refused(bad: float) -> None:
    with pytest.raises(InputError, match="not above 0 and up to 100"):
        MotorThreshold(Threshold.RMT_HAND, bad)
    with pytest.raises(InputError, match="a fixed output has none"):
        MotorThreshold(Threshold.FIXED, 50)
