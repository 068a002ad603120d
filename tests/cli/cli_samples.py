"""Small heads, cases and runs for the tests of the command line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from typer.testing import CliRunner

from euthymia.chart.case import Case
from euthymia.chart.entries import AnyFact
from euthymia.chart.envelope import Author
from euthymia.chart.patient_facts import PatientRegistered
from euthymia.cli.main import app
from euthymia.core.poses import Frame
from euthymia.model.head.default import default_head
from euthymia.model.head.files.record import HeadFile, beside
from euthymia.model.head.head import Head
from euthymia.model.head.volume import LabelVolume

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STEP = 4
"""Every fourth voxel of the default head: quick, and good for nothing but tests."""

AUTHOR = Author("Ida Invented", "psychiatrist")


class Done:
    """How a command ended: exit code, standard output and standard error."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        """Standard output as JSON; it must be nothing else."""
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one sentence of a refusal, checked for its form."""
        *before, last = self.err.splitlines()
        assert self.code == 2, (self.code, self.out, self.err)
        assert self.out == "", self.out
        assert last.startswith("euthymia: ")
        assert "Traceback" not in self.err
        # Progress may stand before it; the refusal itself is one line.
        assert not any(line.startswith("euthymia: ") for line in before), self.err
        return last.removeprefix("euthymia: ")


def run(*words: object) -> Done:
    """Run the command line in this process."""
    ended = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    return Done(ended.exit_code, ended.stdout, ended.stderr)


def run_apart(*words: object, **environment: str) -> Done:
    """Run the command line in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "euthymia.cli", *(str(word) for word in words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        timeout=300,
    )
    return Done(ended.returncode, ended.stdout, ended.stderr)


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its content, and every folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
    }


def coarse_head() -> Head:
    """The default head at 4 mm, in a frame of its own."""
    fine = default_head()
    affine = np.array(fine.volume.affine)
    affine[:3, :3] *= STEP
    labels = np.ascontiguousarray(fine.volume.labels[::STEP, ::STEP, ::STEP])
    volume = LabelVolume(labels, affine, Frame("coarse-test-head"))
    return Head(volume, fine.landmarks, fine.mni, "Coarse test head")


def write_coarse_head(folder: Path) -> Path:
    """The labels of the coarse head, with the file beside them; the path of the labels."""
    head = coarse_head()
    path = folder / "labels.nii.gz"
    head.volume.save(path)
    beside(path).write_text(HeadFile.of(head).model_dump_json(indent=2), encoding="utf-8")
    return path


def copied_case(name: str, folder: Path) -> Path:
    """A copy of an example patient's case that a test may spoil."""
    case = folder / name
    shutil.copytree(EXAMPLES / name, case)
    return case


def new_case(folder: Path, at: datetime, *facts: AnyFact, synthetic: bool = True) -> Path:
    """A case with a patient and these facts, all recorded at one time."""
    patient = PatientRegistered(pseudonym="SYN-T", synthetic=synthetic, birth_year=1980)
    case = Case.create(folder, patient, id=str(UUID(int=1)), at=at, author=AUTHOR)
    for number, fact in enumerate(facts, start=2):
        case = case.record(fact, id=str(UUID(int=number)), at=at, author=AUTHOR)
    return folder


def changed(path: Path, change: Callable[[Any], Any]) -> Path:
    """The JSON file after a change of its content."""
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(change(data)), encoding="utf-8")
    return path
