"""The work of `euthymia head check` and `euthymia head export`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from euthymia.cli.bars import watching
from euthymia.cli.files import require_output_folder, write_whole, write_with
from euthymia.cli.findings import finding_list
from euthymia.cli.output import facts, remark, section, show, title, write_json
from euthymia.cli.plain import findings_data
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity, by_severity, worst
from euthymia.core.progress import stage
from euthymia.model.head.files.folder import changed_files, check_folder, read_folder
from euthymia.model.head.files.gifti import write_gifti
from euthymia.model.head.files.labels import label_scheme, write_labels
from euthymia.model.head.files.nifti_bytes import label_bytes
from euthymia.model.head.files.stl import write_stl
from euthymia.model.head.named import head_named
from euthymia.model.head.surface.meshes import TriangleSurface

CHANGED = 1
"""Exit code where a file of the folder is not the one that was written."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: surfaces as GIfTI or STL, labels in the numbers of a scheme."""

    gifti: bool
    stl: bool
    labels: bool
    scheme: str

    def __post_init__(self) -> None:
        if not (self.gifti or self.stl or self.labels):
            raise InputError(
                "head export", "nothing was asked for", "Add --gifti, --stl or --labels"
            )


def run_check(folder: Path, as_json: bool) -> int:
    """Say whether the files are those that were written, and what its making found; exit code."""
    record = read_folder(folder)
    findings = by_severity(check_folder(folder))
    changed = changed_files(folder, record)
    if as_json:
        write_json(
            {
                "folder": str(folder),
                "whole": not changed,
                "changed": list(changed),
                "gravest": worst(findings).label,
                "findings": findings_data(findings),
                "made_from": record.made_from,
                "software": record.software,
            }
        )
    else:
        state = "all as written" if not changed else f"changed or missing: {', '.join(changed)}"
        made = ", ".join(f"{name} {text}" for name, text in record.software.items())
        show(
            title(record.head.title or "Head", f"labels {(record.head.labels_sha256 or '')[:12]}"),
            facts((("files", state), ("made with", made or "not told"))),
            section("Findings", finding_list(findings, "none")),
        )
    return CHANGED if any(found.severity is Severity.STOP for found in findings) else 0


def run_export(name: str, wanted: Wanted, out: Path, as_json: bool) -> None:
    """Write parts of a head in the formats of other programs."""
    require_output_folder(out)
    scheme = label_scheme(wanted.scheme)
    written: list[str] = []
    with watching() as progress:
        head = head_named(name, progress)
        labels = write_labels(head.volume, scheme) if wanted.labels else None
        with stage(progress, "Writing"):
            if wanted.gifti or wanted.stl:
                for part, surface in (("scalp", head.scalp.surface), ("cortex", head.cortex)):
                    written += _write_surface(surface, out / part, wanted)
            if labels is not None:
                write_whole(out / "labels.nii.gz", label_bytes(labels, head.volume.affine))
                written.append("labels.nii.gz")
    if as_json:
        write_json({"head": name, "folder": str(out), "files": written, "scheme": scheme.title})
        return
    remark(f"written to {out}: {', '.join(written)}")


def _write_surface(surface: TriangleSurface, stem: Path, wanted: Wanted) -> list[str]:
    """Write one surface in the formats wanted; the names of the files."""
    written = []
    for asked, ending, write in (
        (wanted.gifti, ".surf.gii", write_gifti),
        (wanted.stl, ".stl", write_stl),
    ):
        if asked:
            write_with(stem.with_name(stem.name + ending), partial(write, surface))
            written.append(stem.name + ending)
    return written
