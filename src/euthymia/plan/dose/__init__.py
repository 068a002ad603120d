"""How strong: the stimulator output that a motor threshold and a protocol's intensity ask for.

`dose` turns a resting motor threshold into output lines that stand side by side (as measured,
depth-adjusted, corrected for a visual threshold, matched by the modelled field), marks the one
that the protocol prescribes, and returns every finding about it. Nothing here reads a head model:
fields come in as plain V/m per A/us.
"""

from euthymia.plan.dose.calculate import dose
from euthymia.plan.dose.reference import rules_markdown
from euthymia.plan.dose.rules import DoseRules, dose_rules
from euthymia.plan.dose.totals import PulseTotals, pulse_totals
from euthymia.plan.dose.values import Dose, DoseInputs, DoseLine, LineKind, Observation

__all__ = [
    "Dose",
    "DoseInputs",
    "DoseLine",
    "DoseRules",
    "LineKind",
    "Observation",
    "PulseTotals",
    "dose",
    "dose_rules",
    "pulse_totals",
    "rules_markdown",
]
