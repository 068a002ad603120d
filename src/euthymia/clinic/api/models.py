"""Tokens: a secret that only its hash is kept of, with scopes and an end."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Token(models.Model):
    """One program's way in, in the name of a person and with no more than that person's rights.

    scopes: names of actions. start: the first letters of the secret, so that people know which.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    start = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"
