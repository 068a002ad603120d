"""The medication timeline: bars, verdicts, unknown ends, refusals."""

from __future__ import annotations

from datetime import date

import pytest
from report_samples import HOSTILE, ON, of_class, parsed, words_of

from euthymia.core.errors import InputError
from euthymia.report.figures.medication import draw
from euthymia.report.figures.trials import Step, Tone, TrialBar

ONSET = date(2024, 6, 1)


def trial(**changes: object) -> TrialBar:
    facts: dict[str, object] = {
        "agent": "sertraline",
        "start": date(2024, 9, 1),
        "end": date(2025, 1, 20),
        "ongoing": False,
        "verdict": "adequate failure",
        "tone": Tone.COUNTS,
        "steps": (
            Step(date(2024, 9, 1), date(2024, 9, 20), 25.0),
            Step(date(2024, 9, 21), None, 150.0),
        ),
        "minimum_mg": 50.0,
    }
    return TrialBar(**{**facts, **changes})  # type: ignore[arg-type]


def heights(svg: str) -> list[float]:
    return [float(each.get("height") or "nan") for each in of_class(svg, "dose")]


def test_every_dose_step_is_a_bar_as_high_as_its_dose() -> None:
    low, high = heights(draw([trial()], ON))
    assert high / low == pytest.approx(150 / 25, rel=0.01)


def test_a_dose_below_the_lowest_adequate_one_is_pale() -> None:
    pale, full = [float(e.get("fill-opacity") or 1) for e in of_class(draw([trial()], ON), "dose")]
    assert pale < 0.5 < full


def test_stretches_without_a_recorded_dose_are_drawn_and_said_to_be_unknown() -> None:
    gap = trial(steps=(Step(date(2024, 10, 1), date(2024, 11, 1), 50.0),))
    svg = draw([gap], ON)
    assert len(heights(svg)) == 3  # before the step, the step, after it
    assert words_of(svg).count("dose ? per day") == 2


def test_names_verdicts_onset_and_day_are_written() -> None:
    words = words_of(draw([trial(detail="17 weeks at dose")], ON, ONSET))
    for said in ("sertraline", "adequate failure", "17 weeks at dose", "2024-06-01", "2026-11-20"):
        assert said in words


@pytest.mark.parametrize(
    ("changes", "fades"),
    [
        ({}, 0),
        ({"start": None}, 1),
        ({"end": None}, 1),
        ({"start": None, "end": None}, 2),
        ({"end": None, "ongoing": True}, 0),
    ],
)
def test_unknown_ends_fade_out_and_ongoing_ones_do_not(
    changes: dict[str, object], fades: int
) -> None:
    svg = draw([trial(**changes)], ON)
    gradients = [each for each in parsed(svg).iter() if each.tag.endswith("linearGradient")]
    assert len(gradients) == fades


def test_a_trial_without_any_date_says_so_and_has_no_bar() -> None:
    svg = draw([trial(), trial(agent="x", start=None, end=None, steps=())], ON)
    assert "dates unknown" in words_of(svg)
    assert len(heights(svg)) == 2


def test_two_timelines_in_one_page_do_not_share_ids() -> None:
    def ids(name: str) -> set[str]:
        svg = draw([trial(start=None)], ON, name=name)
        return {value for each in parsed(svg).iter() if (value := each.get("id"))}

    assert ids("a").isdisjoint(ids("b"))


def test_hostile_names_are_shown_as_text() -> None:
    svg = draw([trial(agent=HOSTILE, verdict=HOSTILE, detail=HOSTILE)], ON)
    assert not [each for each in parsed(svg).iter() if each.tag.endswith("script")]
    assert HOSTILE in words_of(svg)


def test_the_same_trials_are_drawn_with_the_same_bytes() -> None:
    assert draw([trial()], ON, ONSET) == draw([trial()], ON, ONSET)


@pytest.mark.parametrize(
    ("trials", "onset", "message"),
    [
        ([], None, "no trial"),
        ([trial(end=date(2026, 11, 21))], None, "after the day"),
        ([trial()], date(2026, 12, 1), "after the day"),
    ],
)
def test_nothing_to_draw_and_days_in_the_future_are_refused(
    trials: list[TrialBar], onset: date | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        draw(trials, ON, onset)
