"""The summary of a plan on the screen: what must be known before the document is opened."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from euthymia.cli.findings import finding_list, gravest_list, sourced, style_of
from euthymia.cli.output import Cell, facts, section, show, show_unbroken, title
from euthymia.cli.plan_files import PlanFiles
from euthymia.core.findings import Severity
from euthymia.plan.dose.values import Dose
from euthymia.plan.protocol.algebra import Duration
from euthymia.plan.protocol.exact import show as shown
from euthymia.plan.treatment import TreatmentPlan
from euthymia.report.sections.target import handle_words
from euthymia.report.sections.words import conclusion, interval, tally


def show_plan(plan: TreatmentPlan, files: PlanFiles) -> None:
    """Print the headline, the plan in a few lines, the gravest findings, and the files."""
    severity, words = conclusion(plan.findings)
    opening = "STOP: something forbids treatment. " if severity is Severity.STOP else ""
    headline = Text(f"{opening}{words}.", style=f"bold {style_of(severity)}")
    if severity is Severity.NOTE:
        headline.style = "bold green"
    show(title(f"Treatment plan of {plan.patient.pseudonym} on {plan.on.isoformat()}"))
    if plan.patient.synthetic:
        show(Text("synthetic patient: nobody like this exists", style="magenta"))
    show(Text(""), headline, Text(""), facts(_facts(plan)))
    heading = f"Gravest findings, of {tally(plan.findings)}"
    if severity is Severity.NOTE:
        show(section("Findings", finding_list(plan.findings)))
    else:
        show(section(heading, gravest_list(plan.findings)))
    show(section("Written"))
    show_unbroken(_written(files))


def _written(files: PlanFiles) -> Iterator[tuple[str, str]]:
    for path in files.paths:
        yield path.suffix[1:], str(path)
    if files.held:
        yield "no ics", "a calendar is written once nothing forbids treatment"
    for name in files.removed:
        yield "removed", f"{name} of an earlier plan"


def _facts(plan: TreatmentPlan) -> Iterator[tuple[str, Cell]]:
    assessment, placing = plan.assessment, plan.placing
    yield "resistance", sourced(assessment.maudsley.sentence, assessment.maudsley.source)
    yield "", sourced(assessment.trd.sentence, assessment.trd.definition.source)
    _, safe = conclusion(assessment.safety)
    yield "safe?", f"{safe} (screen: {tally(assessment.safety)})"
    yield "target", sourced(placing.target.title, placing.target.source)
    yield "head", placing.head.title or "the patient's own"
    yield "coil", f"{placing.coil.name} on {plan.setting.stimulator.name}"
    yield "placement", _placement(plan)
    for words in _outputs(plan):
        yield "output", words
    yield "protocol", _protocol(plan)
    yield "dates", _dates(plan)


def _placement(plan: TreatmentPlan) -> str:
    placing = plan.placing
    x, y, z = (f"{value + 0.0:.0f}" for value in placing.pose.position_mm)
    handle = handle_words(placing.handle_angle_deg, on_left=bool(placing.target_mm[0] < 0))
    near = min(placing.rules, key=lambda row: row.distance_mm, default=None)
    beside = ""
    if near is not None:
        rule = near.rule.name if near.rule.kind == "eeg" else f"the place of the {near.rule.name}"
        beside = f"{near.distance_mm:.0f} mm from {rule}; "
    return f"{beside}coil centre {x}, {y}, {z} mm, handle {handle}"


def _outputs(plan: TreatmentPlan) -> Iterator[Cell]:
    if plan.threshold is None:
        yield Text("not worked out: no motor threshold is on record", style="yellow")
    elif not plan.doses:
        yield "not worked out: the protocol prescribes no percentage of a motor threshold"
    for dose in plan.doses:
        yield _output(dose)


def _output(dose: Dose) -> Cell:
    line = dose.prescribed
    if line is None or line.setting_pct_mso is None:
        return Text("none can be given: see the findings", style="yellow")
    told = Text(f"{line.setting_pct_mso:g} %MSO", style="bold")
    threshold = dose.inputs.motor_threshold_pct_mso
    told.append(f": {dose.intensity.text}, {interval(threshold, 0)}", style="not bold")
    if line.field_target is not None:
        told.append(f"; {interval(line.field_target, 0)} at the target", style="not bold")
    return told


def _protocol(plan: TreatmentPlan) -> str:
    protocol, entry = plan.setting.protocol, plan.setting.entry
    minutes = shown(protocol.duration_s(Duration.WITH_LAST_INTERVAL) / 60, 2)
    return f"{entry.title} ({entry.id}): {protocol.pulse_count:,} pulses in {minutes} min"


def _dates(plan: TreatmentPlan) -> Cell:
    course = plan.course
    if course is None or not course.sessions:
        return Text("no calendar: see the findings", style="yellow")
    sessions, days = len(course.sessions), len(course.days)
    optional = sum(session.provisional for session in course.sessions)
    kept = f", {optional} of them provisional" if optional else ""
    totals = f"; {plan.totals.per_course:,} pulses" if plan.totals else ""
    return (
        f"{course.first_day} to {course.last_day}: {sessions} sessions on {days} days{kept}{totals}"
    )
