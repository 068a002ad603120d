"""The work of `euthymia batch`: a table of placements in, a table of fields out."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from euthymia.cli.bars import watching
from euthymia.cli.files import require_output_file, write_whole, write_with
from euthymia.cli.output import remark
from euthymia.core.batch import Batch, DaskCluster, Processes, Rows
from euthymia.core.errors import InputError, MissingPartError, require_file
from euthymia.core.poses import Pose
from euthymia.model.field.batch import DEFAULT, HeadJob, Placement, rate_head

_NEEDED = ("head", "coil", "pose")
_COLUMNS = (
    "head", "placement", "coil", "didt_a_per_us", "peak_v_per_m", "mean_v_per_m",
    "volume_above_half_mm3", "relative_residual", "refused",
)  # fmt: skip


def run_batch(
    table: Path, out: Path, workers: int | None, scheduler: str | None, folder: Path | None
) -> None:
    """Read the whole table before anything is solved, then work through its heads."""
    require_output_file(out, ".csv", ".parquet")
    if workers is not None and workers < 1:
        raise InputError(f"--workers {workers}", "nobody would work", "Give 1 or more")
    jobs = read_table(table)
    pool = DaskCluster(scheduler) if scheduler else Processes(workers)
    kept = folder or out.with_name(out.stem + "-heads")
    with watching() as progress:
        rows = Batch(rate_head, pool, kept).run(jobs, progress)
    _write(out, rows)
    refused = sum("refused" in row for row in rows)
    remark(f"written: {out}, {len(rows)} lines, {refused} refused")


def read_table(path: Path) -> list[HeadJob]:
    """The placements of a CSV file, by head in the order in which heads first appear."""
    require_file(path, "a table of placements (CSV)")
    try:
        lines = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error):
        raise InputError(str(path), "it is not CSV", "Give a table with a line of names") from None
    if not lines:
        raise InputError(str(path), "it holds no placements", "Give a line for each")
    missing = [name for name in _NEEDED if name not in lines[0]]
    if missing:
        raise InputError(
            str(path), f"it has no column {', '.join(missing)}", f"Name {', '.join(_NEEDED)}"
        )
    heads: dict[str, list[Placement]] = {}
    for number, line in enumerate(lines, start=2):
        head, placement = _placement(path, number, line)
        heads.setdefault(head, []).append(placement)
    return [HeadJob(head, tuple(placements)) for head, placements in heads.items()]


def _placement(path: Path, number: int, line: dict[str, Any]) -> tuple[str, Placement]:
    place = f"{path}, line {number}"
    words = {str(key): str(value or "").strip() for key, value in line.items()}
    for name in _NEEDED:
        if not words[name]:
            raise InputError(place, f"its {name} is empty", "Fill it in")

    def near(name: str) -> str:
        """A path beside the table, unless it is an id or stands by itself."""
        beside = path.parent / words[name]
        return str(beside) if beside.is_file() else words[name]

    try:
        numbers = {
            name: float(words[name]) for name in ("x", "y", "z", "radius", "didt")
            if words.get(name)
        }  # fmt: skip
    except ValueError as trouble:
        raise InputError(place, f"a value is not a number ({trouble})", "Mend it") from None
    given = [name in numbers for name in "xyz"]
    if any(given) and not all(given):
        raise InputError(place, "its target lacks a coordinate", "Give x, y and z, or none")
    head = words["head"] if words["head"] == DEFAULT else near("head")
    file = require_file(Path(near("pose")), "a pose file (JSON)")
    try:
        pose = Pose.from_json(json.loads(file.read_text(encoding="utf-8-sig")))
    except ValueError as trouble:
        raise InputError(place, f"its pose cannot be read ({trouble})", "Mend the file") from None
    return head, Placement(
        near("coil"),
        pose.frame.id,
        tuple(pose.matrix.ravel().tolist()),
        (numbers["x"], numbers["y"], numbers["z"]) if all(given) else None,
        numbers.get("radius", 5.0),
        numbers.get("didt", 1.0),
    )


def _write(out: Path, rows: Rows) -> None:
    if out.suffix == ".csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_whole(out, text.getvalue().encode())
        return
    try:
        import pyarrow  # noqa: PLC0415
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise MissingPartError(
            "Parquet", "pyarrow is not installed", "Install euthymia[learn], or write .csv"
        ) from None
    columns = {name: [row.get(name) for row in rows] for name in _COLUMNS}
    write_with(out, lambda path: parquet.write_table(pyarrow.table(columns), path))
