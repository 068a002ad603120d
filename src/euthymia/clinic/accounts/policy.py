"""Who may do what: one table of rights, asked by every view, button, service and endpoint.

`check` refuses with a sentence and `can` answers yes or no; both are the same question, so a
button and the server behind it never disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from django.core.exceptions import PermissionDenied

from euthymia.clinic.accounts.models import Role


class Action(StrEnum):
    """Everything that somebody can ask the clinic to do. The value reads on in a sentence."""

    # all staff, and what belongs to no patient
    SEE_TODAY = "see today's list"
    LIST_PATIENTS = "list patients"
    READ_AGENDA = "read the calendar"
    READ_WORKLIST = "read the worklist"
    READ_EVIDENCE = "read the evidence"
    READ_REGISTRY = "read the registry"
    EXPORT_REGISTRY = "export the registry"
    SIMULATE = "run the virtual clinic"
    USE_TOKENS = "use the interface for programs"
    # administration
    ADMINISTER = "administer the clinic"
    MANAGE_USERS = "manage users"
    MANAGE_DEVICES = "manage devices and coils"
    READ_AUDIT = "read the audit log"
    BACK_UP = "back up the clinic"
    ERASE_IDENTITY = "erase an identity"
    # a patient's record
    REGISTER_PATIENT = "register a patient"
    READ_CHART = "read a chart"
    READ_IDENTITY = "see who a patient is"
    WRITE_IDENTITY = "change who a patient is"
    RECORD_REFERRAL = "record a referral"
    RECORD_HISTORY = "record the medical history"
    RECORD_MEDICINES = "record the present medicines"
    RECORD_SCREEN = "record a safety screen"
    RECORD_SCALE = "record a rating scale"
    RATE_SCALE = "rate a patient on a scale"
    RECORD_CONSENT = "record a consent"
    RECORD_AUTHORIZATION = "record an authorization"
    MAKE_LETTER = "make a letter"
    SIGN_LETTER = "sign a letter"
    MEASURE_HEAD = "measure a head or attach an image"
    BUILD_HEAD = "build a head model"
    USE_BENCH = "use the planning bench"
    CHOOSE_PLACEMENT = "choose a placement"
    REQUEST_PLAN = "ask for a plan"
    MAKE_PLAN = "make a plan"
    SIGN_PLAN = "sign a plan"
    WRITE_PRESCRIPTION = "write a prescription"
    SIGN_PRESCRIPTION = "sign a prescription"
    SET_APPOINTMENTS = "set appointments"
    RECORD_MISSED = "record a missed appointment"
    MEASURE_THRESHOLD = "measure a motor threshold"
    RUN_SESSION = "run a session"
    STOP_SESSION = "stop a session"
    RECORD_ADVERSE_EVENT = "record an adverse event"
    READ_FORECAST = "read a forecast"
    END_COURSE = "end a course"
    SET_FOLLOW_UP = "set a follow-up"
    DO_FOLLOW_UP = "record a follow-up"
    CLOSE_SAFETY_TASK = "close a safety task"
    WRITE_NOTE = "write a note"
    AMEND = "amend or retract an entry"
    INVITE_PATIENT = "invite a patient to the own page"
    SEND_REMINDER = "send a reminder by e-mail"
    EXPORT_CHART = "export a chart"
    BREAK_GLASS = "open a chart in an emergency"
    # a patient's own page
    READ_OWN = "read the own page"
    ANSWER_OWN = "answer the own questionnaires"
    STOP_REMINDERS = "stop the own reminders by e-mail"


_P, _O, _C, _R, _A = (
    Role.PSYCHIATRIST,
    Role.OPERATOR,
    Role.COORDINATOR,
    Role.RESEARCHER,
    Role.ADMINISTRATOR,
)

RIGHTS: Mapping[Action, frozenset[Role]] = {
    Action.SEE_TODAY: frozenset({_P, _O, _C}),
    Action.LIST_PATIENTS: frozenset({_P, _O, _C}),
    Action.READ_AGENDA: frozenset({_P, _O, _C}),
    Action.READ_WORKLIST: frozenset({_P, _O, _C}),
    Action.READ_EVIDENCE: frozenset({_P, _O, _C, _R, _A}),
    Action.READ_REGISTRY: frozenset({_P, _R}),
    Action.EXPORT_REGISTRY: frozenset({_R}),
    Action.SIMULATE: frozenset({_P, _R}),
    Action.USE_TOKENS: frozenset({_P, _O, _C, _R, _A}),
    Action.ADMINISTER: frozenset({_A}),
    Action.MANAGE_USERS: frozenset({_A}),
    Action.MANAGE_DEVICES: frozenset({_A}),
    Action.READ_AUDIT: frozenset({_A}),
    Action.BACK_UP: frozenset({_A}),
    Action.ERASE_IDENTITY: frozenset({_A}),
    Action.REGISTER_PATIENT: frozenset({_P, _C}),
    Action.READ_CHART: frozenset({_P, _O, _C}),
    Action.READ_IDENTITY: frozenset({_P, _O, _C}),
    Action.WRITE_IDENTITY: frozenset({_P, _C}),
    Action.RECORD_REFERRAL: frozenset({_P, _C}),
    Action.RECORD_HISTORY: frozenset({_P, _C}),
    Action.RECORD_MEDICINES: frozenset({_P, _O, _C}),
    Action.RECORD_SCREEN: frozenset({_P, _O}),
    Action.RECORD_SCALE: frozenset({_P, _O, _C}),
    Action.RATE_SCALE: frozenset({_P}),
    Action.RECORD_CONSENT: frozenset({_P, _C}),
    Action.RECORD_AUTHORIZATION: frozenset({_P, _C}),
    Action.MAKE_LETTER: frozenset({_P, _C}),
    Action.SIGN_LETTER: frozenset({_P}),
    Action.MEASURE_HEAD: frozenset({_P, _O}),
    Action.BUILD_HEAD: frozenset({_P, _O}),
    Action.USE_BENCH: frozenset({_P, _O}),
    Action.CHOOSE_PLACEMENT: frozenset({_P, _O}),
    Action.REQUEST_PLAN: frozenset({_P}),
    Action.MAKE_PLAN: frozenset({_P, _O}),
    Action.SIGN_PLAN: frozenset({_P}),
    Action.WRITE_PRESCRIPTION: frozenset({_P}),
    Action.SIGN_PRESCRIPTION: frozenset({_P}),
    Action.SET_APPOINTMENTS: frozenset({_P, _C}),
    Action.RECORD_MISSED: frozenset({_P, _O, _C}),
    Action.MEASURE_THRESHOLD: frozenset({_P, _O}),
    Action.RUN_SESSION: frozenset({_P, _O}),
    Action.STOP_SESSION: frozenset({_P, _O, _C}),
    Action.RECORD_ADVERSE_EVENT: frozenset({_P, _O, _C}),
    Action.READ_FORECAST: frozenset({_P}),
    Action.END_COURSE: frozenset({_P}),
    Action.SET_FOLLOW_UP: frozenset({_P, _C}),
    Action.DO_FOLLOW_UP: frozenset({_P, _O, _C}),
    Action.CLOSE_SAFETY_TASK: frozenset({_P}),
    Action.WRITE_NOTE: frozenset({_P, _O, _C}),
    Action.AMEND: frozenset({_P, _O, _C}),
    Action.INVITE_PATIENT: frozenset({_P, _O, _C}),
    Action.SEND_REMINDER: frozenset({_P, _O, _C}),
    Action.EXPORT_CHART: frozenset({_P}),
    Action.BREAK_GLASS: frozenset({_P, _O}),
    Action.READ_OWN: frozenset({Role.PATIENT}),
    Action.ANSWER_OWN: frozenset({Role.PATIENT}),
    Action.STOP_REMINDERS: frozenset({Role.PATIENT}),
}

IN_EMERGENCY = frozenset(
    {
        Action.READ_CHART,
        Action.READ_IDENTITY,
        Action.STOP_SESSION,
        Action.RECORD_ADVERSE_EVENT,
        Action.WRITE_NOTE,
    }
)
"""What an emergency opens, at any site, to those who may break the glass."""

BY_PROGRAM = frozenset({Action.SEND_REMINDER, Action.INVITE_PATIENT})
"""What the program does by itself, when it is time: reminders, and the links in them."""


class OfPatient(Protocol):
    """What a right can depend on: whose record it is, and where."""

    @property
    def pk(self) -> UUID: ...

    @property
    def site_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Who:
    """The person who asks, with everything that rights depend on.

    roles: by site. glass: patients whose charts this person has open in an emergency.
    confined_to: if set, the only actions allowed (an interface token's scopes).
    time_zone: of the first site of this person; empty if there is none.
    program: it is nobody, but the program itself.
    """

    user_id: int | None
    name: str
    roles: Mapping[int, frozenset[Role]] = field(default_factory=dict)
    patient_id: UUID | None = None
    glass: frozenset[UUID] = frozenset()
    confined_to: frozenset[Action] | None = None
    time_zone: str = ""
    program: bool = False

    @property
    def is_staff(self) -> bool:
        return any(self.roles.values())

    @property
    def all_roles(self) -> frozenset[Role]:
        """Every role at any site, and the patient's own."""
        own = frozenset({Role.PATIENT}) if self.patient_id is not None else frozenset()
        return own.union(*self.roles.values())

    def sites(self, action: Action) -> tuple[int, ...]:
        """The sites at which this person may do that."""
        if self.confined_to is not None and action not in self.confined_to:
            return ()
        return tuple(site for site, roles in self.roles.items() if roles & RIGHTS[action])

    def role_for(self, action: Action, patient: OfPatient | None = None) -> Role:
        """The role in which this person does that, as the chart writes it beside the name."""
        if patient is None:
            held = self.all_roles
        elif self.patient_id == patient.pk:
            held = frozenset({Role.PATIENT})
        else:
            held = self.roles.get(patient.site_id) or self.all_roles
        for role in Role:
            if role in held & RIGHTS[action]:
                return role
        for role in Role:
            if role in held:
                return role
        raise PermissionDenied("You have no role here.")

    def role_text(self, action: Action, patient: OfPatient | None = None) -> str:
        """That role as the chart writes it; the program has none of a person's."""
        return "program" if self.program else self.role_for(action, patient).value


NOBODY = Who(None, "")
"""Somebody who has not logged in."""

PROGRAM = Who(None, "Euthymia", program=True)
"""The program itself; no request is ever its."""


def refusal(action: Action, who: Who, patient: OfPatient | None = None) -> str | None:
    """Why this person may not do that; None if it is allowed."""
    if who.program:
        return None if action in BY_PROGRAM else f"The program does not {action.value} by itself."
    if who.user_id is None:
        return f"Log in to {action.value}."
    return _refusal(action, who, patient)


def _refusal(action: Action, who: Who, patient: OfPatient | None) -> str | None:
    """The same for somebody who has logged in."""
    if who.confined_to is not None and action not in who.confined_to:
        return f"This token may not {action.value}."
    rights = RIGHTS[action]
    if patient is None:
        if who.all_roles & rights:
            return None
    elif who.patient_id == patient.pk:
        if Role.PATIENT in rights:
            return None
    elif (
        who.roles.get(patient.site_id, frozenset()) & rights
        or (patient.pk in who.glass and action in IN_EMERGENCY)
        or (action is Action.BREAK_GLASS and who.all_roles & rights)
    ):
        return None
    allowed = ", ".join(role.label.lower() for role in Role if role in rights)
    where = " at this patient's site" if patient is not None and Role.PATIENT not in rights else ""
    return f"To {action.value} one must be {allowed}{where}."


def check(action: Action, who: Who, patient: OfPatient | None = None) -> None:
    """Raise PermissionDenied with the reason unless this person may do that."""
    why = refusal(action, who, patient)
    if why is not None:
        raise PermissionDenied(why)


def can(action: Action, who: Who, patient: OfPatient | None = None) -> bool:
    """Whether `check` would let this person do that."""
    return refusal(action, who, patient) is None
