"""The treatment plan: who, whether, where, how strongly, with what, and when, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from euthymia.assess.assessment import Assessment
from euthymia.core.findings import Finding, Severity, by_severity, worst
from euthymia.core.progress import SILENT, Progress
from euthymia.core.quantities import Estimate
from euthymia.core.store import Store
from euthymia.model.coil.catalogue import coil as known_coil
from euthymia.model.coil.coil import Coil
from euthymia.model.head.head import Head
from euthymia.plan import treatment_findings
from euthymia.plan.course.hours import Availability
from euthymia.plan.course.schedule import schedule
from euthymia.plan.course.site import Site
from euthymia.plan.course.values import Choices, Course
from euthymia.plan.dose.calculate import dose
from euthymia.plan.dose.totals import PulseTotals, pulse_totals
from euthymia.plan.dose.values import Dose, DoseInputs, Observation
from euthymia.plan.protocol.algebra import Duration, Protocol
from euthymia.plan.protocol.case import MotorThreshold, PatientContext
from euthymia.plan.protocol.catalogue import CatalogueEntry
from euthymia.plan.protocol.catalogue import entry as known_protocol
from euthymia.plan.protocol.check import check
from euthymia.plan.protocol.courses import CourseRule
from euthymia.plan.protocol.courses import course as known_course
from euthymia.plan.protocol.dosing import Intensity, Threshold
from euthymia.plan.protocol.stimulators import Stimulator
from euthymia.plan.protocol.stimulators import stimulator as known_stimulator
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.placing import Placing, place_coil


@dataclass(frozen=True, slots=True)
class Patient:
    """The patient as the plan shows them: never by name. `age_years` is youngest and oldest."""

    pseudonym: str
    synthetic: bool
    age_years: tuple[int, int]
    sex: str = "unknown"
    diagnosis: str = ""
    indication: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What a clinician asks to be planned, by the ids of the catalogues."""

    protocol: str
    target: str
    stimulator: str
    coil: str
    start_on: date
    course: str | None = None


