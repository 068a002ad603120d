"""The drawn protocol: as many trains and pulses as there are, each at its time."""

from __future__ import annotations

from typing import Any

import pytest
from report_samples import bilateral, itbs, of_class, parsed, ten_hz, words_of

from euthymia.core.errors import InputError
from euthymia.plan.protocol.algebra import Protocol
from euthymia.report.figures.protocol import Zoom, draw, draw_all


def _trains(svg: str) -> int:
    return words_of(svg).count("begins at")


@pytest.mark.parametrize(
    ("protocol", "trains", "pulses_of_train", "pulses_of_burst"),
    [(itbs(), 20, 30, 6), (ten_hz(), 75, 40, 4)],
)
def test_each_zoom_draws_every_train_or_pulse(
    protocol: Protocol, trains: int, pulses_of_train: int, pulses_of_burst: int
) -> None:
    assert _trains(draw(protocol, Zoom.SESSION)) == trains
    assert len(of_class(draw(protocol, Zoom.TRAIN), "pulse")) == pulses_of_train
    assert len(of_class(draw(protocol, Zoom.BURST), "pulse")) == pulses_of_burst


def test_pulses_stand_at_their_exact_times() -> None:
    protocol = itbs()
    drawn = of_class(draw(protocol, Zoom.TRAIN), "pulse")
    x = [float(each.get("x1") or "nan") for each in drawn]
    times = protocol.pulse_times_s()[: len(x)]
    scale = (x[-1] - x[0]) / (times[-1] - times[0])
    assert x == pytest.approx([x[0] + scale * (time - times[0]) for time in times], abs=0.01)


def test_trains_stand_at_their_exact_times() -> None:
    bars = [each for each in parsed(draw(ten_hz(), "session")).iter() if len(each) == 1]
    x = [float(each.get("x") or "nan") for each in bars if each.tag.endswith("rect")]
    assert x == pytest.approx([x[0] + i * (x[-1] - x[0]) / 74 for i in range(75)], abs=0.02)


def test_lengths_and_intervals_are_written_out() -> None:
    words = words_of(draw_all(itbs()))
    for said in ("8 s off", "20 ms", "160 ms between bursts", "600 pulses", "20 trains", "3:09"):
        assert said in words
    words = words_of(draw_all(ten_hz()))
    for said in ("4 s on", "26 s off", "100 ms", "37.5 min", "3,000 pulses"):
        assert said in words


def test_on_and_off_add_up_to_the_onset_grid_in_both_conventions() -> None:
    # 1.84 s from first to last pulse + 8 s off = 9.84 s; 4 s on + 26 s off = 30 s.
    words = words_of(draw(itbs(), Zoom.TRAIN))
    assert "1.84 s from first to last pulse" in words and "9.84 s from onset to onset" in words
    words = words_of(draw(ten_hz(), Zoom.TRAIN))
    assert "4 s on" in words and "30 s from onset to onset" in words


def test_a_long_train_is_cut_and_says_so() -> None:
    svg = draw(bilateral(), Zoom.TRAIN, block=0)
    assert len(of_class(svg, "pulse")) == 60
    assert "first 60 of 600 pulses shown" in words_of(svg)


def test_every_block_of_a_sequence_has_its_own_column_and_words() -> None:
    words = words_of(draw_all(bilateral()))
    for said in ("right DLPFC 110 % of rMT (hand)", "left DLPFC 120 % of rMT (hand)"):
        assert said in words


def test_the_same_protocol_is_drawn_with_the_same_bytes() -> None:
    assert draw_all(bilateral()) == draw_all(bilateral())


@pytest.mark.parametrize(
    ("how", "message"),
    [({"zoom": "pulse"}, "no such zoom"), ({"zoom": "train", "block": 1}, "1 block")],
)
def test_an_unknown_zoom_or_block_is_refused(how: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        draw(itbs(), **how)
