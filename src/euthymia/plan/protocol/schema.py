"""Protocols as JSON: written, read back exactly, and described by a published JSON Schema.

Times stand as numbers where a short decimal says them exactly and as a fraction in a string where
none does ("1/18"), so that reading returns the very value that was written. The schema lies in
`data/protocol.schema.json`; `write_schema` writes it anew.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails

from euthymia.core.errors import InputError
from euthymia.plan.protocol.algebra import Block, Pause, Protocol, Step
from euthymia.plan.protocol.dosing import Intensity, Side, Site, Threshold
from euthymia.plan.protocol.exact import exact, is_decimal
from euthymia.plan.protocol.intervals import InterTrainInterval, OffTime, OnsetToOnset
from euthymia.plan.protocol.pulses import Burst, CurrentDirection, Pulse, Train, Waveform

FORMAT_VERSION = 1

MOST_PULSES = 1_000_000
"""A file that describes more pulses than this is a mistake, and would not fit into memory."""

_FRACTION = "^[0-9]{1,15}(/[1-9][0-9]{0,14})?$"


def _read_seconds(value: object) -> Fraction:
    if isinstance(value, str) and not re.fullmatch(_FRACTION, value):
        raise ValueError(f"{value!r} is neither a number of seconds nor a fraction such as '1/18'")
    if isinstance(value, int | float | str | Fraction):
        seconds = exact(value, "a time")  # an InputError is a ValueError, which pydantic reports
        if seconds >= 0:
            return seconds
    raise ValueError("it must be a number of seconds from 0 up, or a fraction such as '1/18'")


def _write_seconds(value: Fraction) -> int | float | str:
    if value.denominator == 1:
        return value.numerator
    return float(value) if is_decimal(value) else f"{value.numerator}/{value.denominator}"


Seconds = Annotated[
    Fraction,
    BeforeValidator(_read_seconds),
    PlainSerializer(_write_seconds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": _FRACTION},
            ],
            "description": "Seconds: a number, or a fraction such as '1/18' where it must be exact",
        }
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PulseJson(_Part):
    """One magnetic stimulus."""

    waveform: Waveform = Waveform.BIPHASIC
    current: CurrentDirection = CurrentDirection.NOT_STATED
    relative_amplitude: float = Field(
        default=1.0, gt=0, le=2, description="Fraction of the block's intensity"
    )


class BurstJson(_Part):
    """Pulses at one within-burst interval; a single pulse has interval 0."""

    pulses: tuple[PulseJson, ...] = Field(min_length=1)
    interval_s: Seconds = Fraction(0)


class TrainJson(_Part):
    """Bursts, or single pulses, at one rate."""

    burst: BurstJson
    burst_count: int = Field(ge=1)
    period_s: Seconds = Field(description="From burst onset to burst onset")


class IntervalJson(_Part):
    """The inter-train interval and from where it is counted."""

    kind: Literal["off_time", "onset_to_onset"] = Field(
        description="off_time: after the last pulse; onset_to_onset: first pulse to first pulse"
    )
    seconds: Seconds


class SiteJson(_Part):
    """Where a block is aimed at."""

    side: Side
    region: str = Field(min_length=1)


class IntensityJson(_Part):
    """Percent of a named threshold; of `fixed`: percent of maximum stimulator output."""

    percent: float = Field(gt=0)
    of: Threshold


class BlockJson(_Part):
    """One train, repeated at one interval, at one site and one intensity."""

    kind: Literal["block"] = "block"
    site: SiteJson
    intensity: IntensityJson
    train: TrainJson
    train_count: int = Field(ge=1)
    interval: IntervalJson | None = None


class PauseJson(_Part):
    """Silence between two blocks."""

    kind: Literal["pause"] = "pause"
    seconds: Seconds


class ProtocolJson(_Part):
    """What is given in one session of TMS: blocks and pauses, one after the other."""

    euthymia_protocol: Literal[1] = Field(description="Version of this format")
    steps: tuple[Annotated[BlockJson | PauseJson, Field(discriminator="kind")], ...] = Field(
        min_length=1
    )


def to_dict(protocol: Protocol) -> dict[str, Any]:
    """The protocol as plain JSON values."""
    model = ProtocolJson(
        euthymia_protocol=FORMAT_VERSION, steps=tuple(_step_out(step) for step in protocol.steps)
    )
    return model.model_dump(mode="json")


def to_json(protocol: Protocol) -> str:
    """The protocol as a JSON text, one that `from_json` turns back into the equal value."""
    return json.dumps(to_dict(protocol), indent=2) + "\n"


def from_dict(content: object, name: str = "the protocol") -> Protocol:
    """The protocol that plain JSON values describe; `name` names them in a refusal."""
    try:
        model = ProtocolJson.model_validate(content)
    except ValidationError as error:
        _refuse(error, name)
    try:
        protocol = Protocol(tuple(_step_in(step) for step in model.steps))
    except InputError as error:
        raise InputError(name, f"{error.subject}: {error.problem}", error.remedy) from None
    if protocol.pulse_count > MOST_PULSES:
        raise InputError(
            name,
            f"it describes {protocol.pulse_count:,} pulses in one session",
            f"Check its counts; at most {MOST_PULSES:,} are read",
        )
    return protocol


def from_json(text: str, name: str = "the protocol") -> Protocol:
    """The protocol that a JSON text describes; `name` (a file name) names it in a refusal."""
    try:
        content = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InputError(
            name,
            f"it is not JSON ({error.msg}, line {error.lineno}, column {error.colno})",
            "Give a file as `euthymia protocol export` writes it",
        ) from None
    except ValueError as error:
        raise InputError(name, str(error), "Give a finite number") from None
    return from_dict(content, name)


def protocol_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a protocol file."""
    schema = ProtocolJson.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Euthymia TMS protocol",
    }


