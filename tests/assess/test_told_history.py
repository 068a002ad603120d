"""Histories as they are typed: worked examples, nothing dropped, no crash on any text."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.examples import load_examples
from euthymia.assess.medication.adequacy import adequacy
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.names import find_agent
from euthymia.assess.medication.told.dates import duration, moment
from euthymia.assess.medication.told.lines import read_history
from euthymia.assess.medication.told.words import history_words, side_effect_of, side_effects
from euthymia.assess.medication.trial import DayBounds, EpisodeSeverity, MedicationTrial
from euthymia.core.errors import InputError

ON = date(2026, 6, 30)
ROWS = load_examples("told").rows


def one(line: str):
    (read,) = read_history(line, ON).lines
    return read


@pytest.mark.parametrize("row", ROWS, ids=[row["line"] for row in ROWS])
def test_a_typed_line_is_read_as_documented(row):
    read = one(row["line"])
    if "problem" in row:
        assert read.trial is None
        assert row["problem"] in read.problem
        return
    assert read.problem == ""
    trial = read.trial
    assert find_agent(trial.agent).id == row["agent"]
    assert list(read.not_understood) == row.get("left", [])
    told = {
        "begins": _days(trial.start, trial.start_between),
        "ends": _days(trial.end, trial.end_between),
        "days": _span(trial.least_days, trial.most_days),
        "doses": _doses(trial),
        "response": trial.response.value,
        "stop": trial.stop_reason.value,
        "adherence": trial.adherence.value,
        "effects": list(trial.side_effects),
        "augments": trial.augments,
        "sessions": trial.sessions,
        "atrq": _verdicts(trial, Instrument.ATRQ),
        "athf": _verdicts(trial, Instrument.ATHF_SF),
    }
    # The ATHF-SF asks for adherence, which no line tells unless it says so.
    told["athf"] = [verdict for verdict in told["athf"] if verdict != "poor_adherence"]
    for name, value in told.items():
        if name in row:
            assert value == row[name], name


def _days(day: date | None, between: DayBounds | None) -> str:
    if day is not None:
        return day.isoformat()
    first = between and between.earliest
    last = between and between.latest
    return f"{first or ''}..{last or ''}"


def _span(low: float | None, high: float | None) -> str:
    return f"{'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"


def _doses(trial: MedicationTrial) -> str:
    told = [(dose.low_mg_per_day, dose.high_mg_per_day) for dose in trial.doses]
    told += [(step.dose_mg_per_day, step.dose_mg_per_day) for step in trial.steps]
    return ", ".join(
        "?" if low is high is None else f"{low:g}" if low == high else _span(low, high)
        for low, high in told
    )


def _verdicts(trial: MedicationTrial, instrument: Instrument) -> list[str]:
    return [verdict.value for verdict in adequacy(trial, instrument, ON).possible]


def test_a_whole_history_gives_trials_and_episode():
    told = read_history(
        "# what she told\n\n"
        "Episode: since March 2024, severe, not psychotic, never had ECT\n"
        "1. Zoloft 100 mg, 8 weeks, no response, this episode\n"
        "- Effexor XR 150 mg, 2025, failed\n"
        "no augmentation\n",
        ON,
    )
    assert [trial.agent for trial in told.trials] == ["sertraline", "venlafaxine XR"]
    assert told.episode.onset_between == DayBounds(date(2024, 3, 1), date(2024, 3, 31))
    assert told.episode.severity is EpisodeSeverity.SEVERE
    assert (told.episode.psychotic, told.episode.ect_used) == (False, False)
    assert told.episode.augmentation_used is False
    assert told.findings == ()
    assert [line.number for line in told.lines] == [3, 4, 5, 6]


def test_a_line_that_cannot_be_read_is_a_finding_and_leaves_the_result_open():
    told = read_history("sertraline 50 mg, 8 weeks, failed\nSertralin 50 mg, failed", ON)
    assert len(told.trials) == 1
    (finding,) = told.findings
    assert finding.subject == "line 2"
    assert "Did you mean sertraline" in finding.message
    assert told.unread == ("what line 2 means (Sertralin 50 mg, failed)",)


def test_doses_of_the_base_drug_are_said_not_to_be_understood():
    read = one("sertraline 100 mg with lithium 900 mg, 8 weeks, no response")
    assert read.trial.augments == "sertraline"
    assert _doses(read.trial) == "900"
    assert read.not_understood == ("100 mg",)


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("never really helped", "response", "unknown"),
        ("not very effective", "response", "unknown"),
        ("poor response", "response", "unknown"),
        ("has not helped", "response", "none"),
        ("did not respond", "response", "none"),
        ("50 % worse", "response", "none"),
        ("improved by 60 %", "response", "response"),
        ("failed due to side effects", "stop_reason", "side_effects"),
        ("not still taking", "stop_reason", "unknown"),
        ("from March 2021", "stop_reason", "unknown"),
        ("since March 2021", "stop_reason", "ongoing"),
    ],
)
def test_words_that_are_turned_round_are_never_read_as_the_contrary(words, field, value):
    trial = one(f"sertraline 100 mg, {words}").trial
    assert getattr(trial, field).value == value


def test_what_a_drug_was_taken_for_is_no_side_effect_and_the_current_episode_is_no_current_drug():
    read = one("sertraline 100 mg for insomnia, current episode, gained 10 kg")
    assert read.trial.side_effects == ("weight gain",)
    assert read.trial.current_episode is True
    assert read.trial.stop_reason.value == "unknown"
    assert read.not_understood == ("for insomnia",)


def test_two_courses_in_one_line_are_asked_about():
    assert "Write a line for each course" in one("sertraline 50 mg, 2019, 2022, failed").problem


def test_two_severities_are_asked_about_and_one_between_two_is_left_open():
    assert "two severities" in one("Episode: severe, mild").problem
    assert read_history("Episode: moderately severe", ON).episode.severity is None


@pytest.mark.parametrize("text", ["", "\n \n", "# only a remark"])
def test_a_history_without_a_line_is_refused(text):
    with pytest.raises(InputError, match="Write one line for each treatment"):
        read_history(text, ON)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_and_every_word_is_accounted_for(text):
    try:
        told = read_history(text, ON)
    except InputError:
        return
    for line in told.lines:
        assert line.trial or line.problem or line.understood
        seen = " ".join((*(r.words for r in line.understood), *line.not_understood))
        if line.trial is not None:
            for word in line.text.split():
                bare = word.strip(".,:;|()[]\"'")
                kept = any(map(str.isalnum, bare)) and bare.casefold() not in FILLERS
                assert not kept or line.not_understood or bare in seen


FILLERS = history_words().fillers.words

PIECES = [
    "50 mg", "50->150 mg", "100-200 mg", "up to 200 mg", "2 x 75 mg", "dose unknown",
    "about 6 weeks", "8 weeks", "3 months", "since March 2024", "Mar-Sep 2021", "2019 to 2020",
    "spring 2021", "no response", "partial response", "failed", "ongoing", "weight gain",
    "stopped due to nausea", "not tolerated", "missed doses", "this episode", "12 sessions",
    "xyzzy plugh", "30 % better", "added to sertraline", "(?)", "level 0.8 mmol/l",
]  # fmt: skip


@given(
    st.sampled_from(["Zoloft", "venlafaxine XR", "lithium", "ECT", "SSRI", "Prozak", "rTMS"]),
    st.lists(st.sampled_from(PIECES), max_size=6),
)
def test_any_mixture_of_pieces_is_read_or_refused_in_words(name, pieces):
    read = one(", ".join([name, *pieces]))
    if read.trial is None:
        assert read.problem.count(".") >= 2
        return
    assert read.understood
    for instrument in Instrument:
        assert adequacy(read.trial, instrument, ON).possible
    assert ("xyzzy plugh" in read.not_understood) == ("xyzzy plugh" in pieces)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2021-03-14", "2021-03-14", "2021-03-14"),
        ("spring 2021", "2021-03-01", "2021-05-31"),
        ("winter 2021", "2020-12-01", "2022-02-28"),
        ("Q2 2021", "2021-04-01", "2021-06-30"),
        ("2021-02", "2021-02-01", "2021-02-28"),
        ("02/2020", "2020-02-01", "2020-02-29"),
        ("Feb '20", "2020-02-01", "2020-02-29"),
        ("mid 2020", "2020-05-01", "2020-08-31"),
        ("late February 2021", "2021-02-21", "2021-02-28"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("last month", "2026-05-01", "2026-05-31"),
        ("2 weeks ago", "2026-06-09", "2026-06-23"),
        ("1.4.99", "1999-04-01", "1999-04-01"),
    ],
)
def test_a_statement_about_a_day_leaves_the_days_that_it_can_mean(text, first, last):
    found = moment(text, ON)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize("text", ["31.02.2021", "2021-13-01", "sometime", "2021-02-30"])
def test_what_is_no_day_is_not_read_as_one(text):
    assert moment(text, ON) is None


@given(st.integers(1, 36), st.dates(date(2000, 1, 1), date(2020, 1, 1)))
def test_a_duration_in_months_holds_every_stretch_of_the_calendar(months, start):
    year, month = divmod(start.month - 1 + months, 12)
    first = start.replace(day=1)
    later = date(first.year + year, month + 1, 1)
    told = duration(str(months), None, "months")
    assert told.least <= (later - first).days <= told.most


@given(st.integers(1, 60), st.sampled_from(["days", "weeks", "months", "years"]))
def test_about_is_wider_than_the_plain_statement(count, unit):
    plain = duration(str(count), None, unit)
    rough = duration(str(count), None, unit, about=True)
    assert rough.least <= plain.least <= plain.most <= rough.most
    assert rough.most > plain.most


def test_every_side_effect_is_found_by_its_words_and_by_no_other():
    for effect in side_effects():
        for word in (effect.name, *effect.words):
            assert side_effect_of(word.upper()).id == effect.id
    assert side_effect_of("some weight gain of 10 kg").id == "weight-gain"
    assert side_effect_of("purple elephants") is None


def test_a_future_line_names_the_day():
    tomorrow = ON + timedelta(days=1)
    assert tomorrow.isoformat() in one(f"sertraline since {tomorrow.isoformat()}").problem
