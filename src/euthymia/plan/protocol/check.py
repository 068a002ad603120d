"""The check of a protocol: all findings, against tables, device, patient and catalogue.

Nothing is passed in silence and nothing stops at the first finding. A cleared protocol that
exceeds a safety table is not blocked: it needs a clinician's acknowledgement. One that is not
cleared and exceeds a table is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

from euthymia.core.findings import Finding, Severity, by_severity
from euthymia.plan.protocol.algebra import Protocol
from euthymia.plan.protocol.case import Case, CoilFacts, PatientContext
from euthymia.plan.protocol.catalogue import CatalogueEntry, Status
from euthymia.plan.protocol.check_device import (
    coil_findings,
    output_findings,
    stimulator_findings,
)
from euthymia.plan.protocol.check_tables import (
    interval_findings,
    scale_findings,
    train_findings,
)
from euthymia.plan.protocol.matching import differences, find_match
from euthymia.plan.protocol.policy import CheckPolicy, default_policy
from euthymia.plan.protocol.stimulators import Stimulator


def check(
    protocol: Protocol,
    stimulator: Stimulator | None = None,
    coil: CoilFacts | None = None,
    patient: PatientContext | None = None,
    *,
    entry: CatalogueEntry | None = None,
    policy: CheckPolicy | None = None,
) -> tuple[Finding, ...]:
    """Every finding about giving this protocol to this patient with this device, gravest first.

    protocol: what is to be given in one session.
    stimulator, coil: the device; what is left out is not checked, and that is said.
    patient: measured thresholds, pulses given today, sessions given so far.
    entry: the catalogue entry it was built from; found by its content if left out. What goes
        beyond the entry is said, and the protocol does not count as cleared then.
    policy: the site's own caps and severities; the shipped ones if left out.
    """
    entry = entry or find_match(protocol)
    case = Case(
        protocol=protocol,
        stimulator=stimulator,
        coil=coil,
        patient=patient or PatientContext(),
        entry=entry,
        differences=differences(protocol, entry) if entry else (),
        policy=policy or default_policy(),
    )
    return by_severity(_all_findings(case))


def _all_findings(case: Case) -> Iterator[Finding]:
    yield from _catalogue_findings(case)
    yield from output_findings(case)
    yield from scale_findings(case)
    yield from train_findings(case)
    yield from interval_findings(case)
    yield from _pulse_findings(case)
    yield from stimulator_findings(case)
    yield from coil_findings(case)
    yield from _first_sessions(case)


def _catalogue_findings(case: Case) -> Iterator[Finding]:
    entry = case.entry
    if entry is None:
        yield Finding(
            "catalogue.unknown",
            Severity.CAUTION,
            "protocol",
            "This protocol is not in the catalogue: it is neither cleared nor published here.",
        )
        return
    yield _status(case, entry)
    if case.differences:
        yield Finding(
            code="catalogue.differs",
            severity=Severity.CAUTION,
            subject=entry.id,
            message=f"It goes beyond what is published as {entry.id}: "
            f"{'; '.join(case.differences)}.",
            found="; ".join(case.differences),
            source=entry.sources.timing,
        )
    if case.patient.indication and case.patient.indication != entry.indication:
        yield Finding(
            code="catalogue.other-indication",
            severity=Severity.CAUTION,
            subject=entry.id,
            message=f"{entry.id} is for {entry.indication}; for {case.patient.indication} it is "
            "off-label.",
            found=case.patient.indication,
            limit=entry.indication,
            source=entry.sources.regulatory,
        )
    for text in entry.chosen:
        yield Finding(
            "catalogue.chosen", Severity.CAUTION, entry.id, f"Chosen, not published: {text}."
        )
    for group, source in entry.unverified:
        what = _GROUPS.get(group, group)
        yield Finding(
            code="catalogue.unverified",
            severity=Severity.NOTE,
            subject=entry.id,
            message=f"Its {what} is unverified: recalled, not read in the source.",
            source=source,
        )


_GROUPS = {"target": "target site", "regulatory": "regulatory status", "course": "course schedule"}


def _status(case: Case, entry: CatalogueEntry) -> Finding:
    cleared = ", ".join(entry.clearances)
    words = {
        Status.CLEARED: f"{entry.id} is cleared in the USA for {entry.indication} ({cleared}).",
        Status.PUBLISHED: f"{entry.id} is published for {entry.indication}, not known as cleared.",
        Status.RESEARCH: f"{entry.id} is a research protocol for {entry.indication}.",
    }[entry.status]
    note = Severity.NOTE if case.cleared else Severity.CAUTION
    if entry.cleared and not case.cleared:
        words += " What is checked here is not just that and does not count as cleared."
    return Finding("catalogue.status", note, entry.id, words, source=entry.sources.regulatory)


def _pulse_findings(case: Case) -> Iterator[Finding]:
    caps, pulses = case.policy.caps, case.protocol.pulse_count
    rule = case.entry.course_rule if case.entry else None
    sessions = rule.sessions_per_day if rule else 1
    today = max(case.patient.pulses_today + pulses, pulses * sessions)
    yield _cap(case, "session", pulses, caps.pulses_per_session)
    yield _cap(case, "day", today, caps.pulses_per_day)


def _cap(case: Case, period: str, pulses: int, cap: int) -> Finding:
    over = pulses > cap
    return Finding(
        code=f"pulses.{period}",
        severity=Severity.ACKNOWLEDGE if over else Severity.NOTE,
        subject=period,
        message=f"{pulses:,} pulses in a {period}"
        + (f" are more than the cap of {cap:,} that is set here." if over else "."),
        found=f"{pulses:,} pulses",
        limit=f"{cap:,} pulses (soft cap; there is no consensus)",
        nearest_allowed=f"{cap:,} pulses" if over else "",
        source=case.policy.caps.source,
    )


def _first_sessions(case: Case) -> Iterator[Finding]:
    rule, given = case.policy.first_sessions, case.patient.sessions_given
    if given is not None and given < rule.sessions:
        yield Finding(
            code="patient.first-sessions",
            severity=Severity.NOTE,
            subject=f"session {given + 1}",
            message=rule.message,
            source=rule.source,
        )