def schema_text() -> str:
    """The schema as it stands in the published file."""
    return json.dumps(protocol_schema(), indent=2, sort_keys=True) + "\n"


def published_schema_text() -> str:
    """The content of the published file, `data/protocol.schema.json`."""
    place = files("euthymia.plan.protocol") / "data" / "protocol.schema.json"
    return place.read_text(encoding="utf-8")


def write_schema() -> None:
    """Write the published file anew; for a checkout of the source, after the format has changed."""
    place = Path(__file__).with_name("data") / "protocol.schema.json"
    place.write_text(schema_text(), encoding="utf-8")


def _step_out(step: Step) -> BlockJson | PauseJson:
    if isinstance(step, Pause):
        return PauseJson(seconds=step.seconds)
    burst = step.train.burst
    pulses = tuple(
        PulseJson(waveform=p.waveform, current=p.current, relative_amplitude=p.relative_amplitude)
        for p in burst.pulses
    )
    return BlockJson(
        site=SiteJson(side=step.site.side, region=step.site.region),
        intensity=IntensityJson(percent=step.intensity.percent, of=step.intensity.of),
        train=TrainJson(
            burst=BurstJson(pulses=pulses, interval_s=burst.interval_s),
            burst_count=step.train.burst_count,
            period_s=step.train.period_s,
        ),
        train_count=step.train_count,
        interval=_interval_out(step.interval),
    )


def _interval_out(interval: InterTrainInterval | None) -> IntervalJson | None:
    if interval is None:
        return None
    kind: Literal["off_time", "onset_to_onset"] = (
        "off_time" if isinstance(interval, OffTime) else "onset_to_onset"
    )
    return IntervalJson(kind=kind, seconds=interval.seconds)


def _step_in(step: BlockJson | PauseJson) -> Step:
    if isinstance(step, PauseJson):
        return Pause(step.seconds)
    pulses = tuple(
        Pulse(p.waveform, p.current, p.relative_amplitude) for p in step.train.burst.pulses
    )
    burst = Burst(pulses, step.train.burst.interval_s)
    return Block(
        Train(burst, step.train.burst_count, step.train.period_s),
        step.train_count,
        _interval_in(step.interval),
        Site(step.site.side, step.site.region),
        Intensity(step.intensity.percent, step.intensity.of),
    )


def _interval_in(interval: IntervalJson | None) -> InterTrainInterval | None:
    if interval is None:
        return None
    kind = OffTime if interval.kind == "off_time" else OnsetToOnset
    return kind(interval.seconds)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which is not a number")


def _refuse(error: ValidationError, name: str) -> NoReturn:
    # When an item of a list is bad, pydantic reports the list as too short as well.
    found = error.errors(include_url=False)
    items = [each for each in found if each["type"] != "too_short"] or found
    first = items[0]
    # The tag of the union ("block", "pause") is pydantic's, not a key of the file.
    place = ".".join(str(part) for part in first["loc"] if part not in ("block", "pause"))
    others = f" ({len(items) - 1} more like it)" if len(items) > 1 else ""
    raise InputError(
        name,
        f"{place or 'its content'} {_in_words(first)}{others}",
        "Correct it as protocol.schema.json describes it",
    ) from None


_PHRASES = {
    "missing": "is missing",
    "extra_forbidden": "is not a key of this format",
    "union_tag_invalid": "must be of kind 'block' or 'pause'",
    "union_tag_not_found": "must be of kind 'block' or 'pause'",
    "too_short": "is empty",
    "model_type": "must be an object with named values",
    "model_attributes_type": "must be an object with named values",
}


def _in_words(found: ErrorDetails) -> str:
    """One pydantic error as the rest of a sentence that begins with the place."""
    if found["type"] in _PHRASES:
        return _PHRASES[found["type"]]
    context = found.get("ctx", {})
    if "expected" in context:
        return f"must be {context['expected']}, not {found['input']!r}"
    cause = context.get("error")
    if isinstance(cause, InputError):
        return f"is wrong, {cause.problem}"
    message = found["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"is wrong, {message}" if cause else message
