"""The short facts of a plan: those of the summary, and those that a physicist asks for."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from euthymia.core.references import Citation
from euthymia.plan.dose.values import Dose
from euthymia.plan.protocol.algebra import Duration
from euthymia.plan.protocol.exact import show
from euthymia.plan.treatment import MeasuredThreshold, Patient, TreatmentPlan
from euthymia.report.blocks import Code, Content, Strong, content
from euthymia.report.sections.target import handle_words
from euthymia.report.sections.words import (
    conclusion,
    count,
    interval,
    point,
    sentence,
    tally,
)

Fact = tuple[str, Content]


def software() -> str:
    """The name and version of what made the document."""
    try:
        return f"Euthymia {version('euthymia')}"
    except PackageNotFoundError:  # run from a copy of the source that was never installed
        return "Euthymia, version unknown"


def summary_facts(plan: TreatmentPlan, place: str) -> tuple[Fact, ...]:
    """What a psychiatrist must know in half a minute, as names with values.

    place: where on the scalp the coil goes, in words.
    """
    placing, stage = plan.placing, plan.assessment.maudsley
    _, safe = conclusion(plan.assessment.safety)
    on_left = placing.target_mm[0] < 0
    where = f"{place}; coil centre at {point(placing.pose.position_mm)} mm"
    return (
        ("patient", patient_words(plan.patient)),
        *((("diagnosis", (plan.patient.diagnosis,)),) if plan.patient.diagnosis else ()),
        ("resistance", content(sentence(stage.sentence), stage.source)),
        ("safe?", (f"{sentence(safe)} Screen: {tally(plan.assessment.safety)}.",)),
        ("target", content(placing.target.title, placing.target.source)),
        ("head", (placing.head.title or "the patient's own",)),
        ("coil", (f"{placing.coil.name} on {plan.setting.stimulator.name}",)),
        ("place on the scalp", (where,)),
        ("handle", (handle_words(placing.handle_angle_deg, on_left=on_left),)),
        *(("output", words) for words in _outputs(plan)),
        ("protocol", _protocol(plan)),
        ("course", _course(plan)),
    )


def patient_words(patient: Patient) -> Content:
    """ "SYN-001, 44 years, female; SYNTHETIC"."""
    youngest, oldest = patient.age_years
    age = f"{youngest}" if youngest == oldest else f"{youngest} or {oldest}"
    if oldest > youngest + 1:
        age = f"{youngest} to {oldest}"
    sex = f", {patient.sex}" if patient.sex != "unknown" else ""
    mark = Strong("; SYNTHETIC: no such person exists") if patient.synthetic else None
    return content(f"{patient.pseudonym}, {age} years{sex}", mark)


def _outputs(plan: TreatmentPlan) -> Iterator[Content]:
    """One output for each intensity of the protocol."""
    if not plan.doses:
        missing = "no motor threshold is on record"
        known = "the protocol prescribes no percentage of a motor threshold"
        yield (f"not worked out: {missing if plan.threshold is None else known}",)
    for dose in plan.doses:
        yield _output(dose, several=len(plan.doses) > 1)


def _output(dose: Dose, *, several: bool) -> Content:
    line = dose.prescribed
    if line is None or line.setting_pct_mso is None:
        return ("none can be given: see the section Dose",)
    threshold = dose.inputs.motor_threshold_pct_mso
    of = f"{dose.intensity.text}" if several else line.title
    field = ""
    if line.field_target is not None:
        field = f"; field at the target {interval(line.field_target, 0)}, computed"
    setting = Strong(f"{line.setting_pct_mso:g} % MSO")
    return content(setting, f": {of}, {interval(threshold, 0)}{field}", line.source)


def _protocol(plan: TreatmentPlan) -> Content:
    protocol, entry = plan.setting.protocol, plan.setting.entry
    minutes = show(protocol.duration_s(Duration.WITH_LAST_INTERVAL) / 60, 2)
    words = f"; {count(protocol.pulse_count, 'pulse')} in {minutes} min"
    return content(f"{entry.title} ({entry.id})", entry.sources.timing, words)


def _course(plan: TreatmentPlan) -> Content:
    course = plan.course
    if course is None or course.first_day is None or course.last_day is None:
        return ("no calendar: see the section Calendar",)
    sessions = count(len(course.sessions), "session")
    optional = sum(session.provisional for session in course.sessions)
    provisional = f", {optional} of them provisional" if optional else ""
    totals = f"; {plan.totals.per_course:,} pulses" if plan.totals else ""
    return content(
        f"{course.first_day.isoformat()} to {course.last_day.isoformat()}, {sessions} on "
        f"{count(len(course.days), 'day')}{provisional}{totals}",
        course.source,
    )


def threshold_facts(plan: TreatmentPlan, threshold: MeasuredThreshold) -> tuple[Fact, ...]:
    """When and with which devices the motor threshold was measured; planned ones by their names."""
    names = {
        plan.request.stimulator.casefold(): plan.setting.stimulator.name,
        plan.request.coil.casefold(): plan.setting.coil.name,
    }
    used = [names.get(id_.casefold(), id_) for id_ in (threshold.stimulator, threshold.coil)]
    words = f"{threshold.measured_on.isoformat()} with {used[0]} and {used[1]}"
    return (("threshold measured", (words,)),)


def once_each(sources: tuple[Citation, ...]) -> tuple[Citation, ...]:
    """The citations without those of a reference that stands before them."""
    return tuple({source.ref: source for source in reversed(sources)}.values())[::-1]


def computation_facts(plan: TreatmentPlan, ledger_head: str | None) -> tuple[Fact, ...]:
    """What a physicist needs to judge, and to repeat, the numbers."""
    placing = plan.placing
    solver, head, coil = placing.solver, placing.head, placing.coil
    grid = " × ".join(str(size) for size in placing.brain.volume.labels.shape)
    voxel = " × ".join(f"{size:g}" for size in placing.brain.volume.spacing_mm)
    two_ways = (
        f"{solver.direct_strength:.4f} V/m per A/µs by solving for the coil's field, "
        f"{solver.reciprocal_strength:.4f} by reciprocity: {solver.disagreement:.2%} apart"
    )
    return (
        ("software", (f"{software()}, on {plan.on.isoformat()}",)),
        ("chart up to entry", (Code(ledger_head),) if ledger_head else ("not given",)),
        ("head", (f"{head.title or 'own head'}; labels, SHA-256 ", Code(head.id))),
        (
            "to MNI space",
            (
                f"{sentence(head.mni.how)} A published coordinate is taken to be off by about "
                f"{head.mni.uncertainty_mm:.1f} mm (an estimate without a source).",
            ),
        ),
        (
            "coil",
            content(
                f"{coil.name} ({coil.id}), {count(len(coil.positions_mm), 'magnetic dipole')}",
                *once_each(coil.sources),
                "; SHA-256 ",
                Code(coil.sha256),
            ),
        ),
        (
            "method",
            (
                f"finite elements on {grid} bricks of {voxel} mm, potentials at their corners; "
                "conductivities isotropic, mixed where tissues meet in a brick",
            ),
        ),
        ("unknowns", (f"{solver.unknowns:,}",)),
        (
            "solution",
            (
                f"{count(solver.iterations, 'iteration')}, relative residual "
                f"{solver.relative_residual:.1e}",
            ),
        ),
        ("field at the target", (two_ways,)),
        ("search", (f"{solver.placements_rated:,} placements rated by reciprocity",)),
    )
