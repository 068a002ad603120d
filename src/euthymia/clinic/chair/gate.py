"""What has to be confirmed, asked and signed before a session goes ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.chair.devices import SIMULATED
from euthymia.clinic.chair.readiness import SIGNABLE
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import Pen
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.treat.session.plan import EARS, IDENTITY, PHYSICIAN, PLACED


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator chose and confirmed on the page.

    chair: where the patient sits. device: `simulated`, or an id of the site's file. hurried: in
    simulated time. navigated: with the simulated hand. physician: who was asked about what has to
    be acknowledged; `acknowledged` are the codes of those findings.
    """

    chair: str
    device: str
    answers: Mapping[str, str]
    identity: bool
    ears: bool
    placed: bool
    hurried: bool = False
    navigated: bool = False
    armed_by_hand: bool = False
    physician: str = ""
    acknowledged: frozenset[str] = frozenset()

    @property
    def simulated(self) -> bool:
        return self.device == SIMULATED


def confirmed_by(
    order: Order, findings: tuple[Finding, ...]
) -> tuple[frozenset[str], tuple[Finding, ...]]:
    """The questions to which the page has a yes, and what a physician was asked about.

    Refuses what stands against the session.
    """
    against = [each for each in findings if each.severity is Severity.STOP]
    if against:
        raise InputError(
            _("this session"),
            _("it must not begin: %(why)s") % {"why": " ".join(f"{f.message}." for f in against)},
            _("Settle that first"),
        )
    asked = [each for each in findings if each.severity is Severity.ACKNOWLEDGE]
    unsigned = [each for each in asked if each.code in SIGNABLE]
    if unsigned:
        raise InputError(
            _("this session"),
            _("it is not as prescribed: %(why)s")
            % {"why": " ".join(f"{each.message}." for each in unsigned)},
            _("Have a psychiatrist sign a deviation for today, or a new prescription"),
        )
    missing = [each for each in asked if each.code not in order.acknowledged]
    if missing or (asked and not order.physician.strip()):
        raise InputError(
            _("this session"),
            _("a physician has to be asked about: %(what)s")
            % {"what": " ".join(f"{each.message}." for each in missing or asked)},
            _("Ask, name the physician, and confirm each point"),
        )
    yes = {f"{each.message}. {PHYSICIAN}" for each in asked}
    for agreed, question in (
        (order.identity, IDENTITY),
        (order.ears, EARS),
        (order.placed, PLACED),
    ):
        if agreed:
            yes.add(question)
    return frozenset(yes), tuple(asked)


def note_physician(
    who: Who, patient: Patient, order: Order, asked: tuple[Finding, ...], session: int
) -> None:
    if not asked:
        return
    text = _("%(name)s was asked before the session went ahead about: %(what)s.") % {
        "name": order.physician.strip(),
        "what": "; ".join(each.message for each in asked),
    }
    note = NoteWritten(topic=NoteTopic.SESSION, text=text, session=session)
    Pen(who, patient, Action.WRITE_NOTE).write(note)
