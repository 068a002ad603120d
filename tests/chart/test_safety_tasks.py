"""Safety tasks: opened by an answer on suicide, closed by a named person with a note."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import pytest
from fact_samples import AT, AUTHOR, PATIENT, SAFETY_TASK_CLOSED, TODAY, chart_of, entry, phq9
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.scales.scale_rules import Scale, all_scales
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.chart import replay
from euthymia.chart.entries import Amended, AnyFact, Retracted, draft, read_fact
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.chart.safety_facts import SafetyTaskClosed
from euthymia.chart.safety_tasks import safety_tasks
from euthymia.core.errors import InputError


def ident(number: int) -> str:
    return str(UUID(int=number))


def answered(item9: int | None, others: int = 1) -> ScaleFilled:
    return ScaleFilled(score=ScaleScore("phq9", TODAY, items=(others,) * 8 + (item9,)))


def closing(number: int = 2, person: str = "Ada Novak", note: str = "Asked; no plan") -> AnyFact:
    return SafetyTaskClosed(entry_id=ident(number), person=person, note=note, assessed_on=TODAY)


def lowest(scale: Scale) -> list[int | None]:
    """Every item at its lowest, one of two alternatives and what is behind a no left out."""
    items: list[int | None] = [scale.item_min] * len(scale.item_max)
    for _, second in scale.alternatives:
        items[second - 1] = None
    return items


WITH_ITEMS = [scale for scale in all_scales() if scale.suicide and scale.item_max]


def test_the_scales_that_ask_about_suicide_are_known() -> None:
    asked = {scale.id: scale.suicide.items for scale in all_scales() if scale.suicide}
    assert asked == {
        "phq9": (9,),
        "hamd17": (3,),
        "hamd21": (3,),
        "hamd24": (3,),
        "hamd28": (3,),
        "madrs": (10,),
        "qids_sr16": (12,),
        "ids_sr30": (18,),
        "ids_c30": (18,),
        "bdi2": (9,),
        "cssrs_screen": (1, 2, 3, 4, 5, 6, 7),
        "check_in": (5,),
    }


@pytest.mark.parametrize("scale", WITH_ITEMS, ids=lambda scale: scale.id)
def test_one_answer_above_zero_opens_a_task_and_zero_does_not(scale: Scale) -> None:
    assert scale.suicide is not None
    zero = lowest(scale)
    quiet = chart_of(ScaleFilled(score=ScaleScore(scale.id, TODAY, items=tuple(zero))))
    assert quiet.safety_tasks == ()
    for number in scale.suicide.items:
        items = list(zero)
        items[number - 1] = 1
        for skip in scale.skips:
            if number in skip.items:
                items[skip.unless - 1] = 1
        chart = chart_of(ScaleFilled(score=ScaleScore(scale.id, TODAY, items=tuple(items))))
        (task,) = chart.open_safety_tasks
        assert task.entry_id == ident(2)
        assert number in task.items
        assert "named person" in task.sentence


def test_a_named_person_with_a_note_closes_it() -> None:
    chart = chart_of(answered(1), closing())
    (task,) = chart.safety_tasks
    assert not task.is_open
    assert chart.open_safety_tasks == ()
    assert "closed by Ada Novak" in task.sentence


@pytest.mark.parametrize("field", ["person", "note"])
@pytest.mark.parametrize("text", ["", "   ", "-", "123"])
def test_a_closing_without_a_name_or_a_note_is_refused(field: str, text: str) -> None:
    body = closing().model_dump(mode="json", exclude={"kind"}) | {field: text}
    with pytest.raises(InputError, match=field):
        read_fact("safety_task_closed", body)


def test_a_closing_in_the_future_is_refused() -> None:
    late = SAFETY_TASK_CLOSED.model_copy(update={"assessed_on": TODAY.replace(year=2030)})
    with pytest.raises(InputError, match="assessed on"):
        draft(late, id=ident(9), at=AT, author=AUTHOR)


def test_only_an_open_task_can_be_closed() -> None:
    with pytest.raises(InputError, match="opened no safety task"):
        chart_of(answered(0), closing())
    with pytest.raises(InputError, match="opened no safety task"):
        chart_of(phq9(3), closing())
    with pytest.raises(InputError, match="opened no safety task"):
        chart_of(answered(1), closing(7))
    with pytest.raises(InputError, match="is closed already"):
        chart_of(answered(1), closing(), closing())


def test_correcting_or_retracting_the_answer_does_not_close_it() -> None:
    amended = chart_of(answered(2), Amended(entry_id=ident(2), fact=answered(0)))
    retracted = chart_of(answered(2), Retracted(entry_id=ident(2)))
    for chart in (amended, retracted):
        (task,) = chart.open_safety_tasks
        assert task.corrected
        assert "corrected since" in task.sentence
    closed = chart_of(answered(2), Retracted(entry_id=ident(2)), closing())
    assert closed.open_safety_tasks == ()


def test_a_higher_answer_by_amendment_opens_it_again() -> None:
    again = chart_of(answered(1), closing(), Amended(entry_id=ident(2), fact=answered(2)))
    assert [task.highest for task in again.open_safety_tasks] == [2]
    same = chart_of(answered(2), closing(), Amended(entry_id=ident(2), fact=answered(2, 2)))
    assert same.open_safety_tasks == ()


def test_an_answer_that_only_an_amendment_brought_opens_a_task_of_the_first_entry() -> None:
    chart = chart_of(answered(0), Amended(entry_id=ident(2), fact=answered(1)))
    assert [task.entry_id for task in chart.open_safety_tasks] == [ident(2)]
    closed = chart_of(answered(0), Amended(entry_id=ident(2), fact=answered(1)), closing())
    assert closed.open_safety_tasks == ()


def test_retracting_the_closing_opens_it_again() -> None:
    chart = chart_of(answered(1), closing(), Retracted(entry_id=ident(3)))
    assert len(chart.open_safety_tasks) == 1


def test_a_closing_cannot_be_amended() -> None:
    body = {"schema_version": 1, "entry_id": ident(3)}
    fact = SAFETY_TASK_CLOSED.model_dump(mode="json")
    with pytest.raises(InputError):
        read_fact("amended", body | {"fact": fact})


places = st.integers(1, 8).map(ident)
answers = st.builds(answered, st.sampled_from([None, 0, 1, 2, 3]))
deeds = st.lists(
    answers
    | st.builds(Amended, entry_id=places, fact=answers)
    | st.builds(Retracted, entry_id=places)
    | st.builds(closing, st.integers(1, 8)),
    max_size=8,
)


@given(deeds)
def test_without_a_closing_that_stands_every_positive_answer_stays_open(facts: list[AnyFact]):
    entries = [entry(1, PATIENT)]
    for fact in facts:
        candidate = [*entries, entry(len(entries) + 1, fact)]
        with suppress(InputError):
            replay(candidate)
            entries = candidate
    retracted = {e.fact.entry_id for e in entries if isinstance(e.fact, Retracted)}
    standing = {
        e.fact.entry_id
        for e in entries
        if isinstance(e.fact, SafetyTaskClosed) and e.id not in retracted
    }
    positive: dict[str, int] = {}
    for made in entries:
        fact = made.fact
        filled = fact.fact if isinstance(fact, Amended) else fact
        target = fact.entry_id if isinstance(fact, Amended) else made.id
        if isinstance(filled, ScaleFilled) and filled.score.items[8]:
            positive[target] = max(positive.get(target, 0), filled.score.items[8])
    tasks = {task.entry_id: task for task in safety_tasks(entries)}
    assert {key: task.highest for key, task in tasks.items()} == positive
    for key, task in tasks.items():
        assert task.is_open or key in standing
