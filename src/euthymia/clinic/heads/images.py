"""An image as it was uploaded, laid out as files for those who read it."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from euthymia.core.errors import InputError

LARGEST_BYTES = 512 * 1024 * 1024
ENDINGS = (".nii.gz", ".nii", ".zip")
_MOST_FILES = 5000


@contextmanager
def as_image(name: str, content: bytes) -> Iterator[Path]:
    """The image as a file or a folder of DICOM, for as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="euthymia-image-") as scratch:
        folder = Path(scratch)
        if not name.lower().endswith(".zip"):
            path = folder / ("T1.nii.gz" if name.lower().endswith(".gz") else "T1.nii")
            path.write_bytes(content)
            yield path
            return
        packed = folder / "packed.zip"
        packed.write_bytes(content)
        yield _unpacked(packed, folder / "dicom", name)


def _unpacked(packed: Path, out: Path, name: str) -> Path:
    """Unpack a zip flat and bounded: names in it never lead anywhere else."""
    out.mkdir()
    try:
        with zipfile.ZipFile(packed) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > _MOST_FILES or sum(m.file_size for m in members) > 4 * LARGEST_BYTES:
                raise InputError(name, "it holds far more than one series", "Pack one T1 series")
            for number, member in enumerate(members):
                with archive.open(member) as source, (out / f"{number:05d}.dcm").open("wb") as file:
                    shutil.copyfileobj(source, file)
    except (zipfile.BadZipFile, OSError, RuntimeError):
        raise InputError(
            name, "it is not a zip that can be opened", "Pack the series again"
        ) from None
    return out
