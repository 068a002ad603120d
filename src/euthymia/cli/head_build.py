"""The work of `euthymia head build`."""

from __future__ import annotations

from pathlib import Path

from euthymia.cli.bars import watching
from euthymia.cli.files import require_output_file, write_whole, write_with
from euthymia.cli.head_file import HeadFile, beside
from euthymia.cli.head_view import head_data, head_parts
from euthymia.cli.heads import head_of_t1
from euthymia.cli.output import remark, show, write_json
from euthymia.core.errors import InputError


def run_build(t1: Path, out: Path, force: bool, as_json: bool) -> None:
    """Build, write labels and the file beside them, and show what was made."""
    require_output_file(out, ".nii.gz", ".nii")
    for path in (out, beside(out)):
        if path.exists() and not force:
            raise InputError(
                str(path),
                "it is there already, perhaps corrected by hand",
                "Add --force to replace it",
            )
    with watching() as progress:
        head = head_of_t1(t1, progress)
        # The file without its labels refuses to be used; labels with another's file, too.
        write_whole(beside(out), (HeadFile.of(head).model_dump_json(indent=2) + "\n").encode())
        write_with(out, head.volume.save)
        measures = head.eeg.measures
    if as_json:
        files = {"labels": str(out), "head": str(beside(out))}
        write_json({**head_data(head.title, head, measures), "files": files})
        return
    show(*head_parts(head.title, head, measures))
    remark(f"written: {out} and {beside(out).name}")
