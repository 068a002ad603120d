"""The backup file: a gzipped tar of tables, documents and heads, and last of all its manifest.

Every table is a file of JSON lines, the same from either kind of database. The manifest names each
member with its size and SHA-256; a file that was cut off has none and is refused. The whole may be
sealed with a passphrase (`sealing`).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from euthymia.clinic.operation.sealing import SealedReader, is_sealed
from euthymia.core.errors import InputError

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive."""

    name: str
    size: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """What the archive holds, and from what."""

    software: str
    made_at: str
    database: str
    migrations: dict[str, list[str]]
    counts: dict[str, int] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)

    def text(self) -> bytes:
        """As it is written."""
        data = {
            "format": FORMAT,
            "software": self.software,
            "made_at": self.made_at,
            "database": self.database,
            "migrations": self.migrations,
            "counts": self.counts,
            "members": {each.name: [each.size, each.sha256] for each in self.members},
        }
        return json.dumps(data, indent=1, sort_keys=True).encode()

    @classmethod
    def read(cls, text: bytes) -> Manifest:
        """From what was written; raises ValueError or KeyError."""
        data: dict[str, Any] = json.loads(text)
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}")
        return cls(
            data["software"],
            data["made_at"],
            data["database"],
            data["migrations"],
            data["counts"],
            [Member(name, size, digest) for name, (size, digest) in data["members"].items()],
        )


class Writer:
    """Adds members to an archive and closes it with the manifest."""

    def __init__(self, file: IO[bytes], manifest: Manifest) -> None:
        # Level 3: a backup is written every day and read hardly ever.
        self._zip = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=3, mtime=0)
        self._tar = tarfile.TarFile(fileobj=self._zip, mode="w", format=tarfile.PAX_FORMAT)
        self._manifest = manifest

    def add(self, name: str, path: Path) -> None:
        """Add a file as it is now."""
        size = path.stat().st_size
        with path.open("rb") as file:
            reading = _Hashed(file)
            self._member(name, size, reading)
        self._manifest.members.append(Member(name, size, reading.digest()))

    def close(self) -> None:
        """Write the manifest and the end."""
        text = self._manifest.text()
        self._member(MANIFEST, len(text), BytesIO(text))
        self._tar.close()
        self._zip.close()

    def _member(self, name: str, size: int, content: Any) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, content)


def needs_passphrase(archive: Path) -> bool:
    """Whether that is a sealed archive."""
    if not archive.is_file():
        return False
    with archive.open("rb") as file:
        return is_sealed(file)


def unpack(archive: Path, folder: Path | None, passphrase: str | None = None) -> Manifest:
    """Unpack into an empty folder and check every member against the manifest.

    folder: None only checks. Raises InputError for a file that is no backup, was cut off, was
    changed, is of another format, or does not open; what was unpacked by then is for the caller to
    remove.
    """
    found: dict[str, Member] = {}
    manifest = b""
    try:
        with (
            _opened(archive, passphrase) as stream,
            tarfile.open(fileobj=stream, mode="r|gz") as tar,
        ):
            for info in tar:
                source = tar.extractfile(info)
                if source is None:
                    raise _refused(archive, f"its member {info.name} is no file")
                if info.name == MANIFEST:
                    manifest = source.read()
                else:
                    found[info.name] = _extract(source, info, folder, archive)
            while stream.read(_CHUNK):  # to the last part, which proves that nothing was cut off
                pass
    except (tarfile.TarError, EOFError, OSError, gzip.BadGzipFile) as problem:
        raise _refused(archive, f"it cannot be read to its end ({problem})") from None
    if not manifest:
        raise _refused(archive, "it is no whole backup: its manifest is missing")
    try:
        wanted = Manifest.read(manifest)
    except (ValueError, KeyError, TypeError) as problem:
        raise _refused(archive, f"its manifest is of another version ({problem})") from None
    for member in wanted.members:
        if found.pop(member.name, None) != member:
            raise _refused(archive, f"its member {member.name} is not what was backed up")
    if found:
        raise _refused(archive, f"it holds {min(found)}, which was not backed up")
    return wanted


@contextmanager
def _opened(archive: Path, passphrase: str | None) -> Iterator[IO[bytes]]:
    """The archive's bytes, unsealed if it is sealed."""
    with archive.open("rb") as file:
        if not is_sealed(file):
            yield file
        elif passphrase is None:
            raise _refused(archive, "it is encrypted, and no passphrase was given")
        else:
            yield cast(IO[bytes], SealedReader(file, passphrase, str(archive)))


def files_under(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file beneath a folder with its name from there, in order; parts being written not."""
    if folder.is_dir():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.suffix not in {".new", ".part"}:
                yield path.relative_to(folder).as_posix(), path


def _extract(
    source: IO[bytes], info: tarfile.TarInfo, folder: Path | None, archive: Path
) -> Member:
    name = PurePosixPath(info.name)
    if name.is_absolute() or ".." in name.parts or not info.isreg():
        raise _refused(archive, f"its member {info.name} would lie outside of it")
    digest = hashlib.sha256()
    with _target(folder, name) as target:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return Member(info.name, info.size, digest.hexdigest())


def _target(folder: Path | None, name: PurePosixPath) -> IO[bytes]:
    """A new file of that name in the folder; without a folder, a place where all is forgotten."""
    if folder is None:
        return Path(os.devnull).open("wb")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")


def _refused(archive: Path, problem: str) -> InputError:
    return InputError(str(archive), problem, "Nothing was changed; use another backup")


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        return self._hash.hexdigest()
