"""Tags of the pages for logging in: `{% load accounts %}`."""

from __future__ import annotations

from django.conf import settings
from django.template import Library

from euthymia.clinic.accounts.forms import EXAMPLE_PASSWORD
from euthymia.clinic.accounts.models import Membership, User

register = Library()


@register.simple_tag
def example_password() -> str:
    """The password that everyone knows in an example clinic; elsewhere nothing."""
    return EXAMPLE_PASSWORD if settings.PLACE.example else ""


@register.simple_tag
def example_accounts() -> list[tuple[str, str]]:
    """Whom one can log in as in an example clinic: a name for each role; else nobody."""
    if not settings.PLACE.example:
        return []
    found: dict[str, str] = {}
    members = Membership.objects.select_related("user").order_by("user_id", "pk")
    for each in members:
        found.setdefault(each.get_role_display(), each.user.username)
    patient = User.objects.filter(patient_id__isnull=False).order_by("pk").first()
    if patient is not None:
        found["Patient"] = patient.username
    return list(found.items())
