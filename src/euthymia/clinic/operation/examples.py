"""The example clinic: made once, in a folder of its own."""

from __future__ import annotations

from django.conf import settings

from euthymia.clinic.accounts.models import User
from euthymia.clinic.example.fill import PASSWORD, fill_example
from euthymia.clinic.operation.startup import prepare
from euthymia.core.progress import Progress


def make_example(progress: Progress) -> str:
    """Fill the example clinic if it is empty; how to log in, as a few lines."""
    prepare()
    first = "" if User.objects.exists() else f"Made {fill_example(progress).sentence}.\n"
    staff = User.objects.filter(patient_id=None).order_by("pk").prefetch_related("memberships")
    seen: dict[str, str] = {}
    for user in staff:
        for membership in user.memberships.all():
            seen.setdefault(membership.get_role_display(), user.username)
    names = ", ".join(f"{username} ({role.lower()})" for role, username in seen.items())
    return (
        f"{first}The example clinic in {settings.PLACE.home} holds synthetic patients only.\n"
        f"Log in as {names} or patient; the password is {PASSWORD}"
    )
