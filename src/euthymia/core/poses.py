"""Where a coil is and how it points: the one type in which poses travel.

Conventions, once for the whole house. Positions are millimetres. World axes are RAS (x to the
patient's right, y to the front, z up) unless a conversion is asked for by name. The coil's own
axes are: z into the head, y from the handle to the front of the coil, x = y cross z. A pose maps
coil coordinates to world coordinates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from euthymia.core.errors import InputError

FloatArray = NDArray[np.float64]

_ORTHONORMAL_TOLERANCE = 1e-3
_EXACT = 1e-12
_LARGEST_POSITION_MM = 2_000.0
_SMALLEST_PLAUSIBLE_POSITION_MM = 1.0

_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0])


@dataclass(frozen=True, slots=True)
class Frame:
    """A coordinate system: RAS millimetres of one image, or of a standard space.

    `id` is what files carry and people read. For an image it holds the SHA-256 of the image's
    content, so that a pose made on one T1 cannot pass for a pose on another.
    """

    id: str
    title: str = ""

    @classmethod
    def of_image(cls, sha256: str, title: str = "") -> Frame:
        """The RAS millimetre frame of the image whose content has that SHA-256."""
        if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise InputError(
                "frame of an image",
                f"{sha256!r} is not a SHA-256",
                "Give the 64 lower-case hexadecimal digits of the image's hash",
            )
        return cls(f"image:{sha256}", title)


MNI152 = Frame("mni152", "MNI152 standard space")
COLIN27 = Frame("colin27", "Colin27 in MNI space, the default head")


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A proper rotation and a position in millimetres, in a named frame. Immutable.

    rotation: (3, 3), columns are the coil's x, y and z axes in world coordinates.
    position_mm: (3,), the coil's origin in world coordinates.
    Anything else (sheared, mirrored, scaled, NaN, metres) is refused with the remedy. A rotation
    that is orthonormal within 1e-3 is accepted and made exact.
    """

    rotation: FloatArray
    position_mm: FloatArray
    frame: Frame = field(default=COLIN27)

    def __post_init__(self) -> None:
        rotation = _as_array(self.rotation, (3, 3), "rotation")
        position = _as_array(self.position_mm, (3,), "position")
        object.__setattr__(self, "rotation", _frozen(_proper_rotation(rotation)))
        object.__setattr__(self, "position_mm", _frozen(_plausible_position(position)))

    @classmethod
    def from_matrix(cls, matrix: ArrayLike, frame: Frame) -> Pose:
        """The pose of a (4, 4) matrix from coil to world coordinates, in millimetres."""
        full = _as_array(matrix, (4, 4), "pose matrix")
        if not np.allclose(full[3], (0, 0, 0, 1), atol=1e-9):
            raise InputError(
                "pose matrix",
                f"its last row is {full[3].tolist()}, not 0 0 0 1",
                "Give the matrix by rows, with the position in the last column",
            )
        return cls(full[:3, :3], full[:3, 3], frame)

    @classmethod
    def facing(
        cls, position_mm: ArrayLike, into_head: ArrayLike, front: ArrayLike, frame: Frame
    ) -> Pose:
        """The pose at a position whose z axis is `into_head` and whose y axis is nearest `front`.

        Directions are (3,) and need not be unit or perpendicular; `front` must not be parallel to
        `into_head`.
        """
        z = _unit(_as_array(into_head, (3,), "direction into the head"), "direction into the head")
        along = _as_array(front, (3,), "front direction")
        y = along - np.dot(along, z) * z
        if np.linalg.norm(y) < 1e-6 * max(1.0, float(np.linalg.norm(along))):
            raise InputError(
                "front direction",
                "it points along the coil's axis, so the handle is undefined",
                "Give a direction that lies along the scalp",
            )
        y = _unit(y, "front direction")
        return cls(np.column_stack([np.cross(y, z), y, z]), np.asarray(position_mm), frame)

    @property
    def matrix(self) -> FloatArray:
        """(4, 4) from coil to world coordinates, millimetres."""
        full = np.eye(4)
        full[:3, :3] = self.rotation
        full[:3, 3] = self.position_mm
        return full

    def to_world(self, points_mm: ArrayLike) -> FloatArray:
        """(n, 3) coil coordinates to (n, 3) world coordinates, millimetres."""
        return np.asarray(points_mm, dtype=float) @ self.rotation.T + self.position_mm

    def to_coil(self, points_mm: ArrayLike) -> FloatArray:
        """(n, 3) world coordinates to (n, 3) coil coordinates, millimetres."""
        return (np.asarray(points_mm, dtype=float) - self.position_mm) @ self.rotation

    def turned(self, angle_deg: float, about: str = "z") -> Pose:
        """The pose after a turn about one of the coil's own axes, right-handed, in degrees."""
        return Pose(self.rotation @ _axis_rotation(angle_deg, about), self.position_mm, self.frame)

    def shifted(self, offset_mm: ArrayLike) -> Pose:
        """The pose moved by (3,) millimetres along the coil's own axes."""
        offset = _as_array(offset_mm, (3,), "offset")
        return Pose(self.rotation, self.position_mm + self.rotation @ offset, self.frame)

    def distance_mm(self, other: Pose) -> float:
        """Distance between the two origins; the frames must be the same."""
        self._same_frame(other)
        return float(np.linalg.norm(self.position_mm - other.position_mm))

    def angle_deg(self, other: Pose) -> float:
        """The single turn, 0 to 180 degrees, that carries one orientation into the other."""
        self._same_frame(other)
        relative = self.rotation.T @ other.rotation
        sine = np.linalg.norm(
            [
                relative[2, 1] - relative[1, 2],
                relative[0, 2] - relative[2, 0],
                relative[1, 0] - relative[0, 1],
            ]
        )
        return math.degrees(math.atan2(float(sine) / 2, (float(np.trace(relative)) - 1) / 2))

    def matrix_lps(self) -> FloatArray:
        """(4, 4) from coil coordinates to LPS millimetres, the world axes of DICOM."""
        flip = np.eye(4)
        flip[:3, :3] = _LPS_FROM_RAS
        return flip @ self.matrix

    @classmethod
    def from_matrix_lps(cls, matrix: ArrayLike, frame: Frame) -> Pose:
        """The pose of a (4, 4) matrix from coil coordinates to LPS millimetres."""
        full = _as_array(matrix, (4, 4), "pose matrix")
        flip = np.eye(4)
        flip[:3, :3] = _LPS_FROM_RAS
        return cls.from_matrix(flip @ full, frame)

    @property
    def quaternion(self) -> FloatArray:
        """(4,) unit quaternion w, x, y, z of the rotation, with w >= 0."""
        r = self.rotation
        symmetric = np.array(
            [
                [r[0, 0] + r[1, 1] + r[2, 2], 0, 0, 0],
                [r[2, 1] - r[1, 2], r[0, 0] - r[1, 1] - r[2, 2], 0, 0],
                [r[0, 2] - r[2, 0], r[1, 0] + r[0, 1], r[1, 1] - r[0, 0] - r[2, 2], 0],
                [
                    r[1, 0] - r[0, 1],
                    r[2, 0] + r[0, 2],
                    r[2, 1] + r[1, 2],
                    r[2, 2] - r[0, 0] - r[1, 1],
                ],
            ]
        )
        # The dominant eigenvector is stable at every angle, unlike the trace formula near 180.
        _, vectors = np.linalg.eigh(symmetric, UPLO="L")
        q = np.asarray(vectors[:, -1], dtype=float)
        return q if q[0] >= 0 else -q

    @classmethod
    def from_quaternion(cls, wxyz: ArrayLike, position_mm: ArrayLike, frame: Frame) -> Pose:
        """The pose of a quaternion w, x, y, z (any length but zero) and a (3,) position in mm."""
        w, x, y, z = _unit(_as_array(wxyz, (4,), "quaternion"), "quaternion")
        rotation = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        )
        return cls(rotation, np.asarray(position_mm), frame)

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary: frame, axes convention and the (4, 4) matrix by rows."""
        return {"frame": self.frame.id, "axes": "RAS", "matrix_mm": self.matrix.tolist()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Pose:
        """Read what `to_json` writes; refuses other axes and missing parts."""
        if not isinstance(data, dict) or not {"frame", "matrix_mm"} <= data.keys():
            raise InputError(
                "pose", "it lacks 'frame' or 'matrix_mm'", "Write a pose as euthymia exports it"
            )
        if data.get("axes", "RAS") != "RAS":
            raise InputError(
                "pose", f"its axes are {data['axes']!r}", "Convert it to RAS millimetres"
            )
        return cls.from_matrix(data["matrix_mm"], Frame(str(data["frame"])))

    def isclose(self, other: Pose, tolerance: float = 1e-9) -> bool:
        """Same frame, and every element of the matrices within `tolerance`."""
        return self.frame.id == other.frame.id and bool(
            np.allclose(self.matrix, other.matrix, rtol=0, atol=tolerance)
        )

    def _same_frame(self, other: Pose) -> None:
        if self.frame.id != other.frame.id:
            raise InputError(
                "two poses",
                f"one is in frame {self.frame.id!r}, the other in {other.frame.id!r}",
                "Convert one of them before comparing",
            )


def _as_array(values: ArrayLike, shape: tuple[int, ...], what: str) -> FloatArray:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(what, "it holds something that is not a number", "Give numbers") from None
    if array.shape != shape:
        size = " x ".join(map(str, shape))
        raise InputError(what, f"its shape is {array.shape}", f"Give {size} numbers")
    if not np.isfinite(array).all():
        raise InputError(
            what, "it holds NaN or infinity", "Export it again; the tracker may have lost the coil"
        )
    return array


def _proper_rotation(rotation: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(rotation, axis=0)
    gram = rotation.T @ rotation
    if np.abs(gram - np.eye(3)).max() > _ORTHONORMAL_TOLERANCE:
        scaled = gram / max(float(np.prod(lengths)) ** (2 / 3), 1e-300)
        if np.abs(scaled - np.eye(3)).max() <= _ORTHONORMAL_TOLERANCE:
            raise InputError(
                "pose rotation",
                f"it is scaled by {float(lengths.mean()):.4g}",
                "Give a matrix without scaling: its first three columns have length 1",
            )
        raise InputError(
            "pose rotation",
            "it is sheared or stretched (its axes are not perpendicular unit vectors)",
            "Export the coil's pose again without an affine registration mixed in",
        )
    if np.linalg.det(rotation) < 0:
        raise InputError(
            "pose rotation",
            "it is mirrored (left-handed axes)",
            "Check the axis flips of the program it comes from; one axis has the wrong sign",
        )
    if np.abs(gram - np.eye(3)).max() <= _EXACT:
        return rotation  # so that a pose that was written is read as the very same one
    u, _, vt = np.linalg.svd(rotation)
    return np.asarray(u @ vt)


def _plausible_position(position: FloatArray) -> FloatArray:
    size = float(np.linalg.norm(position))
    if size > _LARGEST_POSITION_MM:
        raise InputError(
            "pose position",
            f"it lies {size:.0f} mm from the origin",
            "Give the position in millimetres, in the frame of the patient's image",
        )
    if 0.0 < size < _SMALLEST_PLAUSIBLE_POSITION_MM:
        raise InputError(
            "pose position",
            f"it lies {size:.3g} from the origin, which looks like metres",
            "Give the position in millimetres",
        )
    return position


def _unit(vector: FloatArray, what: str) -> FloatArray:
    length = float(np.linalg.norm(vector))
    if length == 0.0:
        raise InputError(what, "it has no length", "Give a direction that is not zero")
    return np.asarray(vector / length)


def _axis_rotation(angle_deg: float, about: str) -> FloatArray:
    if about not in ("x", "y", "z"):
        raise InputError("turn", f"{about!r} is no axis of a coil", "Use 'x', 'y' or 'z'")
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[about]
    rotation = np.eye(3)
    rotation[first, first] = rotation[second, second] = c
    rotation[first, second], rotation[second, first] = -s, s
    return rotation


def _frozen(array: FloatArray) -> FloatArray:
    array = np.array(array)
    array.setflags(write=False)
    return array
