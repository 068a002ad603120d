"""The file beside a label volume that makes a head of it (see `model.head.files.record`)."""

from __future__ import annotations

from euthymia.model.head.files.record import HeadFile, beside, read_head_file

__all__ = ["HeadFile", "beside", "read_head_file"]
