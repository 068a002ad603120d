"""What may follow what: consent, prescriptions, placements, contacts and reminders."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from fact_samples import (
    AT,
    AUTHORIZATION,
    CONSENT,
    COURSE_ENDED,
    DEVIATION,
    FOLLOW_UP,
    PLACEMENT,
    PLAN,
    PLAN_SHA256,
    PRESCRIPTION,
    REFERRAL,
    TODAY,
    appointment,
    chart_of,
    signed,
)

from euthymia.chart.appointment_facts import AppointmentsSet
from euthymia.chart.chart import Chart
from euthymia.chart.course_facts import SignatureMeaning
from euthymia.chart.entries import Amended, AnyFact, Retracted, draft
from euthymia.chart.envelope import Author
from euthymia.chart.follow_up_facts import FollowUpDone, ReminderSent
from euthymia.chart.intake_facts import AuthorizationStatus, ConsentAbout, ConsentDecision
from euthymia.core.errors import InputError

REJECTED, REVIEWED = SignatureMeaning.REJECTED, SignatureMeaning.REVIEWED
STRONGER = PRESCRIPTION.model_copy(update={"outputs_pct_mso": (66.0,)})


def ident(number: int) -> str:
    return str(UUID(int=number))


def amended(number: int, fact: AnyFact) -> Amended:
    return Amended.model_validate({"entry_id": ident(number), "fact": fact})


def gone(number: int) -> Retracted:
    return Retracted(entry_id=ident(number))


# --- what stands --------------------------------------------------------------------------------


def test_the_latest_referral_and_payer_state_stand() -> None:
    later = AUTHORIZATION.model_copy(update={"status": AuthorizationStatus.APPEALED})
    chart = chart_of(REFERRAL, AUTHORIZATION, later)
    assert chart.referral is not None and chart.referral.fact == REFERRAL
    assert chart.authorization is not None and chart.authorization.fact == later
    assert len(chart.authorizations) == 2


def test_consent_stands_only_while_it_is_given_and_not_withdrawn() -> None:
    withdrawn = CONSENT.model_copy(update={"decision": ConsentDecision.WITHDRAWN})
    treatment, registry = ConsentAbout.TREATMENT, ConsentAbout.RESEARCH_REGISTRY
    assert not chart_of().consents_to(treatment)
    given = chart_of(CONSENT)
    assert given.consents_to(treatment)
    assert not given.consents_to(registry)
    assert given.consent(registry) is None
    assert not chart_of(CONSENT, withdrawn).consents_to(treatment)
    assert chart_of(CONSENT, withdrawn, gone(3)).consents_to(treatment)


@pytest.mark.parametrize(
    ("facts", "outputs"),
    [
        ((), None),
        ((signed(PRESCRIPTION, REVIEWED),), None),
        ((signed(PRESCRIPTION),), 62.0),
        ((signed(PRESCRIPTION), signed(PRESCRIPTION, REJECTED)), None),
        ((signed(PRESCRIPTION, REJECTED), signed(PRESCRIPTION)), 62.0),
        ((signed(PRESCRIPTION), STRONGER), 62.0),
        ((signed(PRESCRIPTION), STRONGER, signed(STRONGER)), 66.0),
        ((signed(PRESCRIPTION), STRONGER, signed(STRONGER, REJECTED)), 62.0),
        ((signed(PRESCRIPTION), STRONGER, signed(STRONGER), signed(STRONGER, REJECTED)), None),
        ((signed(PRESCRIPTION), STRONGER, signed(STRONGER), signed(PRESCRIPTION)), 62.0),
        ((signed(PRESCRIPTION), STRONGER, signed(STRONGER), gone(4)), None),
        ((signed(PRESCRIPTION), STRONGER, signed(STRONGER), gone(5)), None),
        ((signed(PRESCRIPTION), STRONGER, signed(STRONGER), gone(5), signed(PRESCRIPTION)), 62.0),
        ((signed(PRESCRIPTION), signed(PRESCRIPTION, REJECTED), gone(4)), 62.0),
        ((signed(PRESCRIPTION), gone(2)), None),
    ],
)
def test_the_prescription_approved_last_stands_until_it_is_taken_back(
    facts: tuple[AnyFact, ...], outputs: float | None
) -> None:
    found = chart_of(PRESCRIPTION, *facts).standing_prescription
    assert (found.fact.outputs_pct_mso[0] if found else None) == outputs


def test_a_prescription_is_signed_by_the_hash_of_its_whole_content() -> None:
    assert PRESCRIPTION.sha256 != STRONGER.sha256
    assert PRESCRIPTION.sha256 != PRESCRIPTION.model_copy(update={"note": "x"}).sha256


def test_a_prescription_knows_its_placement() -> None:
    placed = PRESCRIPTION.model_copy(update={"placement": ident(2)})
    chart = chart_of(PLACEMENT, placed)
    found = chart.placement_of(placed)
    assert found is not None and found.fact == PLACEMENT == chart.placement.fact  # type: ignore[union-attr]
    assert chart.placement_of(PRESCRIPTION) is None


def test_contacts_after_the_course_are_open_until_they_have_taken_place() -> None:
    sooner = FOLLOW_UP.model_copy(update={"due_on": TODAY, "month": 1})
    done = FollowUpDone(entry_id=ident(4), done_on=TODAY, result="well")
    chart = chart_of(COURSE_ENDED, FOLLOW_UP, sooner, done)
    first, second = chart.follow_ups
    assert (first.entry_id, first.is_open, first.done) == (ident(4), False, done)
    assert first.done_by is not None and first.done_by.seq == 5
    assert second.is_open
    assert not second.is_overdue(FOLLOW_UP.due_on)
    assert second.is_overdue(FOLLOW_UP.due_on + timedelta(days=1))
    assert not first.is_overdue(FOLLOW_UP.due_on)


# --- what is refused ----------------------------------------------------------------------------

WITHDRAWN = CONSENT.model_copy(update={"decision": ConsentDecision.WITHDRAWN})
WITHHELD = CONSENT.model_copy(update={"decision": ConsentDecision.WITHHELD})
IMAGES = WITHDRAWN.model_copy(update={"about": ConsentAbout.IMAGES})
PLACED = PRESCRIPTION.model_copy(update={"placement": ident(2)})
ELSEWHERE = PLACED.model_copy(update={"target": "another"})
DONE = FollowUpDone(entry_id=ident(2), done_on=TODAY, result="well")
REMINDED = ReminderSent(sent_at=AT, channel="email", about="appointment", appointment="s09")
CALLED = ReminderSent(sent_at=AT, channel="phone", about="follow_up", follow_up=ident(9))


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ((WITHDRAWN,), "no consent about treatment stands"),
        ((WITHHELD, WITHDRAWN), "record it as withheld"),
        ((CONSENT, IMAGES), "no consent about images stands"),
        ((CONSENT, WITHDRAWN, WITHDRAWN), "no consent about treatment stands"),
        ((PRESCRIPTION.model_copy(update={"plan_sha256": PLAN_SHA256}),), "no plan with the hash"),
        ((PLAN, gone(2), PRESCRIPTION.model_copy(update={"plan_sha256": PLAN_SHA256})), "no plan"),
        ((PRESCRIPTION, PLACED), "is no placement that stands"),
        ((PLACEMENT, gone(2), PLACED), "is no placement that stands"),
        ((PLACEMENT, ELSEWHERE), "is for c at t, and it prescribes c at another"),
        ((PLACEMENT, PLACED, gone(2)), "Retract that prescription first"),
        ((signed(PRESCRIPTION),), "no prescription with the hash"),
        ((PRESCRIPTION, gone(2), signed(PRESCRIPTION)), "no prescription with the hash"),
        ((DONE,), "set no contact that stands"),
        ((FOLLOW_UP, DONE, DONE), "says already that this contact has taken place"),
        ((FOLLOW_UP, gone(2), DONE), "set no contact that stands"),
        ((REMINDED,), "no appointment 's09' stands"),
        ((CALLED,), "set no contact that stands"),
    ],
)
def test_what_cannot_stand_where_it_does_is_refused(facts: tuple[AnyFact, ...], says: str) -> None:
    with pytest.raises(InputError, match=says):
        chart_of(*facts)


def test_what_was_put_right_can_go_on() -> None:
    for facts in (
        (PLACEMENT, PLACED, gone(3), gone(2)),
        (FOLLOW_UP, DONE, gone(3), DONE),
        (CONSENT, WITHDRAWN, CONSENT, WITHDRAWN),
        (FOLLOW_UP, CALLED.model_copy(update={"follow_up": ident(2)})),
        (AppointmentsSet(appointments=(appointment(9, 4),)), REMINDED),
    ):
        assert isinstance(chart_of(*facts), Chart)


def test_a_correction_of_a_consent_counts_for_what_follows() -> None:
    withheld = amended(2, WITHHELD)
    with pytest.raises(InputError, match="no consent about treatment stands"):
        chart_of(CONSENT, withheld, WITHDRAWN)
    assert not chart_of(WITHHELD, amended(2, CONSENT), WITHDRAWN).consents_to(
        ConsentAbout.TREATMENT
    )


def test_a_prescription_that_does_not_fit_its_protocol_is_not_written() -> None:
    two = PRESCRIPTION.model_copy(update={"outputs_pct_mso": (62.0, 60.0)})
    broken = PRESCRIPTION.model_copy(update={"protocol_json": "{}"})
    for fact, says in ((two, "2 are given for 1 blocks"), (broken, "iTBS-600")):
        with pytest.raises(InputError, match=says):
            draft(fact, id=ident(7), at=AT, author=Author("Mira", "psychiatrist"))


def test_a_deviation_holds_for_one_session_on_one_day_and_from_a_known_prescription() -> None:
    other = DEVIATION.model_copy(update={"outputs_pct_mso": (50.0,)})
    chart = chart_of(PRESCRIPTION, signed(PRESCRIPTION), DEVIATION, other)
    found = chart.deviation(DEVIATION.session, DEVIATION.on)
    assert found is not None
    assert found.fact == other
    assert chart.deviation(DEVIATION.session + 1, DEVIATION.on) is None
    assert chart.deviation(DEVIATION.session, DEVIATION.on + timedelta(days=1)) is None
    with pytest.raises(InputError, match="no prescription with the hash"):
        chart_of(DEVIATION)
