"""What came of a treatment and how it was taken, from the words of a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.assess.medication.told.doses import FoundDose, take_doses
from euthymia.assess.medication.told.scan import Scan
from euthymia.assess.medication.told.spans import Length, take_lengths
from euthymia.assess.medication.told.words import (
    effect_pattern,
    history_words,
    response_of_percent,
    sayings,
    side_effect_of,
    turned_pattern,
)
from euthymia.assess.medication.trial import Adherence, Response, StopReason
from euthymia.core.errors import InputError

_SESSIONS = re.compile(
    r"(?<![\w.])(?:(?P<before>\d+)\s*(?:sessions?|treatments?|infusions?|doses?|pulses?|visits?|x)"
    r"|[x×]\s*(?P<after>\d+))(?!\w)",
    re.IGNORECASE,
)
_BETTER = r"(?:better|improvement|improved|reduction|response|benefit|relief|less\s+depressed)"
_PERCENT = re.compile(
    rf"(?:{_BETTER}\s*(?:by|of|:)?\s*(?:about\s+|~\s*)?(?P<after>\d{{1,3}})\s*%"
    rf"|(?P<before>\d{{1,3}})\s*%\s*{_BETTER})",
    re.IGNORECASE,
)
_GAINED = re.compile(r"gained\s+\d+\s*(?:kg|kilos?|lbs?|pounds)\b", re.IGNORECASE)
_DENIED = re.compile(r"(?:no|without|denies|denied|not)\s+(?:any\s+)?$", re.IGNORECASE)
_FOR = re.compile(r"\bfor\s+(?:the\s+)?$", re.IGNORECASE)
_LEVEL = re.compile(
    r"(?:blood\s+|serum\s+)?level\s*:?\s*\d+(?:[.,]\d+)?(?:\s*(?:mmol/l|meq/l|ng/ml|µg/l|mcg/l))?"
    r"|\d+(?:[.,]\d+)?\s*(?:mmol/l|meq/l|ng/ml)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Values:
    """What a line says of a trial beside its agent, its days and its doses."""

    response: Response
    stop_reason: StopReason
    stopped: bool
    adherence: Adherence
    current_episode: bool | None
    side_effects: tuple[str, ...]
    sessions: int | None
    dose_unknown: bool
    note: str


def take_values(
    scan: Scan, others: tuple[int, int] = (0, 0), *, in_micrograms: bool = False
) -> tuple[Values, tuple[FoundDose, ...], tuple[Length, ...]]:
    """Take everything else of the line: levels, doses, durations, numbers, words.

    `others`: the part of the line whose doses belong to another treatment and are left alone.
    `in_micrograms`: so a number without a unit is meant.
    """
    note = _levels(scan)
    doses = take_doses(scan, others, in_micrograms=in_micrograms)
    lengths = take_lengths(scan)
    sessions = _sessions(scan)
    percent = _percents(scan)
    said = _sayings(scan)
    responses = dict.fromkeys([*(Response(v) for v in said.get("response", ())), *percent])
    reasons = [StopReason(value) for value in said.get("stop", ())]
    effects = _effects(scan)
    values = Values(
        response=_response(tuple(responses)),
        stop_reason=_reason(reasons),
        stopped=bool(reasons) and StopReason.ONGOING not in reasons,
        adherence=Adherence(_one("adherence", said.get("adherence", ()), "unknown")),
        current_episode=_yes_or_no(_one("episode", said.get("episode", ()), "")),
        side_effects=effects,
        sessions=sessions,
        dose_unknown="dose" in said,
        note=note,
    )
    return values, doses, lengths


def _levels(scan: Scan) -> str:
    """A blood level is kept as a note: no instrument's rule on levels is on record in numbers."""
    notes = []
    for match in scan.all(_LEVEL):
        scan.take(match, "a blood level, kept as a note")
        notes.append(match[0].strip())
    return "; ".join(notes)


