"""A chart as it stands and as it came to be, for a person and for a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from euthymia.assess.safety.screen import Answer
from euthymia.assess.scales.scale_rules import find_scale
from euthymia.chart.chart import Chart, Recorded
from euthymia.chart.entries import Amended, Entry, Retracted
from euthymia.chart.facts import title as title_of_kind
from euthymia.chart.patient_facts import MedicationTrialRecorded
from euthymia.cli.chart_course_view import course_data, course_parts
from euthymia.cli.findings import finding_list
from euthymia.cli.output import bullets, facts, section, show, table, title
from euthymia.cli.plain import Data, findings_data
from euthymia.core.findings import Finding
from euthymia.report.sections.words import day_text

_MANY = ("trials", "screens", "implants", "scales", "images", "motor_thresholds", "plans",
         "signatures", "sessions", "trains", "adverse_events", "retracted", "referrals",
         "consents", "authorizations", "notes", "placements", "prescriptions",
         "prescription_signatures", "courses_ended", "reminders")  # fmt: skip
_ONE = ("patient", "episode", "medicines", "head", "availability", "plan_request")


def chart_data(chart: Chart, findings: Iterable[Finding]) -> Data:
    """The chart as it stands: each fact with the ids of the entries it comes from."""
    one = {name: _fact(getattr(chart, name)) for name in _ONE}
    many = {name: [_fact(found) for found in getattr(chart, name)] for name in _MANY}
    tasks = [
        {"entry_id": task.entry_id, "open": task.is_open, "sentence": task.sentence}
        for task in chart.safety_tasks
    ]
    return {
        **one,
        **many,
        "safety_tasks": tasks,
        **course_data(chart),
        "entries": len(chart.entries),
        "findings": findings_data(findings),
    }


def history_data(chart: Chart) -> Data:
    """Every entry in order."""
    return {"entries": [_entry(entry) for entry in chart.entries]}


def show_chart(chart: Chart, findings: Sequence[Finding]) -> None:
    """Print the chart as it stands."""
    fact = chart.patient.fact
    show(title(f"Chart of {fact.pseudonym}", f"{len(chart.entries)} entries"))
    if fact.synthetic:
        show(Text("synthetic patient: nobody like this exists", style="magenta"))
    show(section("Patient", facts(_patient(chart))))
    if findings:
        show(section("The chart itself", finding_list(findings)))
    parts: tuple[tuple[str, RenderableType | None], ...] = (
        ("Safety tasks", _listed(_safety_tasks(chart))),
        ("Treatment trials", _trials(chart)),
        ("Safety screen: answers other than no", _screen(chart)),
        ("Implants and metal", _listed(_implants(chart))),
        ("Scales", _listed(_scales(chart))),
        ("Motor thresholds", _listed(_thresholds(chart))),
        ("Images", _listed(found.fact.file_name for found in chart.images)),
        ("Plans", _listed(_plans(chart))),
        ("Treatment", _listed(_treatment(chart))),
        ("Adverse events", _listed(_events(chart))),
        *((name, _listed(lines)) for name, lines in course_parts(chart)),
        ("Retracted", _listed(found.entries[0].title for found in chart.retracted)),
    )
    for name, part in parts:
        if part is not None:
            show(section(name, part))


def show_history(chart: Chart, findings: Sequence[Finding]) -> None:
    """Print every entry: its number, time, author, what it records, and the reason."""
    show(title(f"History of {chart.patient.fact.pseudonym}", f"{len(chart.entries)} entries"))
    show(Text(""), table(
        ("no.", "made at", "by", "what"),
        [_history_row(entry, chart) for entry in chart.entries],
        numeric=(0,), whole=(1,),
    ))  # fmt: skip
    if findings:
        show(section("The chart itself", finding_list(findings)))


def _safety_tasks(chart: Chart) -> Iterator[Text]:
    for task in chart.safety_tasks:
        yield Text(task.sentence, style="bold red" if task.is_open else "")


def _fact(found: Recorded[Any] | None) -> Data | None:
    if found is None:
        return None
    return {
        "entry": found.seq,
        "entry_ids": list(found.entry_ids),
        **found.fact.model_dump(mode="json"),
    }


def _entry(entry: Entry) -> Data:
    return {
        "number": entry.seq,
        "id": entry.id,
        "at": entry.at.isoformat(),
        "author": entry.author.name,
        "role": entry.author.role,
        "kind": entry.fact.kind,
        "reason": entry.reason,
        "body": entry.fact.model_dump(mode="json"),
    }


def _history_row(entry: Entry, chart: Chart) -> tuple[str | Text, ...]:
    told = Text(title_of_kind(type(entry.fact)))
    if isinstance(entry.fact, MedicationTrialRecorded):
        told.append(f": {entry.fact.trial.agent}")
    if isinstance(entry.fact, Amended | Retracted):
        target = next(other for other in chart.entries if other.id == entry.fact.entry_id)
        told.append(f": {target.title}", style="yellow")
    if entry.reason:
        told.append(f" - {entry.reason}", style="dim")
    by = f"{entry.author.name}, {entry.author.role}"
    return str(entry.seq), entry.at.strftime("%Y-%m-%d %H:%M"), by, told


def _patient(chart: Chart) -> Iterator[tuple[str, str]]:
    fact = chart.patient.fact
    yield "born", str(fact.birth_date or fact.birth_year)
    yield "sex", fact.sex.value
    if fact.diagnosis:
        yield "diagnosis", f"{fact.diagnosis.label} ({fact.diagnosis.system} {fact.diagnosis.code})"
    if chart.episode:
        episode = chart.episode.fact.episode
        onset = day_text(episode.onset, episode.onset_between).replace("?", "unknown")
        yield "episode", f"since {onset}, {episode.severity or 'severity unknown'}"
    if chart.medicines:
        taken = ", ".join(chart.medicines.fact.taken) or "nothing"
        yield "takes", f"{taken} (listed {chart.medicines.fact.listed_on.isoformat()})"
    if chart.head:
        head = chart.head.fact
        over = f"nasion-inion {head.nasion_inion_mm:g} mm, tragus-tragus {head.tragus_tragus_mm:g}"
        yield "head", f"{over} mm, circumference {head.circumference_mm:g} mm"
    if chart.plan_request:
        asked = chart.plan_request.fact
        yield (
            "asked for",
            (
                f"{asked.protocol} at {asked.target} with {asked.coil} on {asked.stimulator} from "
                f"{asked.start_on.isoformat()}"
            ),
        )


def _trials(chart: Chart) -> RenderableType | None:
    if not chart.trials:
        return None
    rows = []
    for found in chart.trials:
        trial = found.fact.trial
        amended = f" (amended, entry {found.entries[-1].seq})" if len(found.entries) > 1 else ""
        rows.append(
            (
                trial.agent,
                trial.start.isoformat() if trial.start else "?",
                trial.end.isoformat() if trial.end else "",
                trial.response.value,
                trial.stop_reason.value.replace("_", " ") + amended,
            )
        )
    return table(("treatment", "from", "to", "response", "ended for"), rows, whole=(1, 2))


def _screen(chart: Chart) -> RenderableType | None:
    if not chart.screens:
        return Text("not answered", style="yellow")
    told = [
        f"{item.replace('-', ' ')}: {answer.answer.value}"
        + (f" ({answer.detail})" if answer.detail else "")
        for item, (answer, _) in chart.screen_answers.items()
        if answer.answer is not Answer.NO
    ]
    return bullets(told) if told else Text("none; every recorded answer is no")


def _implants(chart: Chart) -> Iterator[str]:
    for found in chart.implants:
        implant = found.fact.implant
        where = f", {implant.location}" if implant.location else ""
        yield f"{implant.kind.value.replace('_', ' ')}{where}"


def _scales(chart: Chart) -> Iterator[str]:
    for found in chart.scales:
        score = found.fact.score
        total = "items only" if score.total is None else f"{score.total:g}"
        yield f"{score.on.isoformat()}  {find_scale(score.scale).name} {total}"


def _thresholds(chart: Chart) -> Iterator[str]:
    for found in chart.motor_thresholds:
        fact = found.fact
        yield (
            f"{fact.measured_on.isoformat()}  {fact.intensity_pct_mso:g} %MSO, {fact.state}, "
            f"{fact.muscle}, {fact.observation.value}, {fact.coil} on {fact.stimulator}"
        )


def _plans(chart: Chart) -> Iterator[str]:
    signed = {found.fact.plan_sha256: found.fact.meaning.value for found in chart.signatures}
    for found in chart.plans:
        state = signed.get(found.fact.plan_sha256, "not signed")
        yield f"entry {found.seq}: {found.fact.summary} ({state}; {found.fact.plan_sha256[:12]})"


def _treatment(chart: Chart) -> Iterator[str]:
    for found in chart.sessions:
        fact = found.fact
        state = "" if fact.completed else ", not completed"
        yield f"session {fact.number}, {fact.started_at.date()}: {fact.pulses} pulses{state}"


def _events(chart: Chart) -> Iterator[str]:
    for found in chart.adverse_events:
        fact = found.fact
        serious = ", serious" if fact.serious else ""
        yield f"{fact.onset_on.isoformat()}  {fact.event} ({fact.severity}{serious})"


def _listed(texts: Iterable[str | Text]) -> RenderableType | None:
    found = list(texts)
    return bullets(found) if found else None