@dataclass(frozen=True, slots=True)
class MeasuredThreshold:
    """A motor threshold with the devices and the way it was measured."""

    pct_mso: Estimate
    kind: Threshold
    observation: Observation
    measured_on: date
    stimulator: str
    coil: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What a request names, looked up: an unknown id is refused before anything is computed."""

    entry: CatalogueEntry
    protocol: Protocol
    stimulator: Stimulator
    coil: Coil
    rule: CourseRule | None

    @classmethod
    def of(cls, request: Request) -> Setting:
        """Look up every id of a request, and build its protocol."""
        entry = known_protocol(request.protocol)
        targets().coordinate(request.target)
        rule = known_course(request.course) if request.course else entry.course_rule
        return cls(
            entry=entry,
            protocol=entry.build(),
            stimulator=known_stimulator(request.stimulator),
            coil=known_coil(request.coil),
            rule=rule,
        )


@dataclass(frozen=True, eq=False)
class TreatmentPlan:
    """Everything that was worked out for one patient on one day.

    doses: one for each different intensity of the protocol; empty without a motor threshold.
    course: None where the protocol has no published schedule, or where it is not known when
    patient and clinic have time (site, availability). Fields of `placing` are per 1 A/us.
    own_findings: what the joining itself has to say (head used, devices that do not match).
    """

    patient: Patient
    on: date
    request: Request
    setting: Setting
    assessment: Assessment
    threshold: MeasuredThreshold | None
    placing: Placing
    doses: tuple[Dose, ...]
    protocol_findings: tuple[Finding, ...]
    course: Course | None
    site: Site | None
    availability: Availability | None
    own_findings: tuple[Finding, ...]

    @property
    def dose(self) -> Dose | None:
        """The dose of the protocol's first block."""
        return self.doses[0] if self.doses else None

    @property
    def totals(self) -> PulseTotals | None:
        """Pulses per session, day and course."""
        if self.course is None or not self.course.sessions:
            return None
        return pulse_totals(self.setting.protocol.pulse_count, self.course.sessions_each_day)

    @property
    def didt_a_per_us(self) -> float | None:
        """Rate of change of the coil's current at the planned output."""
        line = self.dose.prescribed if self.dose else None
        return line.didt_a_per_us if line else None

    @property
    def parts(self) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
        """All findings, by the part of the plan that made them."""
        return (
            ("Assessment", self.assessment.findings),
            ("Head and target", self.own_findings),
            ("Dose", tuple(found for each in self.doses for found in each.findings)),
            ("Protocol", self.protocol_findings),
            ("Calendar", self.course.findings if self.course else ()),
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of all parts, gravest first."""
        return by_severity(found for _, part in self.parts for found in part)

    @property
    def forbidden(self) -> bool:
        """Whether it must not go ahead as it stands."""
        return worst(self.findings) is Severity.STOP

    @property
    def in_one_line(self) -> str:
        """The plan for a list: protocol, target, output, days."""
        parts = [self.setting.entry.id, self.placing.target.title]
        if self.dose is not None and self.dose.setting_pct_mso is not None:
            parts.append(f"{self.dose.setting_pct_mso:g} %MSO")
        if self.course is not None and self.course.sessions:
            parts.append(f"{len(self.course.sessions)} sessions from {self.course.first_day}")
        if self.forbidden:
            parts.insert(0, "must not go ahead as it stands")
        return "; ".join(parts)

    @property
    def outputs_pct_mso(self) -> tuple[float | None, ...]:
        """What the stimulator is set to for each block; None where that could not be worked out."""
        found = {each.intensity: each.setting_pct_mso for each in self.doses}
        return tuple(
            block.intensity.percent
            if block.intensity.of is Threshold.FIXED
            else found.get(block.intensity)
            for block in self.setting.protocol.blocks
        )


def make_plan(
    patient: Patient,
    request: Request,
    assessment: Assessment,
    threshold: MeasuredThreshold | None,
    head: Head,
    site: Site | None,
    availability: Availability | None,
    *,
    on: date,
    choices: Choices | None = None,
    store: Store | None = None,
    progress: Progress = SILENT,
) -> TreatmentPlan:
    """Work out the whole plan; the field is computed unless the store knows it.

    Nothing is left out because something speaks against treatment: the findings say so, and the
    clinician sees both. Refuses unknown ids, and protocols that are not published whole.
    """
    setting = Setting.of(request)
    placing = place_coil(
        head, setting.coil, targets().coordinate(request.target), store=store, progress=progress
    )
    doses = _doses(setting, threshold, placing)
    minutes = float(setting.protocol.duration_s(Duration.WITH_LAST_INTERVAL)) / 60
    course = None
    if setting.rule is not None and site is not None and availability is not None:
        course = schedule(
            setting.rule, request.start_on, availability, site, minutes, today=on, choices=choices
        )
    return TreatmentPlan(
        patient=patient,
        on=on,
        request=request,
        setting=setting,
        assessment=assessment,
        threshold=threshold,
        placing=placing,
        doses=doses,
        protocol_findings=check(
            setting.protocol,
            setting.stimulator,
            setting.coil,
            _context(patient, threshold, doses),
            entry=setting.entry,
        ),
        course=course,
        site=site,
        availability=availability,
        own_findings=by_severity(
            treatment_findings.of_joining(
                request, setting, placing, threshold, site is not None and availability is not None
            )
        ),
    )


def _doses(
    setting: Setting, threshold: MeasuredThreshold | None, placing: Placing
) -> tuple[Dose, ...]:
    if threshold is None:
        return ()
    inputs = DoseInputs(
        motor_threshold_pct_mso=threshold.pct_mso,
        observation=threshold.observation,
        measured=threshold.kind,
        max_didt_a_per_us=setting.coil.max_didt_a_per_us,
        field_target_per_didt=placing.field_target,
        field_m1_per_didt=placing.field_motor,
        depth_target_mm=placing.depth_target_mm,
        depth_m1_mm=placing.depth_motor_mm,
    )
    wanted: dict[Intensity, None] = {block.intensity: None for block in setting.protocol.blocks}
    return tuple(
        dose(inputs, intensity) for intensity in wanted if intensity.of is not Threshold.FIXED
    )


def _context(
    patient: Patient, threshold: MeasuredThreshold | None, doses: tuple[Dose, ...]
) -> PatientContext:
    """The thresholds the protocol check needs: the measured one, and the depth-adjusted one."""
    if threshold is None:
        return PatientContext(indication=patient.indication, sessions_given=0)
    visual = threshold.observation is Observation.VISUAL
    known = [MotorThreshold(threshold.kind, threshold.pct_mso.value, visual)]
    for each in doses:
        line = each.prescribed
        if each.intensity.of is Threshold.RMT_DEPTH_ADJUSTED and line is not None:
            adjusted = 100.0 * line.output.value / each.intensity.percent
            if 0 < adjusted <= 100:
                known.append(MotorThreshold(Threshold.RMT_DEPTH_ADJUSTED, adjusted, visual))
    return PatientContext(thresholds=tuple(known), indication=patient.indication, sessions_given=0)
