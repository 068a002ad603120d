"""What the catalogues call a protocol, a target, a device, a course or a payer, for pages.

Charts hold the ids of catalogues. A page shows names; what no catalogue knows (a protocol of the
clinic's own, a device that has left the catalogue) is shown as it was recorded.
"""

from __future__ import annotations

from functools import cache

from django.utils.translation import gettext as _

from euthymia.assess.eligibility.payers import payer_rules
from euthymia.assess.scales.scale_rules import all_scales
from euthymia.core.references import Citation
from euthymia.model.coil.catalogue import coil, coil_ids
from euthymia.plan.protocol.catalogue import catalogue
from euthymia.plan.protocol.courses import courses
from euthymia.plan.protocol.stimulators import stimulators
from euthymia.plan.target.catalogue import targets


def protocol(key: str) -> str:
    """ "Intermittent theta burst, left DLPFC, 600 pulses (iTBS-600)"."""
    title = protocol_title(key)
    return f"{title} ({key})" if title else key


def protocol_title(key: str) -> str:
    """The title without the short name; empty for one that no catalogue knows."""
    return _protocols().get(key, "")


def target(key: str) -> str:
    """The title of a place on the cortex, or the name of a rule on the scalp."""
    known = targets()
    if key in known.coordinates:
        return known.coordinates[key].title
    return known.scalp_rules[key].name if key in known.scalp_rules else key


def stimulator(key: str) -> str:
    """Maker and model."""
    return _stimulators().get(key, key)


def coil_name(key: str) -> str:
    """Maker and model."""
    return coil(key).name if key in coil_ids() else key


def course(key: str) -> str:
    """The title of a course."""
    return _courses().get(key, key)


def threshold_method(key: str) -> str:
    """How a motor threshold was searched for."""
    return {
        "relative_frequency": _("relative frequency"),
        "mills_nithi": _("Mills-Nithi"),
        "ml_pest": _("maximum-likelihood PEST"),
        "bayesian": _("Bayesian search"),
        "other": _("another method"),
    }.get(key, key)


def observation(key: str) -> str:
    """How an answer of the muscle was seen."""
    return {"emg": _("EMG"), "visual": _("by eye")}.get(key, key)


def payer(key: str) -> str:
    """The name of the payer's rule."""
    return _payers().get(key, key)


def scale(key: str) -> str:
    """ "PHQ-9"."""
    return _scales().get(key, key)


def stimulator_choices() -> list[tuple[str, str]]:
    """Every stimulator of the catalogue, to be chosen from."""
    return list(_stimulators().items())


def coil_choices() -> list[tuple[str, str]]:
    """Every coil of the catalogue, to be chosen from."""
    return [(key, coil_name(key)) for key in coil_ids()]


def source(citation: Citation) -> str:
    """Author and year, and a word if nobody has checked it."""
    words = citation.reference.short
    return words if citation.tag.verified else _("%(source)s, unverified") % {"source": words}


@cache
def _protocols() -> dict[str, str]:
    return {each.id: each.title for each in catalogue()}


@cache
def _stimulators() -> dict[str, str]:
    return {each.id: each.name for each in stimulators()}


@cache
def _courses() -> dict[str, str]:
    return {each.id: each.title for each in courses()}


@cache
def _payers() -> dict[str, str]:
    return {each.id: each.name for each in payer_rules()}


@cache
def _scales() -> dict[str, str]:
    return {each.id: each.name for each in all_scales()}
