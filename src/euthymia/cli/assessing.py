"""The assessment of a case on a day."""

from __future__ import annotations

from euthymia.assess.assessment import Assessment
from euthymia.chart import assessment_inputs
from euthymia.cli.cases import CaseOn
from euthymia.core.errors import InputError


def assessed(opened: CaseOn) -> Assessment:
    """Assess the patient of an opened case; a refusal names the chart that it comes from."""
    try:
        return assessment_inputs.assessed(opened.chart, opened.on)
    except InputError as refusal:
        place = opened.case.folder.name or str(opened.case.folder)
        raise InputError(
            f"{place}, {refusal.subject}", refusal.problem, refusal.remedy
        ) from refusal
