"""`python -m euthymia.clinic synthetic`: fill an empty example clinic with invented patients."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from euthymia.clinic.example.fill import PASSWORD, SEED, bulk_load, fill_example
from euthymia.core.errors import InputError


class Command(BaseCommand):
    """Fills the example clinic, or with --patients a large one for load."""

    help = "Fill an empty example clinic with invented (synthetic) patients."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--patients", type=int, help="so many, mostly with whole courses")
        parser.add_argument("--seed", type=int, default=SEED)

    def handle(self, *args: Any, **options: Any) -> None:
        patients, seed = options["patients"], options["seed"]
        try:
            filled = bulk_load(patients, seed=seed) if patients else fill_example(seed=seed)
        except InputError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{filled.sentence}; the password of every account is {PASSWORD}")
