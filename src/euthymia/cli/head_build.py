"""The work of `euthymia head build` and `euthymia head tape`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from euthymia.cli.bars import watching
from euthymia.cli.files import (
    require_output_file,
    require_output_folder,
    write_whole,
    write_with,
)
from euthymia.cli.head_view import head_data, head_parts, quality_data, verdict_line
from euthymia.cli.output import remark, show, write_json
from euthymia.core.errors import InputError
from euthymia.core.progress import Progress, stage
from euthymia.core.store import Store
from euthymia.model.head.build.stages import installed
from euthymia.model.head.build.whole import Built, Source, build
from euthymia.model.head.files.folder import save_head
from euthymia.model.head.files.names import is_head_folder
from euthymia.model.head.files.record import HeadFile, beside
from euthymia.model.head.head import Head
from euthymia.model.head.quality import HeadQuality, head_quality
from euthymia.model.head.tape import shaped_head
from euthymia.model.head.tape_measures import TapeMeasures
from euthymia.report.figures.headcheck import CheckScene
from euthymia.report.head_document import HeadReport, head_document
from euthymia.report.html import to_html
from euthymia.report.pdf import to_pdf

DEFAULT_OUT = Path("head")
PDF, HTML = "report.pdf", "report.html"

_PROGRAMS = ("euthymia", "antspyx", "numpy", "scipy", "scikit-image")
_LABEL_ENDINGS = (".nii.gz", ".nii")
_NO_FOLDER = {".img", ".hdr", ".mgz", ".mgh", ".gii", ".stl", ".msh", ".json", ".pdf", ".gz"}


def run_build(source: Source, out: Path, force: bool, as_json: bool, on: date) -> None:
    """Build a head, write it as a folder with its report (or as labels), and show the verdict."""
    _refuse_place(out, force)
    with watching() as progress:
        made = build(source, progress, Store.default())
        if _is_labels(out):
            _write_labels(made.head, out)
        else:
            _write_folder(made, out, on, progress)
        measures = made.head.eeg.measures
    if as_json:
        write_json(
            {
                **head_data(made.head.title, made.head, measures),
                "quality": quality_data(made.quality),
                "stages_run": list(made.ran),
                "files": _files(out),
            }
        )
        return
    show(*head_parts(made.head.title, made.head, measures))
    _end(made.quality, out)


def run_tape(tape: TapeMeasures, out: Path, force: bool, as_json: bool) -> None:
    """Shape the default head by a tape, write it as a folder, and show it."""
    _refuse_place(out, force)
    if _is_labels(out):
        raise InputError(str(out), "a head made by tape is a folder", "Name a folder with --out")
    with watching() as progress:
        head = shaped_head(tape, progress)
        with stage(progress, "Writing the head"):
            save_head(head, out, software=versions())
        quality = head_quality(head)
        measures = head.eeg.measures
    if as_json:
        write_json({**head_data(head.title, head, measures), "files": _files(out)})
        return
    show(*head_parts(head.title, head, measures))
    _end(quality, out)


def versions() -> dict[str, str]:
    """The versions of what makes heads."""
    return {name: installed(name) for name in _PROGRAMS}


def _end(quality: HeadQuality, out: Path) -> None:
    show("", verdict_line(quality))
    report = out / PDF
    place = f"; look at {report}" if report.is_file() else ""
    remark(f"written: {out}{place}")


def _is_labels(out: Path) -> bool:
    return out.name.lower().endswith(_LABEL_ENDINGS)


def _refuse_place(out: Path, force: bool) -> None:
    """Refuse, before minutes of work, a place that cannot take the head."""
    if out.suffix.lower() in _NO_FOLDER and not _is_labels(out):
        require_output_file(out, *_LABEL_ENDINGS)
    if _is_labels(out):
        require_output_file(out, *_LABEL_ENDINGS)
        there = [path for path in (out, beside(out)) if path.exists()]
    else:
        require_output_folder(out)
        if out.is_dir() and any(out.iterdir()) and not is_head_folder(out):
            raise InputError(
                str(out), "this is a folder that holds other things", "Name a new folder"
            )
        there = [out] if is_head_folder(out) else []
    if there and not force:
        raise InputError(
            str(there[0]),
            "it is there already, perhaps corrected by hand",
            "Add --force to replace it",
        )


def _write_labels(head: Head, out: Path) -> None:
    # The file without its labels refuses to be used; labels with another's file, too.
    write_whole(beside(out), (HeadFile.of(head).model_dump_json(indent=2) + "\n").encode())
    write_with(out, head.volume.save)


def _write_folder(made: Built, out: Path, on: date, progress: Progress) -> None:
    with stage(progress, "Writing the report"):
        scene = CheckScene(made.head, made.quality, made.picture.values, made.picture.affine)
        document = head_document(HeadReport(scene, on, versions()))
        report = {PDF: to_pdf(document), HTML: to_html(document).encode()}
    with stage(progress, "Writing the head"):
        save_head(
            made.head,
            out,
            made_from=made.made_from,
            stages=made.keys,
            software=versions(),
            likeness=made.quality.likeness,
            more=report,
        )


def _files(out: Path) -> dict[str, str]:
    if _is_labels(out):
        return {"labels": str(out), "head": str(beside(out))}
    return {path.name: str(path) for path in sorted(out.iterdir())}
