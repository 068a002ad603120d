"""Before each session: questions, verdicts, stop rules, and the motor threshold."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from assess_samples import ids
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.examples import load_examples
from euthymia.assess.safety.seizure_drugs import check_drugs
from euthymia.assess.safety.session import (
    SessionAnswer,
    SessionDay,
    SessionScreen,
    Verdict,
    screen_session,
)
from euthymia.assess.safety.session_rules import StopScope, session_rules, stop_rule
from euthymia.assess.safety.threshold import ThresholdFacts, threshold_change, threshold_due
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity, worst

TODAY = date(2026, 5, 4)
ROWS = load_examples("session").rows
DRUGS = load_examples("drugs").rows
QUESTIONS = session_rules().question


def days_ago(days: int | None) -> date | None:
    return None if days is None else TODAY - timedelta(days=days)


def quiet(**changed: bool | float | None) -> list[SessionAnswer]:
    """Every question answered as on a day without news, except where `changed` says otherwise."""
    given = {q.id: 8.0 if q.kind == "hours" else False for q in QUESTIONS} | changed
    return [SessionAnswer(key, value) for key, value in given.items()]


def screened(row) -> SessionScreen:
    changed: dict[str, bool | float | None] = dict.fromkeys(row.get("yes", ()), True)
    changed |= dict.fromkeys(row.get("unknown", ()))
    if "hours" in row:
        changed["sleep-hours"] = row["hours"]
    same = {"unknown": None}
    facts = ThresholdFacts(
        on=TODAY,
        measured_on=days_ago(row.get("measured")),
        last_session_on=days_ago(row.get("last")),
        same_coil=row.get("same_coil", True),
        same_stimulator=same.get(row.get("same_stimulator", True), True),
        reasons=tuple(row.get("reasons", ())),
    )
    day = SessionDay(
        on=TODAY,
        sessions_given=row.get("given"),
        last_session_on=days_ago(row.get("last")),
        missed_in_a_row=row.get("missed", 0),
        h_coil=row.get("h_coil"),
        new_drugs=tuple(row.get("new_drugs", ())),
        missed_drugs=tuple(row.get("missed_drugs", ())),
        threshold=facts,
    )
    return screen_session(quiet(**changed), day)


@pytest.mark.parametrize("row", ROWS, ids=ids(ROWS))
def test_a_worked_example_of_a_session_comes_out_as_documented(row):
    result = screened(row)
    assert result.verdict.value == row["verdict"]
    assert result.measure_threshold is row["threshold"]
    assert result.sentence.lower().startswith(result.verdict.text)
    assert result.opens_safety_task is ("suicide" in row.get("yes", ()))


@pytest.mark.parametrize("row", DRUGS, ids=ids(DRUGS))
def test_a_worked_example_of_medicines_comes_out_as_documented(row):
    found = check_drugs(row.get("taken", ()), row.get("stopped", ()))
    assert found
    assert worst(found).label == row["gravest"]


ON_RECORD = SessionDay(TODAY, sessions_given=9, last_session_on=days_ago(1))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.id)
def test_every_question_has_its_own_finding_with_source_and_remedy(question):
    positive = 0.0 if question.kind == "hours" else True
    result = screen_session(quiet(**{question.id: positive}), ON_RECORD)
    found = next(f for f in result.findings if f.code == f"session.{question.id}.yes")
    assert found.severity is question.yes
    assert found.source is not None
    assert found.nearest_allowed
    assert result.measure_threshold is (question.threshold_reason is not None)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.id)
def test_a_question_that_was_not_answered_never_lets_a_session_go_ahead(question):
    for answers in (
        quiet(**{question.id: None}),
        [answer for answer in quiet() if answer.question != question.id],
    ):
        result = screen_session(answers, ON_RECORD)
        assert result.verdict in (Verdict.ASK_PHYSICIAN, Verdict.NO_SESSION)


values = {
    q.id: st.sampled_from([None, 0.0, 5.9, 6.0, 9.0] if q.kind == "hours" else [None, True, False])
    for q in QUESTIONS
}


@given(st.fixed_dictionaries(values), st.sampled_from([q.id for q in QUESTIONS]))
def test_answering_no_where_nothing_was_known_never_makes_a_session_graver(given_values, key):
    """And answering yes never makes it lighter than a no."""
    no, yes = (8.0, 0.0) if key == "sleep-hours" else (False, True)
    order = list(Verdict)

    def verdict(value):
        answers = [SessionAnswer(k, value if k == key else v) for k, v in given_values.items()]
        return order.index(screen_session(answers, ON_RECORD).verdict)

    assert verdict(no) <= verdict(None)
    assert verdict(no) <= verdict(yes)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([SessionAnswer("mood", True)], "there is no such question"),
        ([SessionAnswer("alcohol", True), SessionAnswer("alcohol", False)], "answered twice"),
        ([SessionAnswer("alcohol", 3.0)], "neither yes nor no"),
        ([SessionAnswer("sleep-hours", True)], "is not a number of hours"),
        ([SessionAnswer("sleep-hours", 25.0)], "is not a number of hours"),
        ([SessionAnswer("sleep-hours", float("nan"))], "is not a number of hours"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_its_question(answers, says):
    with pytest.raises(InputError, match=says):
        screen_session(answers, ON_RECORD)


def test_days_in_the_future_are_refused():
    with pytest.raises(InputError, match="last session"):
        screen_session(quiet(), SessionDay(TODAY, last_session_on=TODAY + timedelta(days=1)))
    with pytest.raises(InputError, match="motor threshold"):
        threshold_due(ThresholdFacts(TODAY, TODAY + timedelta(days=1)))
    with pytest.raises(InputError, match="below zero"):
        screen_session(quiet(), SessionDay(TODAY, missed_in_a_row=-1))


# The motor threshold


@pytest.mark.parametrize("reason", session_rules().redetermination.reason, ids=lambda r: r.id)
def test_every_reason_asks_for_the_threshold_with_its_severity(reason):
    facts = {
        "never": ThresholdFacts(TODAY, None),
        "interval": ThresholdFacts(TODAY, days_ago(7)),
        "gap": ThresholdFacts(TODAY, days_ago(7), last_session_on=days_ago(7)),
        "other-coil": ThresholdFacts(TODAY, TODAY, same_coil=False),
        "other-stimulator": ThresholdFacts(TODAY, TODAY, same_stimulator=None),
    }.get(reason.id, ThresholdFacts(TODAY, TODAY, reasons=(reason.id,)))
    found = {f.code: f.severity for f in threshold_due(facts)}
    assert found[f"session.threshold.{reason.id}"] is reason.severity


def test_a_threshold_measured_today_with_the_same_devices_is_not_due():
    assert threshold_due(ThresholdFacts(TODAY, TODAY, last_session_on=days_ago(30))) == ()
    with pytest.raises(InputError, match="it is not known"):
        threshold_due(ThresholdFacts(TODAY, TODAY, reasons=("weather",)))


@pytest.mark.parametrize(
    ("before", "after", "unusual"),
    [
        (50, 50, False),
        (50, 57.5, False),
        (50, 57.6, True),
        (50, 42.5, False),
        (50, 42.4, True),
        (80, 90, False),
        (80, 90.1, True),
        (80, 69.9, True),
        (40, 46, False),
        (40, 46.1, True),
    ],
)
def test_a_threshold_that_moves_unusually_is_looked_at_again(before, after, unusual):
    found = threshold_change(before, after)
    assert (found is not None) is unusual
    if found is not None:
        assert found.severity is Severity.ACKNOWLEDGE


def test_a_threshold_that_cannot_be_is_refused():
    for before, after in ((0, 50), (50, 101), (float("nan"), 50)):
        with pytest.raises(InputError, match="motor threshold"):
            threshold_change(before, after)


# Stop rules, events, precautions


@pytest.mark.parametrize("rule", session_rules().stop, ids=lambda rule: rule.id)
def test_every_stop_rule_says_what_to_do_and_what_has_to_happen_before_the_next_train(rule):
    assert stop_rule(rule.id) is rule
    assert rule.actions
    assert rule.before_next
    assert rule.source.reference


def test_a_seizure_holds_the_course_and_an_unknown_event_is_refused():
    assert stop_rule("seizure").scope is StopScope.COURSE
    assert "named physician" in stop_rule("seizure").before_next
    with pytest.raises(InputError, match="no stop rule has this name"):
        stop_rule("boredom")


def test_the_adverse_events_carry_the_frequencies_of_the_label():
    rates = {event.id: event.label_pct for event in session_rules().event if event.label_pct}
    assert rates == {
        "site-pain": 35.8,
        "muscle-twitch": 20.6,
        "discomfort": 10.9,
        "skin-pain": 8.5,
        "toothache": 7.3,
        "facial-pain": 6.7,
        "eye-pain": 6.1,
    }
    assert len(session_rules().event) == 16
