"""Entries about letters: which document was signed for a payer."""

from __future__ import annotations

from datetime import date
from typing import Literal

from euthymia.chart.facts import Fact, Name, Sha256


class LetterSigned(Fact):
    """The entry's author signs the letter of that hash: read against the chart, and vouched for.

    payer: the id of the payer's rule that it was written for. dated: the day on the letter.
    """

    kind: Literal["letter_signed"] = "letter_signed"
    schema_version: Literal[1] = 1
    document_sha256: Sha256
    payer: Name
    dated: date
