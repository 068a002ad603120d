"""The chart is a pure function of its entries: amended, retracted, with its history."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

import pytest
from fact_samples import (
    AT,
    AVAILABILITY,
    EPISODE,
    EVERY_KIND,
    PATIENT,
    PLAN,
    PLAN_SHA256,
    THRESHOLD,
    TODAY,
    TRIAL,
    chart_of,
    entry,
    phq9,
)
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.safety.screen import Answer, ScreenAnswer
from euthymia.chart.chart import replay
from euthymia.chart.course_facts import PlanSigned, SignatureMeaning
from euthymia.chart.entries import Amended, AnyFact, Retracted
from euthymia.chart.patient_facts import HeadMeasured, ScaleFilled, ScreenAnswered
from euthymia.core.errors import InputError


def ident(number: int) -> str:
    return str(UUID(int=number))


def test_a_chart_holds_every_kind_of_fact_with_the_entries_it_comes_from() -> None:
    chart = replay(entry(number, fact) for number, fact in enumerate(EVERY_KIND, start=1))
    assert chart.patient.fact == PATIENT
    assert chart.episode is not None
    assert chart.episode.entry_ids == (ident(2), ident(18))
    assert chart.trials[0].fact == TRIAL
    assert chart.trials[0].entry_ids == (ident(3),)
    assert chart.screens == ()
    assert [found.id for found in chart.retracted] == [ident(5)]
    assert len(chart.entries) == len(EVERY_KIND)
    for held in (
        chart.medicines,
        chart.head,
        chart.motor_threshold,
        chart.availability,
        chart.plan_request,
    ):
        assert held is not None
    for several in (
        chart.implants,
        chart.scales,
        chart.images,
        chart.plans,
        chart.signatures,
        chart.sessions,
        chart.trains,
        chart.adverse_events,
    ):
        assert len(several) == 1


def test_replay_is_a_function_of_the_entries() -> None:
    entries = [entry(number, fact) for number, fact in enumerate(EVERY_KIND, start=1)]
    assert replay(entries) == replay(tuple(entries))
    assert replay(entries).entries == tuple(entries)


def test_an_amendment_puts_the_new_value_in_the_old_place_and_keeps_the_history() -> None:
    chart = chart_of(phq9(21), phq9(18), Amended(entry_id=ident(2), fact=phq9(12)))
    assert [found.fact.score.total for found in chart.scales] == [12, 18]
    amended = chart.scales[0]
    assert amended.entry_ids == (ident(2), ident(4))
    assert [made.seq for made in chart.history(ident(2))] == [2, 4]
    assert chart.history(ident(2))[0].fact == phq9(21)


def test_the_last_of_several_amendments_holds() -> None:
    chart = chart_of(
        phq9(21),
        Amended(entry_id=ident(2), fact=phq9(12)),
        Amended(entry_id=ident(2), fact=phq9(13)),
    )
    assert chart.scales[0].fact.score.total == 13
    assert chart.scales[0].entry_ids == (ident(2), ident(3), ident(4))


def test_an_amendment_of_the_day_moves_a_fact_in_time() -> None:
    earlier = TODAY - timedelta(days=30)
    chart = chart_of(phq9(21), phq9(18), Amended(entry_id=ident(3), fact=phq9(18, earlier)))
    assert [found.fact.score.total for found in chart.scales] == [18, 21]


def test_a_retracted_fact_no_longer_holds_but_stays_in_the_history() -> None:
    chart = chart_of(phq9(21), Retracted(entry_id=ident(2)))
    assert chart.scales == ()
    assert [found.fact for found in chart.retracted] == [phq9(21)]
    assert [made.seq for made in chart.history(ident(2))] == [2, 3]


def test_retracting_an_amendment_brings_the_value_before_back() -> None:
    chart = chart_of(
        phq9(21),
        Amended(entry_id=ident(2), fact=phq9(12)),
        Retracted(entry_id=ident(3)),
    )
    assert chart.scales[0].fact.score.total == 21
    assert chart.scales[0].entry_ids == (ident(2),)
    assert [made.seq for made in chart.history(ident(2))] == [2, 3, 4]


def test_retracting_the_latest_of_a_kind_brings_the_one_before_back() -> None:
    def head(mm: float, day: date) -> HeadMeasured:
        return HeadMeasured(
            measured_on=day, nasion_inion_mm=mm, tragus_tragus_mm=360, circumference_mm=560
        )

    first, second = head(350, TODAY - timedelta(days=9)), head(360, TODAY)
    assert chart_of(second, first).head.fact == second  # type: ignore[union-attr]
    assert chart_of(first, second, Retracted(entry_id=ident(3))).head.fact == first  # type: ignore[union-attr]


def test_the_motor_threshold_is_the_latest_resting_one() -> None:
    older = THRESHOLD.model_copy(update={"measured_on": TODAY - timedelta(days=7)})
    active = THRESHOLD.model_copy(update={"state": "active"})
    chart = chart_of(THRESHOLD, older, active)
    assert len(chart.motor_thresholds) == 3
    assert chart.motor_threshold is not None
    assert chart.motor_threshold.seq == 2
    assert chart_of(active).motor_threshold is None


def test_the_latest_answer_to_each_question_of_the_screen_holds() -> None:
    def answers(day: date, **given: Answer) -> ScreenAnswered:
        return ScreenAnswered(
            answered_on=day, answers=tuple(ScreenAnswer(i, a) for i, a in given.items())
        )

    chart = chart_of(
        answers(TODAY, seizure=Answer.YES),
        answers(TODAY - timedelta(days=3), seizure=Answer.NO, stroke=Answer.NO),
    )
    answer, source = chart.screen_answers["seizure"]
    assert answer.answer is Answer.YES
    assert source.seq == 2
    assert chart.screen_answers["stroke"][0].answer is Answer.NO


SIGNED = PlanSigned(plan_sha256=PLAN_SHA256, meaning=SignatureMeaning.APPROVED)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ((PATIENT,), "entry 2 .*: the chart has its patient already"),
        ((Amended(entry_id=ident(99), fact=EPISODE),), "there is no entry .*63 before it"),
        ((Retracted(entry_id=ident(99)),), "there is no entry .*63 before it"),
        ((Retracted(entry_id=ident(2)),), "there is no entry .*2 before it"),
        ((Retracted(entry_id=ident(1)),), "cannot be retracted. Amend it instead"),
        (
            (phq9(1), Amended(entry_id=ident(2), fact=EPISODE)),
            "would turn entry 2 .Scale filled. into 'episode_recorded'",
        ),
        (
            (
                phq9(1),
                Amended(entry_id=ident(2), fact=phq9(2)),
                Amended(entry_id=ident(3), fact=phq9(3)),
            ),
            f"is an amendment itself. Amend entry {ident(2)}",
        ),
        (
            (phq9(1), Retracted(entry_id=ident(2)), Amended(entry_id=ident(2), fact=phq9(3))),
            "entry 2 .* was retracted before",
        ),
        (
            (phq9(1), Retracted(entry_id=ident(2)), Retracted(entry_id=ident(2))),
            "entry 2 .* was retracted before",
        ),
        (
            (phq9(1), Retracted(entry_id=ident(2)), Retracted(entry_id=ident(3))),
            "cannot be retracted. Record the retracted fact again",
        ),
        ((SIGNED,), "no plan with the hash"),
        ((PLAN, Retracted(entry_id=ident(2)), SIGNED), "no plan with the hash"),
    ],
)
def test_an_entry_that_cannot_stand_where_it_does_is_named(
    facts: tuple[AnyFact, ...], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        chart_of(*facts)


def test_a_chart_begins_with_its_patient() -> None:
    with pytest.raises(InputError, match="does not begin with the registration"):
        replay([entry(1, EPISODE)])
    with pytest.raises(InputError, match="it holds no entries"):
        replay([])
    with pytest.raises(InputError, match="stands twice"):
        replay([entry(1, PATIENT), entry(1, EPISODE)])


def test_a_patient_can_be_amended() -> None:
    other = PATIENT.model_copy(update={"birth_year": 1983})
    chart = chart_of(Amended(entry_id=ident(1), fact=other))
    assert chart.patient.fact.year_of_birth == 1983
    assert chart.patient.entry_ids == (ident(1), ident(2))


totals, places = st.integers(0, 27), st.integers(1, 9).map(ident)
actions = st.lists(
    st.builds(phq9, totals)
    | st.builds(Amended, entry_id=places, fact=st.builds(phq9, totals))
    | st.builds(Retracted, entry_id=places),
    max_size=9,
)


@given(actions)
def test_every_fact_is_held_or_retracted_and_every_entry_is_kept(facts: list[AnyFact]) -> None:
    """Whatever is refused is left out; what stands must add up."""
    entries = [entry(1, PATIENT)]
    for fact in facts:
        candidate = [*entries, entry(len(entries) + 1, fact)]
        with suppress(InputError):
            replay(candidate)
            entries = candidate
    chart = replay(entries)
    assert chart.entries == tuple(entries)
    told = {made.id for made in entries if isinstance(made.fact, ScaleFilled)}
    held = {found.id for found in chart.scales}
    withdrawn = {found.id for found in chart.retracted}
    assert held | withdrawn == told
    assert not held & withdrawn
    for found in chart.scales:
        last = found.entries[-1].fact
        assert found.fact == (last.fact if isinstance(last, Amended) else last)


def test_what_may_lie_ahead_is_held_as_given() -> None:
    chart = chart_of(AVAILABILITY)
    assert chart.availability is not None
    assert chart.availability.fact.first_possible_day == date(2027, 1, 4)
    assert chart.entries[1].at == AT + timedelta(minutes=2)
