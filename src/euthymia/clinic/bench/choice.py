"""Which head the bench works on: the default one, one shaped by a tape, or a built one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.head.default import default_head
from euthymia.model.head.files.folder import load_head
from euthymia.model.head.head import Head
from euthymia.model.head.tape import TapeMeasures, shaped_head


@dataclass(frozen=True, slots=True)
class DefaultChoice:
    """The default head as it is."""

    @property
    def key(self) -> str:
        """What tells this choice from others, for caches."""
        return "default"

    def head(self, progress: Progress = SILENT) -> Head:
        """The head itself."""
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
        return shaped_head(self.tape, progress)


@dataclass(frozen=True, slots=True)
class FolderChoice:
    """A head that was built from images, in its folder; t1: the image for the slices, if kept."""

    folder: Path
    t1: Path | None = None

    @property
    def key(self) -> str:
        """What tells this choice from others, for caches."""
        return f"folder-{self.folder.resolve()}"

    def head(self, progress: Progress = SILENT) -> Head:
        """The head itself; refuses a folder whose files were changed."""
        with stage(progress, "Reading the head") as step:
            found = load_head(self.folder)
            step.advance()
        return found


HeadChoice: TypeAlias = DefaultChoice | TapeChoice | FolderChoice
