"""Protocols as JSON: the exact way out and back, the published schema, the refusals."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from protocol_strategies import FEW, protocols

from euthymia.core.errors import InputError
from euthymia.plan.protocol.algebra import Protocol
from euthymia.plan.protocol.catalogue import CatalogueEntry, catalogue, entry
from euthymia.plan.protocol.schema import (
    from_dict,
    from_json,
    protocol_schema,
    published_schema_text,
    schema_text,
    to_dict,
    to_json,
)

VALIDATOR = jsonschema.Draft202012Validator(protocol_schema())
BUILDABLE = [each for each in catalogue() if each.buildable]


@FEW
@given(protocols())
def test_json_returns_the_equal_value(protocol: Protocol) -> None:
    text = to_json(protocol)
    assert from_json(text) == protocol
    assert to_json(from_json(text)) == text


@FEW
@given(protocols())
def test_what_is_written_obeys_the_published_schema(protocol: Protocol) -> None:
    VALIDATOR.validate(json.loads(to_json(protocol)))


@pytest.mark.parametrize("each", BUILDABLE, ids=lambda each: each.id)
def test_every_catalogue_protocol_survives_json(each: CatalogueEntry) -> None:
    assert from_json(to_json(each.build())) == each.build()


def test_the_published_schema_is_up_to_date() -> None:
    assert published_schema_text() == schema_text(), "run schema.write_schema()"


def test_the_schema_is_itself_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(protocol_schema())


def test_a_third_of_a_period_is_written_as_a_fraction() -> None:
    block = to_dict(entry("dTMS-H1").build())["steps"][0]
    assert block["train"]["period_s"] == "1/18"
    assert block["interval"] == {"kind": "onset_to_onset", "seconds": 22}


def _changed(path: str, value: object) -> dict[str, Any]:
    content = to_dict(entry("iTBS-600").build())
    *way, last = path.split(".")
    place: Any = content
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("euthymia_protocol", 2, "euthymia_protocol must be 1, not 2"),
        ("steps", [], "steps is empty"),
        ("steps.0.kind", "blok", "must be of kind 'block' or 'pause'"),
        ("steps.0.train_count", 0, "train_count should be greater than or equal to 1"),
        ("steps.0.train.period_s", "soon", "neither a number of seconds nor a fraction"),
        ("steps.0.train.period_s", "1e999999999", "neither a number of seconds nor a fraction"),
        ("steps.0.train.period_s", None, "must be a number of seconds"),
        ("steps.0.train.period_s", -1, "must be a number of seconds from 0 up"),
        ("steps.0.train.period_s", 0.01, "does not fit into its period"),
        ("steps.0.interval", None, "it has no inter-train interval"),
        ("steps.0.site.side", "above", "must be 'left', 'right', 'bilateral' or 'midline'"),
        ("steps.0.intensity.percent", "much", "should be a valid number"),
        ("steps.0.intensity.percent", -5, "should be greater than 0"),
        ("steps.0.rate", 10, "steps.0.rate is not a key of this format"),
        ("steps.0.train_count", 10**9, "pulses in one session"),
    ],
)
def test_bad_content_is_refused_with_its_place_in_one_sentence(
    path: str, value: object, words: str
) -> None:
    with pytest.raises(InputError) as refusal:
        from_dict(_changed(path, value), "session.json")
    text = str(refusal.value)
    assert words in text
    assert text.startswith("session.json: ")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "it is not JSON"),
        ("", "it is not JSON"),
        ('{"a": NaN}', "holds NaN"),
        ("[]", "must be an object with named values"),
        ('{"euthymia_protocol": 1}', "steps is missing"),
    ],
)
def test_a_text_that_is_no_protocol_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        from_json(text, "session.json")
