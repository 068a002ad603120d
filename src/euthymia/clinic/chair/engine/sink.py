"""The ledger in the database as a sink of session documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from euthymia.chart.session_sink import fact_of
from euthymia.clinic import clock
from euthymia.clinic.records.services import Pen
from euthymia.treat.session.documents import Document


class DatabaseSink:
    """Appends every document to a patient's chart, each committed to the disk before it returns.

    Makes the same entries as the sink of a chart's file. Author and role are the pen's, fixed when
    the session begins; the entry's time is when it was recorded.
    """

    def __init__(self, pen: Pen, now: Callable[[], datetime] = clock.now) -> None:
        self._pen = pen
        self._now = now

    def append(self, document: Document) -> None:
        """Write the document as an entry; when this returns, it outlasts a power failure."""
        self._pen.write(fact_of(document), at=self._now())
