"""From nothing to applications that are ready: the first step of every command."""

# ruff: noqa: PLC0415 - what it imports may not be installed

from __future__ import annotations

import os
from importlib.util import find_spec

from euthymia.core.errors import InputError, MissingPartError

_NEEDED = ("django", "allauth", "django_htmx", "django_tasks_db", "waitress", "whitenoise", "ninja")


def ready(*, example: bool = False) -> None:
    """Read the settings and set Django up; raises a sentence if that cannot be."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise MissingPartError(
            "the clinic",
            f"it needs packages that are not installed ({', '.join(missing)})",
            "Install them with: pip install 'euthymia[clinic]'",
        )
    if example:
        if os.environ.get("EUTHYMIA_MODE", "example") != "example":
            raise InputError(
                "EUTHYMIA_MODE",
                "the example clinic cannot be made in an installation for real patients",
                "Leave EUTHYMIA_MODE unset, and give EUTHYMIA_HOME a folder of its own",
            )
        os.environ["EUTHYMIA_MODE"] = "example"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "euthymia.clinic.config.settings")
    import django

    django.setup()
