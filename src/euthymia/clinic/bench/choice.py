"""Which head the bench works on: the default one, one shaped by a tape, or a built one.

To choose is light; what reads a head is imported when one is read.
"""

# ruff: noqa: PLC0415 - what reads a head is imported when one is read

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.head.files.names import HEAD
from euthymia.model.head.tape_measures import TapeMeasures

if TYPE_CHECKING:
    from euthymia.model.head.head import Head


@dataclass(frozen=True, slots=True)
class DefaultChoice:
    """The default head as it is."""

    @property
    def key(self) -> str:
        """What tells this choice from others, for caches."""
        return "default"

    def head(self, progress: Progress = SILENT) -> Head:
        """The head itself."""
        from euthymia.model.head.default import default_head

        with stage(progress, "Reading the default head") as step:
            found = default_head()
            step.advance()
        return found


@dataclass(frozen=True, slots=True)
class TapeChoice:
    """The default head in the size that a tape found on the patient."""

    tape: TapeMeasures

    @property
    def key(self) -> str:
        """What tells this choice from others, for caches."""
        lengths = "-".join(f"{value:g}" for value in self.tape.vector)
        return f"tape-{lengths}-{self.tape.hair_mm}"

    def head(self, progress: Progress = SILENT) -> Head:
        """The head itself; refuses measures that belong to no head."""
        from euthymia.model.head.tape import shaped_head

        return shaped_head(self.tape, progress)


@dataclass(frozen=True, slots=True)
class FolderChoice:
    """A head that was built from images, in its folder; t1: the image for the slices, if kept."""

    folder: Path
    t1: Path | None = None

    @property
    def key(self) -> str:
        """What tells this choice from others, for caches; a head built anew is another one."""
        try:
            written = (self.folder / HEAD).stat().st_mtime_ns
        except OSError:
            written = 0
        return f"folder-{self.folder.resolve()}-{written}"

    def head(self, progress: Progress = SILENT) -> Head:
        """The head itself; refuses a folder whose files were changed."""
        from euthymia.model.head.files.folder import load_head

        with stage(progress, "Reading the head") as step:
            found = load_head(self.folder)
            step.advance()
        return found


HeadChoice: TypeAlias = DefaultChoice | TapeChoice | FolderChoice


def to_json(choice: HeadChoice) -> dict[str, Any]:
    """The choice as plain values, for a job."""
    if isinstance(choice, TapeChoice):
        return {"kind": "tape", "mm": choice.tape.vector.tolist(), "hair_mm": choice.tape.hair_mm}
    if isinstance(choice, FolderChoice):
        t1 = None if choice.t1 is None else str(choice.t1)
        return {"kind": "folder", "folder": str(choice.folder), "t1": t1}
    return {"kind": "default"}


def from_json(data: Mapping[str, Any]) -> HeadChoice:
    """What `to_json` wrote."""
    if data["kind"] == "tape":
        nasion_inion_mm, tragus_tragus_mm, circumference_mm = data["mm"]
        tape = TapeMeasures(nasion_inion_mm, tragus_tragus_mm, circumference_mm, data["hair_mm"])
        return TapeChoice(tape)
    if data["kind"] == "folder":
        return FolderChoice(Path(data["folder"]), Path(data["t1"]) if data["t1"] else None)
    return DefaultChoice()
