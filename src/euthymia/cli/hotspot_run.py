"""The search for the hot spot at a keyboard."""

from __future__ import annotations

import sys

from euthymia.cli.output import facts, remark, show, title, write_json
from euthymia.core.errors import InputError
from euthymia.treat.threshold.emg import MOST_PEAK_TO_PEAK_UV
from euthymia.treat.threshold.hotspot import HotSpotSearch, Place, SpotAdvice, SpotTrial


def run(as_json: bool) -> None:
    """Ask for one amplitude after another, and show the best place."""
    search, trials = HotSpotSearch(), list[SpotTrial]()
    while True:
        advice = search.advise(trials)
        if advice.next_place is None:
            break
        word = _typed(advice.next_place, len(trials))
        if word == "q":
            break
        if word == "u":
            if trials:
                remark(f"taken back: pulse {len(trials)}")
                trials.pop()
        elif (amplitude := _amplitude(word)) is not None:
            trials.append(SpotTrial(advice.next_place, amplitude))
    _show(advice, len(trials), as_json)


def _typed(place: Place, number: int) -> str:
    sys.stderr.write(f"pulse {number + 1}: hold the coil {in_words(place)}. Amplitude in µV: ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise InputError("the search", "the answers have ended", "Answer until it is done")
    return line.strip().casefold()


def _amplitude(word: str) -> float | None:
    try:
        amplitude = float(word.replace(",", "."))
    except ValueError:
        return None
    return amplitude if 0.0 <= amplitude < MOST_PEAK_TO_PEAK_UV else None


def in_words(place: Place) -> str:
    """A place for the operator: "10 mm right and 5 mm back of the first guess"."""
    right, front = place
    parts = []
    if right:
        parts.append(f"{abs(right):g} mm {'right' if right > 0 else 'left'}")
    if front:
        parts.append(f"{abs(front):g} mm {'front' if front > 0 else 'back'}")
    return f"{' and '.join(parts)} of the first guess" if parts else "at the first guess"


def _show(advice: SpotAdvice, pulses: int, as_json: bool) -> None:
    if advice.best is None or advice.best_uv <= 0:
        raise InputError("hot spot", "none was found", "Raise the output, and begin anew")
    if as_json:
        write_json(
            {
                "found": advice.found,
                "best_mm": advice.best,
                "median_uv": advice.best_uv,
                "centre_mm": advice.centre,
                "pulses": pulses,
                "reason": advice.reason,
            }
        )
        return
    show(
        title("Hot spot", "" if advice.found else "ended by hand"),
        facts(
            [
                ("best place", in_words(advice.best)),
                ("median answer", f"{advice.best_uv:.0f} µV"),
                ("centre of all answers", in_words(advice.centre) if advice.centre else "none"),
                ("pulses", str(pulses)),
            ]
        ),
    )
