"""Who may have TMS: the labels of the devices, the payers' rules, and what is missing."""

from euthymia.assess.eligibility.label import (
    Candidate,
    Diagnosis,
    EligibilityResult,
    LabelStatus,
    diagnosis_of_icd10,
    eligibility,
)

__all__ = [
    "Candidate",
    "Diagnosis",
    "EligibilityResult",
    "LabelStatus",
    "diagnosis_of_icd10",
    "eligibility",
]