def _sessions(scan: Scan) -> int | None:
    counts = []
    for match in scan.all(_SESSIONS):
        count = int(match["before"] or match["after"])
        scan.take(match, f"{count} sessions")
        counts.append(count)
    if len(set(counts)) > 1:
        raise InputError(
            "this line",
            f"it names {' and '.join(map(str, counts))} sessions",
            "Give one number, or write a line for each course",
        )
    return counts[0] if counts else None


def _sayings(scan: Scan) -> dict[str, tuple[str, ...]]:
    """The values that phrases of the line say, by field, each once, in the order of the table."""
    found: dict[str, tuple[str, ...]] = {}
    for saying in sayings():
        for match in scan.all(saying.pattern):
            if _turned(scan, match, saying.field):
                continue
            scan.take(match, f"{_FIELDS[saying.field]}: {saying.value.replace('_', ' ')}")
            values = (*found.get(saying.field, ()), saying.value)
            found[saying.field] = tuple(dict.fromkeys(values))
    return found


def _turned(scan: Scan, match: re.Match[str], field: str) -> bool:
    """Whether a word before it turns it round: then it is left, and said not to be understood."""
    before = re.split(r"[,;]", scan.left[: match.start()])[-1]
    return field in history_words().turned.fields and bool(turned_pattern().search(before))


_FIELDS = {
    "response": "response",
    "stop": "why it was stopped",
    "adherence": "adherence",
    "episode": "in the present episode",
    "dose": "dose",
    "time": "time",
    "no_side_effects": "no side effects",
}


def _percents(scan: Scan) -> list[Response]:
    found = []
    for match in scan.all(_PERCENT):
        better_pct = match["after"] or match["before"]
        response = response_of_percent(float(better_pct))
        scan.take(match, f"{better_pct} % better: {response.value}")
        found.append(response)
    return found


def _response(said: Sequence[Response]) -> Response:
    """One response; an effect that was lost again outweighs that there was one."""
    known = [response for response in said if response is not Response.UNKNOWN]
    if Response.LOST in known:
        return Response.LOST
    if len(known) > 1:
        raise InputError(
            "this line",
            f"it tells two responses, {' and '.join(response.value for response in known)}",
            "Keep the one that holds for the best time of the trial",
        )
    return known[0] if known else Response.UNKNOWN


def _reason(said: Sequence[StopReason]) -> StopReason:
    known = [reason for reason in dict.fromkeys(said) if reason is not StopReason.UNKNOWN]
    if len(known) > 1:
        raise InputError(
            "this line",
            f"it tells two reasons for its end, {' and '.join(r.value for r in known)}",
            "Keep the one that counted",
        )
    return known[0] if known else StopReason.UNKNOWN


def _one(field: str, said: Sequence[str], otherwise: str) -> str:
    known = [value for value in said if value != otherwise]
    if len(known) > 1:
        raise InputError(
            "this line", f"it says both {' and '.join(known)} of its {field}", "Keep one of them"
        )
    return known[0] if known else otherwise


def _yes_or_no(said: str) -> bool | None:
    return {"yes": True, "no": False}.get(said)


def _effects(scan: Scan) -> tuple[str, ...]:
    """Side effects by the names under which they are counted; denied ones are left out."""
    found = []
    for match in scan.all(_GAINED):
        scan.take(match, "side effect: weight gain")
        found.append("weight gain")
    for match in scan.all(effect_pattern()):
        if _FOR.search(scan.left[: match.start()]):
            continue  # what it was taken for, not what it brought
        effect = side_effect_of(match[0])
        name = effect.name if effect else match[0]
        denied = _DENIED.search(scan.left[: match.start()])
        if denied:
            scan.blot(*denied.span())
            scan.take(match, f"no {name}")
            continue
        scan.take(match, f"side effect: {name}")
        found.append(name)
    return tuple(dict.fromkeys(found))
