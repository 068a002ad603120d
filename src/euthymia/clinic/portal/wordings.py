"""The words of questionnaires that patients fill in: shipped where the licence allows it.

For a scale whose words may not be shipped, a clinic that holds the licence puts them into its
folder: `wordings/<scale>.toml` with `licence` (who gave it), `stem`, and `[[item]]` rows of `text`
and `options`. Scoring stays the catalogue's own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field

from euthymia.assess.scales.scale_rules import Scale, all_scales
from euthymia.clinic.portal.own_files import OwnFile
from euthymia.core.errors import InputError

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """One item: its text, and its answers as pairs of score and words."""

    number: int
    text: str
    answers: tuple[tuple[int, str], ...]
    on_suicide: bool


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One scale with all its words, ready to be asked."""

    scale: Scale
    stem: str
    questions: tuple[Question, ...]

    @property
    def name(self) -> str:
        return plain_name(self.scale)


_PLAIN = {
    "phq9": gettext_noop("Mood"),
    "qids_sr16": gettext_noop("Mood"),
    "gad7": gettext_noop("Worry and tension"),
    "who5": gettext_noop("Well-being"),
    "pcl5": gettext_noop("After a very bad event"),
    "energy": gettext_noop("Energy"),
    "fatigue": gettext_noop("Tiredness"),
    "check_in": gettext_noop("How I am today"),
}


def plain_name(scale: Scale) -> str:
    """What a scale is about in a patient's words, with its own name: "Mood (PHQ-9)"."""
    plain = _PLAIN.get(scale.id)
    return f"{_(plain)} ({scale.name})" if plain else scale.name


class _OwnItem(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1)
    options: tuple[str, ...] = ()


class _OwnWording(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    licence: str = Field(min_length=3)
    stem: str = ""
    item: tuple[_OwnItem, ...]


_OWN = OwnFile(
    _OwnWording,
    "the wording",
    "Write licence, stem and one [[item]] with text and options for each item",
)


def questionnaires() -> tuple[Questionnaire, ...]:
    """Every scale that a patient can fill in here, in the order of the catalogue."""
    found = []
    for scale in all_scales():
        if scale.rater != "patient":
            continue
        try:
            each = questionnaire(scale)
        except InputError as refused:
            # A slip in one file must not take the other questionnaires away.
            _LOG.error("%s", refused)
            continue
        if each is not None:
            found.append(each)
    return tuple(found)


def questionnaire(scale: Scale) -> Questionnaire | None:
    """The scale with its words; None where neither the project nor the clinic may show them.

    Raises InputError where the clinic's own file cannot be used.
    """
    if scale.items:
        rows = [(text, scale.options) for text in scale.items]
        return _made(scale, scale.stem, rows)
    path = settings.PLACE.home / "wordings" / f"{scale.id}.toml"
    own = _OWN.read(path) if scale.item_max else None
    if own is None:
        return None
    if len(own.item) != len(scale.item_max):
        raise InputError(
            str(path),
            f"it holds {len(own.item)} items, and {scale.name} has {len(scale.item_max)}",
            "Write one [[item]] for each item of the scale, in its order",
        )
    return _made(scale, own.stem, [(item.text, item.options) for item in own.item])


def _made(scale: Scale, stem: str, rows: list[tuple[str, tuple[str, ...]]]) -> Questionnaire:
    on_suicide = scale.suicide.items if scale.suicide else ()
    return Questionnaire(
        scale,
        stem,
        tuple(
            Question(number, text, _answers(scale, number, options), number in on_suicide)
            for number, (text, options) in enumerate(rows, start=1)
        ),
    )


def _answers(scale: Scale, number: int, options: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    scores = range(scale.item_min, scale.item_max[number - 1] + 1)
    if not options:
        return tuple((score, str(score)) for score in scores)
    if len(options) != len(scores):
        raise InputError(
            f"{scale.name} item {number}",
            f"it has {len(options)} answers, and {len(scores)} scores",
            "Give one answer for each score, the lowest first",
        )
    return tuple(zip(scores, options, strict=True))
