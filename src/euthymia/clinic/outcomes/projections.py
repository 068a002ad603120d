"""The worklist, made from what one chart leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from euthymia.chart.chart import Chart
from euthymia.chart.course_facts import PlanProposed
from euthymia.chart.follow_inputs import planned_sessions
from euthymia.chart.intake_facts import AuthorizationStatus
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.outcomes.models import WorkItem, WorkKind
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.overview import BUT_TRAINS
from euthymia.clinic.ui import names
from euthymia.clinic.ui.formats import day
from euthymia.follow.trajectory import weekly


class WorkProjection:
    """One row for each thing that waits. Days on which something falls due stand in the row, so
    that the same chart gives the same rows on every day."""

    model = WorkItem
    kinds = BUT_TRAINS

    def rows(self, patient: Patient, chart: Chart) -> Sequence[WorkItem]:
        """What waits for somebody in this chart."""
        found = [
            *_safety(chart),
            *_adverse(chart),
            *_signatures(chart),
            *_payer(chart),
            *_scales(chart),
            *_contacts(chart),
        ]
        return [
            WorkItem(
                patient=patient,
                site_id=patient.site_id,
                kind=kind.value,
                role=role.value,
                due_on=due_on,
                what=what[:240],
                about=UUID(about) if about else None,
            )
            for kind, role, due_on, what, about in found
        ]


_Found = tuple[WorkKind, Role, date | None, str, str | None]


def _safety(chart: Chart) -> Iterator[_Found]:
    for task in chart.open_safety_tasks:
        since = task.opened_by.at.date()
        yield WorkKind.SAFETY, Role.PSYCHIATRIST, since, task.asks, task.entry_id


def _adverse(chart: Chart) -> Iterator[_Found]:
    for each in chart.adverse_events:
        fact = each.fact
        if fact.resolved_on is None:
            grave = "serious, " if fact.serious else ""
            what = f"{fact.event} ({grave}{fact.severity})"
            yield WorkKind.ADVERSE, Role.PSYCHIATRIST, fact.onset_on, what, each.id


def _signatures(chart: Chart) -> Iterator[_Found]:
    signed = {each.fact.plan_sha256 for each in chart.signatures}
    for plan in chart.plans[-1:]:
        if plan.fact.plan_sha256 not in signed:
            since = plan.entries[0].at.date()
            yield WorkKind.PLAN, Role.PSYCHIATRIST, since, _plan_words(plan.fact), plan.id
    known = {each.fact.prescription_sha256 for each in chart.prescription_signatures}
    for written in chart.prescriptions[-1:]:
        if written.fact.sha256 not in known:
            what = f"{names.protocol(written.fact.protocol)}, {_sessions(written.fact.sessions)}"
            yield (
                WorkKind.PRESCRIPTION,
                Role.PSYCHIATRIST,
                written.fact.written_on,
                what,
                written.id,
            )


def _plan_words(plan: PlanProposed) -> str:
    """What a plan is, for a list; as it was summed up where its figures are not recorded."""
    known = plan.numbers
    if known is None:
        return plan.summary
    parts = [names.protocol(known.protocol)]
    if known.forbidden:
        parts.insert(0, _("must not go ahead as it stands"))
    if known.setting_pct_mso is not None:
        parts.append(f"{known.setting_pct_mso:g} % MSO")
    if known.sessions and known.first_day:
        words = {"sessions": _sessions(known.sessions), "day": day(known.first_day)}
        parts.append(_("%(sessions)s from %(day)s") % words)
    return "; ".join(parts)


def _sessions(count: int) -> str:
    return ngettext("%(n)d session", "%(n)d sessions", count) % {"n": count}


def _payer(chart: Chart) -> Iterator[_Found]:
    found = chart.authorization
    waiting = (AuthorizationStatus.REQUESTED, AuthorizationStatus.APPEALED)
    if found is not None and found.fact.status in waiting:
        what = f"{names.payer(found.fact.payer)}: {found.fact.status.value}"
        yield WorkKind.AUTHORIZATION, Role.COORDINATOR, found.fact.on, what, found.id


def score_due_on(chart: Chart) -> date | None:
    """The day on which a score falls due, as often as the rule says; None while no course is on."""
    if not chart.sessions or chart.courses_ended:
        return None
    planned = planned_sessions(chart)
    if planned is not None and len(chart.sessions) >= planned:
        return None
    if not chart.scales:
        return chart.sessions[0].fact.started_at.date()
    return chart.scales[-1].fact.score.on + timedelta(days=weekly().due_every_days)


def _scales(chart: Chart) -> Iterator[_Found]:
    due_on = score_due_on(chart)
    if due_on is None:
        return
    if not chart.scales:
        yield WorkKind.SCALE, Role.OPERATOR, due_on, "no questionnaire was filled in yet", None
        return
    last = chart.scales[-1]
    what = f"last filled in: {names.scale(last.fact.score.scale)} on {day(last.fact.score.on)}"
    yield WorkKind.SCALE, Role.OPERATOR, due_on, what, last.id


def _contacts(chart: Chart) -> Iterator[_Found]:
    for each in chart.follow_ups:
        if each.is_open:
            contact = each.contact
            role = Role(contact.role) if contact.role != "patient" else Role.COORDINATOR
            yield WorkKind.FOLLOW_UP, role, contact.due_on, contact.what, each.entry_id
