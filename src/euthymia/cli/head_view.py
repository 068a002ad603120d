"""Heads on the screen and as plain dictionaries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from euthymia.cli.bars import watching
from euthymia.cli.findings import finding_list
from euthymia.cli.output import facts, section, show, table, title, write_json
from euthymia.cli.plain import Data, findings_data
from euthymia.core.poses import FloatArray
from euthymia.core.progress import stage
from euthymia.model.head.files.names import is_head_folder
from euthymia.model.head.files.record import beside
from euthymia.model.head.head import Head
from euthymia.model.head.image.read import HeadImage, load_head_image
from euthymia.model.head.named import DEFAULT, head_named, holds_labels
from euthymia.model.head.place.eeg import HeadMeasures
from euthymia.model.head.quality import HeadQuality, Verdict
from euthymia.model.head.volume import LabelVolume, Tissue

_MARKS = ("nasion", "inion", "left_preauricular", "right_preauricular")


def show_head(name: str, as_json: bool) -> None:
    """Show the default head, labels, labels with the file beside them, or an image."""
    path = Path(name)
    whole = name == DEFAULT or is_head_folder(path)
    if not whole and not holds_labels(path):
        _show_image(path, load_head_image(path), as_json)
        return
    if not whole and not beside(path).exists():
        _show_labels(path, LabelVolume.load(path), as_json)
        return
    with watching() as progress:
        head = head_named(name, progress)
        with stage(progress, "Measuring the scalp"):
            measures = head.eeg.measures
    if as_json:
        write_json(head_data(name, head, measures))
    else:
        show(*head_parts(name, head, measures))


def show_eeg(name: str, wanted: tuple[str, ...], as_json: bool) -> None:
    """Show electrode positions, all of them or those wanted."""
    with watching() as progress:
        head = head_named(name, progress)
        with stage(progress, "Measuring the scalp"):
            points = head.eeg.points
    by_lower = {key.lower(): key for key in points}
    # `head.eeg[...]` refuses an unknown name with the known ones.
    wanted_points = [(each, head.eeg[each]) for each in wanted]
    chosen = {by_lower[each.strip().lower()]: place for each, place in wanted_points} or points
    in_mni = {key: head.to_mni(place.position_mm) for key, place in chosen.items()}
    if as_json:
        rows = [
            {
                "name": key,
                "position_mm": _rounded(place.position_mm),
                "mni_mm": _rounded(in_mni[key]),
                "outward_normal": _rounded(place.outward_normal, 4),
            }
            for key, place in chosen.items()
        ]
        write_json({"head": name, "frame": head.frame.id, "axes": "RAS", "positions": rows})
        return
    cells = [
        (key, *(f"{value + 0.0:.1f}" for value in (*place.position_mm, *in_mni[key])))
        for key, place in chosen.items()
    ]
    columns = ("name", "right", "front", "up", "MNI x", "MNI y", "MNI z")
    heading = title("EEG positions on the scalp", f"{head.title or name}, millimetres")
    show(heading, table(columns, cells, numeric=range(1, 7)))


def quality_data(quality: HeadQuality) -> Data:
    """How good a head is."""
    return {
        "verdict": quality.verdict.value,
        "reasons": list(quality.reasons),
        "likeness": quality.likeness,
        "scalp_cortex_mm": quality.distances_mm,
    }


def verdict_line(quality: HeadQuality) -> Text:
    """The verdict in one line with its reasons."""
    verdict = quality.verdict
    line = Text(f"{verdict.value}", style=_VERDICT_STYLE[verdict])
    reasons = " ".join(quality.reasons)
    return line.append(f"  {reasons}" if reasons else "", style="not bold default")


_VERDICT_STYLE = {
    Verdict.USABLE: "bold green",
    Verdict.LOOK_CLOSER: "bold yellow",
    Verdict.DO_NOT_USE: "bold red",
}


def head_data(name: str, head: Head, measures: HeadMeasures) -> Data:
    """A whole head."""
    marks = {part: _rounded(getattr(head.landmarks, part), 3) for part in _MARKS}
    return {
        "name": name,
        "title": head.title,
        **labels_data(head.volume),
        "landmarks_mm": marks,
        "measures_mm": {
            "nasion_inion": round(measures.nasion_inion_mm, 1),
            "tragus_tragus": round(measures.tragus_tragus_mm, 1),
            "circumference": round(measures.circumference_mm, 1),
        },
        "mni": {
            "matrix": head.mni.to_mni.tolist(),
            "uncertainty_mm": head.mni.uncertainty_mm,
            "how": head.mni.how,
        },
        "findings": findings_data(head.findings),
    }


def labels_data(volume: LabelVolume) -> Data:
    """Grid and volumes of labels."""
    return {
        "labels_sha256": volume.sha256,
        "frame": volume.frame.id,
        "shape": list(volume.labels.shape),
        "spacing_mm": _rounded(volume.spacing_mm, 4),
        "volumes_ml": {
            tissue.name.lower(): round(volume.volume_ml(tissue), 1)
            for tissue in Tissue
            if tissue is not Tissue.AIR
        },
    }


def head_parts(name: str, head: Head, measures: HeadMeasures) -> Iterator[RenderableType]:
    """A whole head, part by part."""
    yield title(head.title or name, f"labels {head.volume.sha256[:12]}")
    yield facts(_grid(head.volume))
    yield section("Volumes", _volumes(head.volume))
    rows = [
        (part.replace("_", " "), *(f"{v:.1f}" for v in getattr(head.landmarks, part)))
        for part in _MARKS
    ]
    columns = ("landmark", "right", "front", "up")
    yield section("Landmarks, millimetres", table(columns, rows, numeric=(1, 2, 3)))
    yield section(
        "Along the scalp, as with a tape",
        facts(
            (
                ("nasion to inion", f"{measures.nasion_inion_mm:.0f} mm"),
                ("tragus to tragus", f"{measures.tragus_tragus_mm:.0f} mm"),
                ("circumference", f"{measures.circumference_mm:.0f} mm"),
            )
        ),
    )
    off = f"off by about {head.mni.uncertainty_mm:.1f} mm"
    yield section("To MNI space", facts(((off, head.mni.how),)))
    yield section("Findings", finding_list(head.findings, "none from its making"))


def _show_labels(path: Path, volume: LabelVolume, as_json: bool) -> None:
    """Labels without the file that would make a head of them."""
    if as_json:
        write_json({"name": str(path), **labels_data(volume), "landmarks_mm": None, "mni": None})
        return
    missing = f"there is no {beside(path).name}: neither landmarks nor a place in MNI space"
    show(
        title(path.name, f"labels {volume.sha256[:12]}"),
        facts((*_grid(volume), ("not known", missing))),
        section("Volumes", _volumes(volume)),
    )


def _show_image(path: Path, image: HeadImage, as_json: bool) -> None:
    """A T1 that no head was built of yet."""
    spacing = np.linalg.norm(image.affine[:3, :3], axis=0)
    if as_json:
        write_json(
            {
                "name": str(path),
                "kind": "image",
                "frame": image.frame.id,
                "working_shape": list(image.values.shape),
                "working_spacing_mm": _rounded(spacing, 4),
                "findings": findings_data(image.findings),
            }
        )
        return
    shape = " x ".join(map(str, image.values.shape))
    build = f"euthymia head build {path} --out FOLDER"
    show(
        title(path.name, "an image; no head has been built of it here"),
        facts((("working grid", f"{shape} at 1 mm"), ("to build it", build))),
        section("Findings", finding_list(image.findings, "it can be used")),
    )


def _grid(volume: LabelVolume) -> tuple[tuple[str, str], ...]:
    shape = " x ".join(map(str, volume.labels.shape))
    spacing = " x ".join(f"{v:.3g}" for v in volume.spacing_mm)
    return ("grid", f"{shape} voxels of {spacing} mm"), ("frame", volume.frame.id)


def _volumes(volume: LabelVolume) -> RenderableType:
    rows = [
        (tissue.label, f"{volume.volume_ml(tissue):,.0f} ml")
        for tissue in Tissue
        if tissue is not Tissue.AIR
    ]
    return table(("tissue", "volume"), rows, numeric=(1,))


def _rounded(values: FloatArray, digits: int = 2) -> list[float]:
    return [round(float(value), digits) + 0.0 for value in np.asarray(values)]
