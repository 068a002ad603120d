"""Jobs that keep the clinic in order: a backup, a check of all records, lists made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from euthymia.clinic import clock
from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.jobs.kinds import Arguments, job_kind
from euthymia.clinic.operation.backup import back_up
from euthymia.clinic.operation.passphrase import given_passphrase
from euthymia.clinic.operation.verifying import faults
from euthymia.clinic.records.projections import rebuild
from euthymia.core.errors import InputError
from euthymia.core.progress import Progress

BACK_UP, VERIFY, REBUILD = "back_up", "verify", "rebuild"
_SHOWN = 200


def backup_folder() -> Path:
    """Where backups go that are made from the pages of administration."""
    folder: Path = settings.PLACE.home / "backups"
    return folder


@job_kind(BACK_UP, label="Back up the clinic", action=Action.BACK_UP)
def back_up_now(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Write a backup beside the database; it is to be copied elsewhere from there.

    It is encrypted if the server's environment gives a passphrase.
    """
    folder = backup_folder()
    folder.mkdir(parents=True, exist_ok=True)
    passphrase = given_passphrase()
    name = f"clinic-{clock.now():%Y-%m-%d-%H%M%S}.tar.gz{'.sealed' if passphrase else ''}"
    done = back_up(folder / name, progress, arguments["user_id"], passphrase)
    return {"said": done.sentence, "url": reverse("office_backup")}


@job_kind(VERIFY, label="Verify all records", action=Action.BACK_UP)
def verify_now(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Check everything; fails with the first faults if there are any."""
    found = [fault.sentence for fault in faults(progress)]
    note(EventKind.VERIFIED, arguments["user_id"], f"{len(found)} faults")
    if found:
        raise InputError(
            "records",
            f"{len(found)} faults were found: " + "; ".join(found[:_SHOWN]),
            "Run `euthymia verify` on the server, and restore what is broken from a backup",
        )
    return {"said": "Everything is as it was written.", "url": reverse("office_backup")}


@job_kind(REBUILD, label="Make all lists anew", action=Action.BACK_UP)
def rebuild_now(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Make all projections anew from the ledger."""
    done = rebuild(progress)
    return {
        "said": f"The lists of {done} patients were made anew.",
        "url": reverse("office_backup"),
    }
