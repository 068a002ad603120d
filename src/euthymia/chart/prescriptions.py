"""Which prescription stands: the one approved last, as long as nobody has taken it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from euthymia.chart.course_facts import SignatureMeaning
from euthymia.chart.prescription_facts import PrescriptionSigned


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature with what became of it. retracted: it was taken back as an entry."""

    fact: PrescriptionSigned
    retracted: bool


def standing_sha256(signatures: Iterable[Signed], written: Iterable[str]) -> str | None:
    """The hash of the prescription that sessions are given by; None where there is none.

    written: hashes of the prescriptions that were not retracted. An approval supersedes every
    prescription approved before. If the one approved last is rejected, or it or its approval is
    retracted, none stands: an earlier one never comes back unless somebody signs it again.
    """
    last: str | None = None
    for signature in signatures:
        digest = signature.fact.prescription_sha256
        if signature.fact.meaning is SignatureMeaning.APPROVED:
            last = None if signature.retracted else digest
        elif signature.fact.meaning is SignatureMeaning.REJECTED:
            last = None if last == digest and not signature.retracted else last
    return last if last in set(written) else None
