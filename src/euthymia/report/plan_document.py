"""The treatment plan as a document, and its two files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from euthymia.core.findings import Finding, Severity, worst
from euthymia.plan.dose.values import Dose
from euthymia.plan.treatment import TreatmentPlan
from euthymia.report.document import Document, Section
from euthymia.report.files import file_name, make_folder, write_all
from euthymia.report.html import to_html
from euthymia.report.pdf import to_pdf
from euthymia.report.sections.assessment import assessment_sections
from euthymia.report.sections.calendar import calendar_section, no_calendar_section
from euthymia.report.sections.closing import findings_section, signature_section, sources_section
from euthymia.report.sections.computation import computation_section
from euthymia.report.sections.dose import dose_section, no_dose_section
from euthymia.report.sections.placing import Shown, electrodes, scalp_words, target_view
from euthymia.report.sections.plan_facts import (
    computation_facts,
    once_each,
    software,
    summary_facts,
    threshold_facts,
)
from euthymia.report.sections.protocol import protocol_section
from euthymia.report.sections.summary import summary_section
from euthymia.report.sections.target import target_section

MARK = "SYNTHETIC PATIENT"

FOOTER = "Decision support: to be judged and signed by the treating psychiatrist."

_OF_CALENDAR = ("plan.no-course", "plan.no-availability")
_OF_DOSE = ("plan.no-threshold", "plan.other-stimulator", "plan.other-coil", "plan.no-didt")
"""Which section shows a finding of the joining; all others stand with head and target."""


def plan_document(plan: TreatmentPlan, *, ledger_head: str | None = None) -> Document:
    """The whole plan as a document, with its figures drawn (a few seconds).

    ledger_head: the hash of the chart's last entry, so that a reader knows which chart it is of.
    """
    return Document(
        title="Treatment plan",
        subject=plan.patient.pseudonym,
        on=plan.on,
        software=software(),
        sections=tuple(_sections(plan, ledger_head)),
        mark=MARK if plan.patient.synthetic else "",
        footer=FOOTER,
    )


def write_plan(
    plan: TreatmentPlan, folder: Path, *, ledger_head: str | None = None
) -> tuple[Path, Path]:
    """Write the plan into a folder as PDF and as HTML; the paths of the two files.

    Each file appears whole or not at all; an earlier plan of the same patient and day is
    replaced. Raises InputError where the folder cannot be written to.
    """
    name = f"treatment-plan-{file_name(plan.patient.pseudonym)}-{plan.on.isoformat()}"
    make_folder(folder)
    document = plan_document(plan, ledger_head=ledger_head)
    made = {f"{name}.pdf": to_pdf(document), f"{name}.html": to_html(document).encode("utf-8")}
    pdf, html = write_all(folder, made)
    return pdf, html


def _sections(plan: TreatmentPlan, ledger_head: str | None) -> Iterator[Section]:
    place = scalp_words(plan.placing, electrodes(plan.placing))
    yield summary_section(summary_facts(plan, place), plan.findings)
    yield from assessment_sections(plan.assessment)
    yield target_section(target_view(plan.placing, _shown(plan), place, _own(plan, "target")))
    yield from dose_sections(plan)
    setting = plan.setting
    yield protocol_section(setting.protocol, plan.protocol_findings, setting.entry)
    yield _calendar(plan)
    yield findings_section(plan.parts)
    yield signature_section()
    yield computation_section(computation_facts(plan, ledger_head), plan.placing.conductivities)
    yield sources_section()


def _shown(plan: TreatmentPlan) -> Shown:
    """Fields at the planned output, or for 1 A/µs where there is none."""
    line = plan.dose.prescribed if plan.dose else None
    if line is None or line.didt_a_per_us is None:
        return Shown()
    return Shown(line.didt_a_per_us, line.setting_pct_mso)


def _own(plan: TreatmentPlan, section: str) -> tuple[Finding, ...]:
    """The findings of the joining that belong to a section: target, dose or calendar."""
    place = {**dict.fromkeys(_OF_CALENDAR, "calendar"), **dict.fromkeys(_OF_DOSE, "dose")}
    return tuple(found for found in plan.own_findings if place.get(found.code, "target") == section)


def dose_sections(plan: TreatmentPlan) -> Iterator[Section]:
    """The section on the dose: one for each different intensity of the protocol."""
    own, threshold = _own(plan, "dose"), plan.threshold
    if threshold is None or not plan.doses:
        why = "No motor threshold is on record"
        if threshold is not None:
            why = "The protocol prescribes no percentage of a motor threshold"
        yield no_dose_section(why, own)
        return
    for dose in plan.doses:
        yield dose_section(
            dose,
            title=_dose_title(plan, dose),
            facts=threshold_facts(plan, threshold),
            findings=own,
            didt_sources=once_each(plan.setting.coil.sources[-1:]),
            held=worst(plan.findings) is Severity.STOP,
        )


def _dose_title(plan: TreatmentPlan, dose: Dose) -> str:
    if len(plan.doses) == 1:
        return "Dose"
    sites = dict.fromkeys(
        block.site.text
        for block in plan.setting.protocol.blocks
        if block.intensity == dose.intensity
    )
    place = f" for {' and '.join(sites)}" if sites else ""
    return f"Dose{place}: {dose.intensity.text}"


def _calendar(plan: TreatmentPlan) -> Section:
    if plan.course is None:
        return no_calendar_section(_own(plan, "calendar"))
    return calendar_section(plan.course, plan.site, plan.availability)
