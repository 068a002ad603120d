"""Mails that somebody has to look at: for the worklist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q, QuerySet

from euthymia.clinic import clock
from euthymia.clinic.reminders.models import Mail, State, Why

WAITS_LONG = timedelta(minutes=20)
"""A mail that waits so long has no worker to send it, or a server that answers nobody."""


def troubles(sites: Sequence[int]) -> QuerySet[Mail]:
    """What did not go out, perhaps went out, or cannot be recorded; the most urgent first."""
    long_ago = clock.now() - WAITS_LONG
    found = Mail.objects.filter(
        Q(state__in=(State.FAILED, State.DOUBTFUL))
        | Q(state=State.WAITING, made_at__lt=long_ago)
        | Q(state=State.SENT, why=Why.NO_CHART),
        patient__site_id__in=sites,
    )
    return found.select_related("patient", "patient__identity").order_by("at", "pk")
