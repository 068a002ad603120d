"""A line of the log of identities in words, for those who may see that something was changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from euthymia.clinic.records.identity_log import Kind, Why, told
from euthymia.clinic.records.models import Identity, IdentityLine, Patient
from euthymia.clinic.ui.formats import moment
from euthymia.clinic.ui.values import Column, Row, Table

_SHOWN = 50

_KINDS: Mapping[str, Any] = {
    Kind.FOUND: gettext_lazy("was there before the log"),
    Kind.ENTERED: gettext_lazy("entered"),
    Kind.CHANGED: gettext_lazy("changed"),
    Kind.ERASED: gettext_lazy("erased"),
}


def author_in_words(row: IdentityLine) -> str:
    """Who did it."""
    return str(row.recorded_by or _("the program"))


def kind_in_words(row: IdentityLine) -> str:
    """What was done."""
    return str(_KINDS.get(row.kind, row.kind))


def fields_in_words(row: IdentityLine) -> str:
    """Which fields, by how: "added: phone; changed: family name"."""
    _reason, parts = told(row)
    words = {"added": _("added"), "changed": _("changed"), "removed": _("removed")}
    said = [
        f"{words[part]}: {', '.join(_field(name) for name in names)}"
        for part, names in parts.items()
        if names
    ]
    return "; ".join(said) or "–"


def why_in_words(row: IdentityLine) -> str:
    """The reason that was given; empty where none is asked for."""
    reason, _parts = told(row)
    return str(Why(reason).label) if reason in Why.values else reason


def _field(name: str) -> str:
    return str(Identity._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def log_table(patient: Patient) -> Table:
    """What was done to a patient's identity, the newest first."""
    rows = IdentityLine.objects.filter(patient=patient).select_related("recorded_by")
    return Table(
        _("Changes of the identity"),
        [Column(label) for label in (_("At"), _("Author"), _("What"), _("Fields"), _("Why"))],
        [
            Row([
                moment(row.at),
                author_in_words(row),
                kind_in_words(row),
                fields_in_words(row),
                why_in_words(row) or "–",
            ])
            for row in rows.order_by("-seq")[:_SHOWN]
        ],
        dense=True,
        empty=_("Nothing was entered yet"),
    )  # fmt: skip
