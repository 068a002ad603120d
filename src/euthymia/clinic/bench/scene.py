"""What the browser draws of a head and a coil: triangles, shades, marks, colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.clinic.bench.coil_shape import coil_shape
from euthymia.clinic.bench.opened import OpenBench
from euthymia.clinic.bench.presets import electrode_marks, presets
from euthymia.clinic.bench.slices import extent_mm
from euthymia.clinic.bench.wire import packed
from euthymia.clinic.ui import names
from euthymia.core.poses import FloatArray
from euthymia.core.store import Arrays, Store
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.head.grid.morphology import closed, depth_inside_mm, filled
from euthymia.model.head.head import Head
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.model.head.surface.scalp import Scalp
from euthymia.model.head.tissue.segment import crop_to
from euthymia.model.head.volume import BRAIN
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.placement import HAIR_MM, HANDLE_ANGLE_DEG
from euthymia.report.colourmap import table

SCENE_VERSION = 3
"""Raise it when what is drawn changes."""

DRAWN_SCALP_MM = 5.0
_COARSE_MM = 6.0
_HULL_CLOSING_MM = 10.0
_DEEPEST_MM = 18.0
_COLOURS = 256


def scene_bytes(bench: OpenBench, store: Store) -> bytes:
    """The head for the browser: scalp, cortex, marks, catalogue of targets, colours of the field.

    The drawn scalp is coarser than the one that coils rest on. The drawn cortex has the engine's
    points as its vertices, so that every colour drawn is a number that was computed; its coarse
    faces leave vertices out, for pictures that move where a processor has to draw them.
    """
    parts = scene_parts(bench, store)
    scalp = TriangleSurface.of(parts["scalp_vertices"], parts["scalp_faces"])
    names, places = electrode_marks(bench.head)
    cortex = bench.cortex
    arrays: dict[str, NDArray[Any]] = {
        "cortex_vertices": cortex.vertices_mm.astype(np.float32),
        "cortex_faces": cortex.faces.astype(np.uint32),
        "cortex_coarse": parts["coarse"].astype(np.uint32),
        "cortex_normals": packed_normals(cortex.normals),
        "cortex_depth": parts["depth"],
        "scalp_vertices": scalp.vertices_mm.astype(np.float32),
        "scalp_faces": scalp.faces.astype(np.uint32),
        "scalp_normals": packed_normals(scalp.normals),
        "electrodes": places.astype(np.float32),
        "colours": np.rint(table(_COLOURS) * 255).astype(np.uint8),
    }
    return packed(scene_meta(bench, names), arrays)


def scene_meta(bench: OpenBench, electrodes: tuple[str, ...]) -> dict[str, Any]:
    """The words and numbers of the head: whose it is, what can be chosen, where it ends."""
    head = bench.head
    low, high = extent_mm(bench)
    return {
        "title": head.title,
        "origin": head.origin.value,
        "frame": head.frame.id,
        "spread": "" if head.spread is None else head.spread.how,
        "electrodes": list(electrodes),
        "low_mm": low.tolist(),
        "high_mm": high.tolist(),
        "targets": [
            {"id": key, "title": row.title, "source": names.source(row.source),
             "point_mm": bench.target(key).point_mm.tolist(),
             "moved_mm": bench.target(key).moved_mm}
            for key, row in targets().coordinates.items()
        ],
        "presets": [
            {"id": preset.id, "title": preset.title, "source": preset.source,
             "searches": preset.searches}
            for preset in presets()
        ],
        "coils": [
            {"id": key, "name": coil.name, "max_didt_a_per_us": coil.max_didt_a_per_us,
             "stimulator": coil.stimulator}
            for key, coil in bench.coils.items()
        ],
        "handle_deg": HANDLE_ANGLE_DEG,
        "gap_mm": HAIR_MM if head.hair_mm is None else head.hair_mm,
    }  # fmt: skip


def scene_parts(bench: OpenBench, store: Store) -> Arrays:
    """The drawn scalp and the depth of each point of the cortex below the hull of the brain."""
    head = bench.head
    return store.arrays(
        "bench-scene",
        {"version": SCENE_VERSION, "head": head.id, "scalp": DRAWN_SCALP_MM,
         "points": len(bench.engine.points_mm)},
        lambda: _made(head, bench.cortex),
    )  # fmt: skip


def _made(head: Head, cortex: TriangleSurface) -> Arrays:
    scalp = Scalp.of_volume(head.volume, DRAWN_SCALP_MM).surface
    return {
        "scalp_vertices": scalp.vertices_mm,
        "scalp_faces": scalp.faces,
        "depth": _depth(head, cortex.vertices_mm),
        "coarse": coarse_faces(cortex, _COARSE_MM),
    }


def coarse_faces(surface: TriangleSurface, cell_mm: float) -> NDArray[np.int64]:
    """(m, 3) fewer triangles between some of the same vertices.

    Vertices of one cell that face one way become the one of them nearest to their middle: the two
    walls of a sulcus stay apart.
    """
    vertices = surface.vertices_mm
    keys = np.column_stack([np.floor(vertices / cell_mm), surface.normals > 0])
    _, group = np.unique(keys, axis=0, return_inverse=True)
    group = group.reshape(-1)
    count = np.bincount(group)
    middle = np.column_stack([np.bincount(group, vertices[:, a]) for a in range(3)])
    away = np.linalg.norm(vertices - (middle / count[:, None])[group], axis=1)
    order = np.lexsort((away, group))
    first = order[np.concatenate([[0], np.cumsum(count)[:-1]])]
    faces = first[group][surface.faces]
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (c != a)]
    turned = np.take_along_axis(
        faces, (np.argmin(faces, axis=1)[:, None] + np.arange(3)) % 3, axis=1
    )
    return np.asarray(np.unique(turned, axis=0), dtype=np.int64)


def _depth(head: Head, points_mm: FloatArray) -> NDArray[np.uint8]:
    """(p,) 0 on the crowns of the gyri to 255 at the floor of deep sulci."""
    volume = crop_to(head.volume, BRAIN, margin_mm=12.0)
    hull = filled(closed(volume.mask(*BRAIN), _HULL_CLOSING_MM, volume.spacing_mm))
    inside = depth_inside_mm(hull, volume.spacing_mm)
    voxels = np.rint(volume.to_voxel(points_mm)).astype(int)
    voxels = np.clip(voxels, 0, np.array(inside.shape) - 1)
    depth = inside[tuple(voxels.T)] / _DEEPEST_MM
    return np.asarray(np.rint(255 * np.clip(depth, 0.0, 1.0)), dtype=np.uint8)


def coil_bytes(coil: AnyCoil) -> bytes:
    """The drawing of a coil for the browser, in the coil's own axes."""
    shape = coil_shape(coil)
    return packed(
        {"id": coil.id, "name": coil.name},
        {
            "vertices": shape.vertices_mm.astype(np.float32),
            "faces": shape.faces.astype(np.uint32),
            "normals": packed_normals(shape.normals),
            "parts": shape.parts,
        },
    )


def packed_normals(normals: FloatArray) -> NDArray[np.int8]:
    """(n, 4) unit normals in steps of 1/127; the fourth number only keeps them aligned."""
    out = np.zeros((len(normals), 4), dtype=np.int8)
    out[:, :3] = np.rint(127 * normals)
    return out
