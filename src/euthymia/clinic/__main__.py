"""`python -m euthymia.clinic`: Django's own commands (migrate, makemigrations, shell, check)."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Hand the words over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "euthymia.clinic.config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
