"""Checks at the start: the clinic's own files for patients can be read."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error

from euthymia.assess.scales.scale_rules import all_scales
from euthymia.clinic.portal.crisis import own_lines
from euthymia.clinic.portal.wordings import questionnaire
from euthymia.core.errors import InputError


def own_files(app_configs: Any, **_named: Any) -> list[CheckMessage]:
    """An error for each file of the clinic that patients would miss something by."""
    found: list[CheckMessage] = []
    try:
        own_lines()
    except InputError as refused:
        found.append(_error(refused, "portal.E001"))
    for scale in all_scales():
        try:
            questionnaire(scale)
        except InputError as refused:
            found.append(_error(refused, "portal.E002"))
    return found


def _error(refused: InputError, id_: str) -> Error:
    return Error(f"{refused.subject}: {refused.problem}", hint=refused.remedy, id=id_)
