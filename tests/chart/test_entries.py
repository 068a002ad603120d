"""Typed entries: every kind round-trips, and what cannot be is one clear sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from fact_samples import (
    AT,
    AUTHOR,
    AUTHORIZATION,
    AVAILABILITY,
    CONSENT,
    COURSE_ENDED,
    EVERY_KIND,
    FOLLOW_UP,
    KINDS_SINCE,
    PATIENT,
    PLACEMENT,
    PLAN,
    PRESCRIPTION,
    THRESHOLD,
    TODAY,
    TRIAL,
    phq9,
)
from pydantic import ValidationError
from session_samples import SESSION_KINDS

from euthymia.assess.medication.trial import MedicationTrial
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.course_facts import PlanNumbers
from euthymia.chart.entries import (
    Amended,
    AnyFact,
    Retracted,
    draft,
    entry_of,
    kinds,
    read_fact,
    schema,
)
from euthymia.chart.envelope import NO_LINE_BEFORE, Draft, seal
from euthymia.chart.patient_facts import (
    HeadMeasured,
    ImageAttached,
    MedicationTrialRecorded,
    PatientRegistered,
    ScaleFilled,
)
from euthymia.core.errors import InputError
from euthymia.core.poses import Pose

ID = str(UUID(int=7))
SENTENCE = re.compile(r"[^.]+: .+\. [A-Z].+\.")


HEAD = HeadMeasured(
    measured_on=TODAY, nasion_inion_mm=355, tragus_tragus_mm=362, circumference_mm=560
)


def body_of(fact: AnyFact) -> dict[str, Any]:
    return fact.model_dump(mode="json", exclude={"kind"})


def sealed(fact: AnyFact, at: datetime = AT, reason: str = "") -> Any:
    made = Draft(ID, at, AUTHOR, fact.kind, body_of(fact), reason)
    return seal(made, 1, NO_LINE_BEFORE)


# --- every kind ---------------------------------------------------------------------------------


def test_the_samples_cover_every_kind() -> None:
    every = (*EVERY_KIND, *KINDS_SINCE, *SESSION_KINDS)
    assert {fact.kind for fact in every} == set(kinds())


@pytest.mark.parametrize("fact", (*EVERY_KIND, *KINDS_SINCE), ids=lambda fact: fact.kind)
def test_every_kind_of_entry_reads_back_as_it_was_written(fact: AnyFact) -> None:
    made = draft(fact, id=ID, at=AT, author=AUTHOR, reason="because")
    entry = entry_of(seal(made, 1, NO_LINE_BEFORE))
    assert type(entry.fact) is type(fact)
    assert body_of(entry.fact) == made.body
    assert (entry.id, entry.at, entry.author, entry.reason) == (ID, AT, AUTHOR, "because")


@pytest.mark.parametrize("fact", (*EVERY_KIND, *KINDS_SINCE), ids=lambda fact: fact.kind)
def test_every_kind_of_entry_refuses_a_field_that_it_does_not_know(fact: AnyFact) -> None:
    with pytest.raises(InputError, match=r"(not permitted|unexpected)"):
        read_fact(fact.kind, {**body_of(fact), "surprise": 1})


@pytest.mark.parametrize("fact", (*EVERY_KIND, *KINDS_SINCE), ids=lambda fact: fact.kind)
def test_every_kind_of_entry_follows_the_published_schema(fact: AnyFact) -> None:
    jsonschema.validate(json.loads(fact.model_dump_json()), schema())


@pytest.mark.parametrize("fact", (*EVERY_KIND, *KINDS_SINCE), ids=lambda fact: fact.kind)
def test_a_newer_schema_version_is_refused_with_the_remedy(fact: AnyFact) -> None:
    with pytest.raises(InputError, match=r"is newer than this version.*Update Euthymia"):
        read_fact(fact.kind, {**body_of(fact), "schema_version": 2})


def test_an_amendment_to_something_newer_is_refused_with_the_remedy() -> None:
    amended = {"schema_version": 1, "entry_id": ID}
    for fact in ({"kind": "dream_told"}, {**body_of(HEAD), "kind": HEAD.kind, "schema_version": 2}):
        with pytest.raises(InputError, match="Update Euthymia"):
            read_fact("amended", {**amended, "fact": fact})


def test_a_body_without_its_schema_version_is_refused() -> None:
    body = {key: value for key, value in body_of(HEAD).items() if key != "schema_version"}
    with pytest.raises(InputError, match="schema version is missing"):
        read_fact(HEAD.kind, body)


def test_a_pose_keeps_its_frame_and_numbers() -> None:
    again = read_fact(THRESHOLD.kind, body_of(THRESHOLD))
    assert isinstance(again.coil_pose, Pose)  # type: ignore[union-attr]
    assert again.coil_pose.isclose(THRESHOLD.coil_pose)  # type: ignore[union-attr]


def test_a_sheared_pose_is_refused_with_the_poses_own_sentence() -> None:
    body = body_of(THRESHOLD)
    body["coil_pose"]["matrix_mm"][0][1] = 0.4
    with pytest.raises(InputError, match="sheared or stretched"):
        read_fact(THRESHOLD.kind, body)


def test_an_unknown_kind_is_refused_with_the_remedy() -> None:
    newer = seal(Draft(ID, AT, AUTHOR, "dream_told", {}), 12, NO_LINE_BEFORE)
    with pytest.raises(InputError, match=r"line 12.*'dream_told'.*Update Euthymia"):
        entry_of(newer)


def test_an_unknown_drug_is_recorded_all_the_same() -> None:
    fact = MedicationTrialRecorded(trial=MedicationTrial("zyxolam", None, None))
    assert entry_of(sealed(fact)).fact == fact


def test_facts_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        PATIENT.pseudonym = "other"  # type: ignore[misc]


# --- dates in the future ------------------------------------------------------------------------

TOMORROW = (TODAY + timedelta(days=1)).isoformat()


LATE_STEP = {"start": TOMORROW, "end": None, "dose_mg_per_day": 50.0}
OPEN_TRIAL = {"agent": "sertraline", "start": "2026-01-01", "end": None}


@pytest.mark.parametrize(
    ("fact", "changes", "words"),
    [
        (TRIAL, {"trial": {**OPEN_TRIAL, "end": TOMORROW}}, "trial end"),
        (TRIAL, {"trial": {**OPEN_TRIAL, "steps": [LATE_STEP]}}, "trial steps start"),
        (EVERY_KIND[1], {"episode": {"onset": TOMORROW}}, "episode onset"),
        (THRESHOLD, {"measured_on": TOMORROW}, "measured on"),
    ],
)
def test_a_date_in_the_future_is_one_sentence(
    fact: AnyFact, changes: dict[str, Any], words: str
) -> None:
    future = read_fact(fact.kind, {**body_of(fact), **changes})
    with pytest.raises(InputError) as refusal:
        draft(future, id=ID, at=AT, author=AUTHOR)
    assert f", {words}: {TOMORROW} is a date in the future" in str(refusal.value)
    assert SENTENCE.fullmatch(str(refusal.value))
    with pytest.raises(InputError, match="is a date in the future"):
        entry_of(sealed(future))


def test_a_time_of_day_in_the_future_is_refused() -> None:
    session = next(fact for fact in EVERY_KIND if fact.kind == "session_delivered")
    with pytest.raises(InputError, match=r"started at.*is a date in the future"):
        draft(session, id=ID, at=AT - timedelta(hours=2), author=AUTHOR)


def test_the_day_of_the_entry_is_the_authors_own_day() -> None:
    fact = phq9(5, date(2026, 12, 11))
    sydney = datetime(2026, 12, 11, 8, 0, tzinfo=timezone(timedelta(hours=11)))
    assert draft(fact, id=ID, at=sydney, author=AUTHOR)
    with pytest.raises(InputError, match="date in the future"):
        draft(fact, id=ID, at=sydney.astimezone(timezone.utc), author=AUTHOR)  # noqa: UP017


def test_an_amendment_cannot_bring_in_a_date_in_the_future() -> None:
    late = phq9(5, TODAY + timedelta(days=1))
    with pytest.raises(InputError, match="date in the future"):
        draft(Amended(entry_id=ID, fact=late), id=ID, at=AT, author=AUTHOR, reason="typo")


def test_an_amendment_of_what_may_lie_ahead_may_lie_ahead() -> None:
    assert draft(
        Amended(entry_id=ID, fact=AVAILABILITY), id=ID, at=AT, author=AUTHOR, reason="new job"
    )


def test_a_birth_year_in_the_future_is_refused() -> None:
    unborn = PatientRegistered(pseudonym="x", synthetic=True, birth_year=AT.year + 1)
    with pytest.raises(InputError, match="date in the future"):
        draft(unborn, id=ID, at=AT, author=AUTHOR)
    with pytest.raises(InputError, match="date in the future"):
        draft(Amended(entry_id=ID, fact=unborn), id=ID, at=AT, author=AUTHOR, reason="typo")


@pytest.mark.parametrize("fact", EVERY_KIND[-2:], ids=["amended", "retracted"])
def test_a_change_without_a_reason_is_refused(fact: AnyFact) -> None:
    assert isinstance(fact, Amended | Retracted)
    with pytest.raises(InputError, match="the reason is missing"):
        draft(fact, id=ID, at=AT, author=AUTHOR, reason="  ")
    with pytest.raises(InputError, match="the reason is missing"):
        entry_of(sealed(fact))


# --- values that cannot be ----------------------------------------------------------------------


def change(fact: AnyFact, /, **changes: Any) -> Callable[[], object]:
    return lambda: read_fact(fact.kind, {**body_of(fact), **changes})


IMAGE = ImageAttached(file_name="T1.nii.gz", sha256="cd" * 32)
SCALE = phq9(21)
SCORE = body_of(SCALE)["score"]
WEEK = body_of(AVAILABILITY)["availability"]
FIELD = body_of(PLACEMENT)["field"]
MISSED = next(fact for fact in KINDS_SINCE if fact.kind == "appointment_missed")
REMINDER = next(fact for fact in KINDS_SINCE if fact.kind == "reminder_sent")


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (change(HEAD, nasion_inion_mm=35.5), "nasion inion mm: 35.5 looks like centimetres"),
        (change(HEAD, circumference_mm=5600), "5600 mm is not the size of a head"),
        (change(HEAD, circumference_mm="560"), "circumference mm: input should be a valid number"),
        (change(IMAGE, file_name="../T1.nii.gz"), "without a path"),
        (change(IMAGE, file_name="a\\T1.nii.gz"), "without a path"),
        (change(IMAGE, file_name=".."), "without a path"),
        (change(IMAGE, sha256="cd"), "sha256: 'cd' is not a SHA-256"),
        (change(THRESHOLD, intensity_pct_mso=0.52), "45 means 45 %"),
        (change(THRESHOLD, intensity_pct_mso=152), "less than or equal to 100"),
        (change(THRESHOLD, high_pct_mso=None), "an interval needs both ends"),
        (change(THRESHOLD, low_pct_mso=53), "does not hold the threshold"),
        (change(THRESHOLD, observation="seen"), "'emg' or 'visual'"),
        (change(SCALE, score={**SCORE, "total": "21"}), "score total: input should be a valid"),
        (
            change(SCALE, score={**SCORE, "on": "yesterday"}),
            "score on: input should be a valid date",
        ),
        (change(SCALE, score={**SCORE, "total": None, "items": [True]}), "valid integer"),
        (change(THRESHOLD, muscle=" "), "muscle: it is empty"),
        (change(PATIENT, birth_year=None), "a birth date or a birth year"),
        (change(PATIENT, birth_date="1983-01-01"), "contradict"),
        (change(PATIENT, birth_year=1799), "nobody born in 1799"),
        (change(PATIENT, synthetic=None), "valid boolean"),
        (change(PATIENT, kind="x"), "names the kind again"),
        (change(AVAILABILITY, holiday_country="usa"), "'usa' is not a country's code"),
        (change(AVAILABILITY, time_zone="Mars/Olympus"), "Mars/Olympus"),
        (change(AVAILABILITY, holiday_country=None), "needs its country"),
        (change(AVAILABILITY, availability={**WEEK, "hours": {"days": [[]] * 7}}), "no free hour"),
        (change(AVAILABILITY, availability={**WEEK, "hours": {"days": [[]]}}), "Give seven"),
        (
            change(
                TRIAL,
                trial={"agent": "x", "start": "2026-02-01", "end": "2026-01-01"},
            ),
            "Exchange or correct the two dates",
        ),
        (
            change(
                EVERY_KIND[4],
                answers=[{"item": "seizure", "answer": a} for a in ("no", "yes")],
            ),
            "'seizure' is answered twice",
        ),
        (change(EVERY_KIND[14], ended_at="2020-01-01T00:00:00Z"), "ends before it starts"),
        (change(EVERY_KIND[14], started_at="2026-01-01T00:00:00"), "timezone"),
        (change(EVERY_KIND[16], resolved_on="2020-01-01"), "resolves before it begins"),
        (change(EVERY_KIND[17], entry_id="7"), "entry id: '7' is not the id of an entry"),
        (change(EVERY_KIND[17], fact={"kind": "plan_signed", "schema_version": 1}), "fact"),
        (change(AUTHORIZATION, status="denied"), "only an approval has a number of sessions"),
        (change(AUTHORIZATION, valid_from="2027-07-01"), "it ends before it begins"),
        (change(AUTHORIZATION, status="maybe"), "'requested', 'approved'"),
        (change(CONSENT, version=" "), "version: it is empty"),
        (change(CONSENT, about="everything"), "'treatment'"),
        (change(PLACEMENT, pose=None), "has a pose and its head"),
        (change(PLACEMENT, head=None), "has a pose and its head"),
        (change(PLACEMENT, how="scalp_rule"), "names the rule"),
        (
            change(PLACEMENT, how="scalp_rule", rule="beam-f3", pose=None),
            "a field at the target needs the pose",
        ),
        (change(PLACEMENT, field={**FIELD, "low_v_per_m": None}), "an interval needs both ends"),
        (change(PLACEMENT, field={**FIELD, "low_v_per_m": 99.0}), "does not hold the field"),
        (change(PRESCRIPTION, outputs_pct_mso=[]), "at least 1 item"),
        (change(PRESCRIPTION, outputs_pct_mso=[130.0]), "less than or equal to 100"),
        (change(PRESCRIPTION, sessions=0), "greater than or equal to 1"),
        (change(PRESCRIPTION, placement="7"), "'7' is not the id of an entry"),
        (change(COURSE_ENDED, why="other"), "another reason needs a note"),
        (change(FOLLOW_UP, role="nurse"), "role"),
        (change(MISSED, appointment="a b"), "'a b' is not the id of an appointment"),
        (change(REMINDER, appointment=None, scale="phq9"), "but is about 'appointment'"),
        (change(REMINDER, channel="pigeon"), "channel"),
    ],
)
def test_an_impossible_value_is_one_sentence(attempt: Callable[[], object], says: str) -> None:
    with pytest.raises(InputError) as refusal:
        attempt()
    assert says in str(refusal.value)
    assert SENTENCE.fullmatch(str(refusal.value)), str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_several_faults_are_counted() -> None:
    with pytest.raises(InputError, match="and 1 more fault"):
        change(HEAD, circumference_mm=5, nasion_inion_mm=5)()


def test_a_value_put_together_without_validation_does_not_reach_the_chart() -> None:
    wrong = HEAD.model_copy(update={"circumference_mm": -3.0})
    with pytest.raises(InputError, match="not the size of a head"):
        draft(wrong, id=ID, at=AT, author=AUTHOR)


@pytest.mark.parametrize(
    ("score", "says"),
    [
        (ScaleScore("phq9", TODAY, 28), "a total of 28 is not possible"),
        (ScaleScore("phq9", TODAY), "no score was given"),
        (ScaleScore("phq9", TODAY, 5, (3,) * 9), "does not agree with the items"),
        (ScaleScore("phq-nine", TODAY, 5), "phq-nine"),
    ],
)
def test_a_score_that_the_scale_cannot_have_is_not_written_but_stays_readable(
    score: ScaleScore, says: str
) -> None:
    fact = ScaleFilled(score=score)
    with pytest.raises(InputError, match=says):
        draft(fact, id=ID, at=AT, author=AUTHOR)
    with pytest.raises(InputError, match=says):
        draft(Amended(entry_id=ID, fact=fact), id=ID, at=AT, author=AUTHOR, reason="typo")
    assert entry_of(sealed(fact)).fact == fact


@pytest.mark.parametrize(
    ("birth", "ages"),
    [
        ({"birth_year": 1982}, (43, 44)),
        ({"birth_date": date(1982, 12, 10)}, (44, 44)),
        ({"birth_date": date(1982, 12, 11)}, (43, 43)),
        ({"birth_date": date(1984, 2, 29)}, (42, 42)),
    ],
)
def test_an_age_is_a_range_where_only_the_year_is_known(
    birth: dict[str, Any], ages: tuple[int, int]
) -> None:
    patient = PatientRegistered(pseudonym="x", synthetic=True, **birth)
    assert patient.age_range(TODAY) == ages


def test_what_is_meant_to_lie_ahead_may_lie_ahead_and_the_rest_may_not() -> None:
    for fact in (AUTHORIZATION, FOLLOW_UP):
        assert draft(fact, id=ID, at=AT, author=AUTHOR)
    day_before = AT - timedelta(days=1)
    for fact in (AUTHORIZATION, CONSENT, PLACEMENT, PRESCRIPTION, COURSE_ENDED, REMINDER):
        with pytest.raises(InputError, match="is a date in the future"):
            draft(fact, id=ID, at=day_before, author=AUTHOR)


def test_a_plan_without_figures_is_written_as_before_and_one_with_them_reads_back() -> None:
    assert "numbers" not in body_of(PLAN)
    numbers = PlanNumbers(
        protocol="iTBS-600",
        target="t",
        stimulator="s",
        coil="c",
        first_day=TODAY + timedelta(days=20),
        findings={"caution": 2},
    )
    with_figures = PLAN.model_copy(update={"numbers": numbers})
    made = draft(with_figures, id=ID, at=AT, author=AUTHOR)
    assert read_fact("plan_proposed", made.body) == with_figures


def test_fields_that_came_later_are_written_only_where_they_are_used() -> None:
    """Software that does not know them reads every chart that does not use them."""
    plain = body_of(ScaleFilled(score=ScaleScore("phq9", TODAY, 10)))
    assert set(plain["score"]) == {"scale", "on", "total", "items", "note"}
    used = ScaleFilled(score=ScaleScore("phq9", TODAY, 10, language="de"))
    assert body_of(used)["score"]["language"] == "de"
    assert read_fact("scale_filled", body_of(used)) == used
