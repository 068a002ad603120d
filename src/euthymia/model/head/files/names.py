"""How a folder that holds a head is told from others, without reading it."""

from __future__ import annotations

from pathlib import Path

HEAD = "head.json"
"""Written last, so that a folder without it is no head."""


def is_head_folder(folder: Path) -> bool:
    """Whether a folder holds a head."""
    return (folder / HEAD).is_file()
