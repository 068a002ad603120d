"""Forecasts set for a person and for a program."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.cli.output import bullets, section, show, table, title
from euthymia.cli.plain import Data
from euthymia.core.errors import InputError
from euthymia.learn.forecast.growth import ScoreForecast, UsualCourse
from euthymia.learn.forecast.ordinal import Change, OrdinalForecast
from euthymia.learn.forecast.published import check_in_model, growth_model


@dataclass(frozen=True, slots=True)
class Scored:
    """A forecast of scores beside what is usual. response: None without a baseline."""

    forecast: ScoreForecast
    usual: UsualCourse
    response: float | None


def check_in_forecast(answers: str, at: int | None) -> OrdinalForecast:
    """The forecast of typed answers; refuses an answer that is none of the four."""
    model = check_in_model()
    words = [part.strip() for part in answers.split(",")]
    seen: dict[int, Change] = {}
    for session, word in enumerate(words):
        if word in ("-", ""):
            continue
        if word not in ("1", "2", "3", "4"):
            raise InputError(
                f"answer {word!r} of session {session}",
                "it is none of 1, 2, 3, 4",
                "Give 1 worse, 2 same, 3 a bit better, 4 much better, or - for a missing one",
            )
        seen[session] = Change(int(word) - 1)
    last = model.parameters.fitted_on.last_session
    return model.forecast(seen, at if at is not None else max(last, len(words) - 1))


def check_in_data(found: OrdinalForecast) -> Data:
    """The probabilities of the four answers, beside base rates."""
    return {
        "at_session": found.at_session,
        "probabilities": {c.words: p for c, p in zip(Change, found.probabilities, strict=True)},
        "base_rates": {c.words: p for c, p in zip(Change, found.base_rates, strict=True)},
        "observed": found.observed,
        "fitted_on": found.fitted_on.sentence,
        "provenance": list(found.provenance),
        "cautions": list(found.cautions),
    }


def show_check_ins(found: OrdinalForecast) -> None:
    """Print the forecast as a table."""
    show(
        title(f"At session {found.at_session}", f"from {found.observed} check-ins"),
        Text(""),
        check_in_table(found),
        section("Before you use it", check_in_cautions(found)),
    )


def check_in_table(found: OrdinalForecast) -> RenderableType:
    """How probable each answer is, beside what is usual."""
    rows = [
        (change.words, f"{mine:.0%}", f"{usual:.0%}")
        for change, mine, usual in zip(Change, found.probabilities, found.base_rates, strict=True)
    ]
    mine, usual = found.at_least(Change.A_BIT_BETTER)
    rows.append(("a bit better or more", f"{mine:.0%}", f"{usual:.0%}"))
    return table(("", "this patient", "usual"), rows, numeric=(1, 2))


def check_in_cautions(found: OrdinalForecast) -> RenderableType:
    """What the forecast rests on, and what a reader has to know."""
    return bullets([*found.provenance, *found.cautions])


def score_forecast(scores: str, scale: str, at: int | None) -> Scored:
    """The forecast of typed scores; refuses what is no pair of session and score."""
    model = growth_model(find_scale(scale).name)
    seen: dict[int, float] = {}
    for pair in filter(None, (part.strip() for part in scores.split(","))):
        before, _, score = pair.partition(":")
        try:
            number, value = int(before), float(score)
        except ValueError as problem:
            raise InputError(
                f"score {pair!r}", "it is no pair of session and score", "Write them as 10:17"
            ) from problem
        if number in seen:
            raise InputError(f"session {number}", "it stands twice", "Keep one score for it")
        seen[number] = value
    session = at if at is not None else model.parameters.fitted_on.last_session
    response = model.chance_of_response(seen, session) if 0 in seen else None
    return Scored(model.forecast(seen, session), model.usual(session), response)


def score_data(found: Scored) -> Data:
    """Median, intervals and probabilities, beside what is usual."""
    return {
        "scale": found.forecast.scale,
        "at_session": found.forecast.at_session,
        "median": found.forecast.median,
        "interval_50": found.forecast.interval(0.5),
        "interval_80": found.forecast.interval(0.8),
        "interval_95": found.forecast.interval(0.95),
        "response": found.response,
        "usual_median": found.usual.median,
        "usual_interval_80": found.usual.interval(0.8),
        "usual_response": found.usual.response,
        "kinds": dict(found.forecast.kinds),
        "observed": found.forecast.observed,
        "fitted_on": found.forecast.fitted_on.sentence,
        "cautions": list(found.forecast.cautions),
    }


def show_scores(found: Scored) -> None:
    """Print the forecast as a table."""
    rows = [
        ("median", f"{found.forecast.median:.0f}", f"{found.usual.median:.0f}"),
        *(
            (
                f"{coverage:.0%} lie between",
                "{:.0f} and {:.0f}".format(*found.forecast.interval(coverage)),
                "{:.0f} and {:.0f}".format(*found.usual.interval(coverage)),
            )
            for coverage in (0.5, 0.8, 0.95)
        ),
    ]
    if found.response is not None:
        rows.append(("response", f"{found.response:.0%}", f"{found.usual.response:.0%}"))
    kinds = [(name, f"{share:.0%}") for name, share in found.forecast.kinds.items()]
    show(
        title(
            f"{found.forecast.scale} after session {found.forecast.at_session}",
            f"from {found.forecast.observed} scores",
        ),
        Text(""),
        table(("", "this patient", "usual"), rows),
        section("Kind of course", table(("", "probability"), kinds, numeric=(1,))),
        section(
            "Before you use it",
            bullets([found.forecast.fitted_on.sentence, *found.forecast.cautions]),
        ),
    )
