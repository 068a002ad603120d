"""Work out what is usual for a course, so that invented patients reproduce the published figures.

    python tools/derive_growth_priors.py

For each scale: the mean baseline of those who entered, the share of responders and of remitters
after the course, and for HAM-D17 the mean at the end. The shares of the kinds of course are
published (Kaster 2019); what is not published (noise of one score, spreads, speed of the rapid
kind) is assumed and stands here. Prints the numbers for learn/forecast/data/growth.toml.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from euthymia.learn.forecast.growth import GrowthModel, GrowthParameters, Kind
from euthymia.learn.forecast.provenance import FittedOn

END_SESSION = 27
PATIENTS = 20_000


@dataclass(frozen=True)
class Published:
    """What the invented patients must show. `least`: the score needed to enter."""

    scale: str
    highest: float
    least: float
    baseline: float
    baseline_sd: float
    noise_sd: float
    end: float | None
    response: float
    remission: float
    remission_cut: float


TARGETS = (
    Published("HAM-D17", 52, 18, 23.6, 4.4, 2.6, 13.4, 0.48, 0.295, 7),
    Published("PHQ-9", 27, 10, 18.5, 4.6, 2.0, None, 0.564, 0.287, 4),
)


def model(target: Published, x: np.ndarray) -> GrowthModel:
    """The model with the free numbers: mean and spread of what remains, of baseline, half-life."""
    left, spread, rapid, half_life, baseline, baseline_sd = x

    def gradual(name: str, share: float, relative: float) -> Kind:
        return Kind(
            name=name,
            share=share,
            relative_baseline=relative,
            remaining=left,
            remaining_sd=spread,
            half_life_sessions=half_life,
            half_life_spread=0.5,
        )

    kinds = (
        Kind(
            name="no response",
            share=0.111,
            relative_baseline=1.0,
            remaining=0.93,
            remaining_sd=0.10,
            half_life_sessions=12.0,
            half_life_spread=0.5,
        ),
        Kind(
            name="rapid",
            share=0.188,
            relative_baseline=1.0,
            remaining=rapid,
            remaining_sd=0.12,
            half_life_sessions=3.5,
            half_life_spread=0.4,
        ),
        gradual("gradual, higher baseline", 0.304, 1.13),
        gradual("gradual, lower baseline", 0.397, 0.90),
    )
    return GrowthModel(
        GrowthParameters(
            scale=target.scale,
            highest=target.highest,
            baseline=baseline,
            baseline_sd=baseline_sd,
            noise_sd=target.noise_sd,
            least_to_enter=target.least,
            kinds=kinds,
            fitted_on=FittedOn(name="published summaries", patients=388, last_session=30),
        )
    )


def shown(target: Published, made: GrowthModel) -> tuple[float, float, float, float, float]:
    """Mean and SD of the baseline, mean at the end, response and remission, of those who enter."""
    scores, _, _ = made.drawn(PATIENTS, np.array([0, END_SESSION]), np.random.default_rng(0))
    scores = np.clip(np.round(scores), 0, target.highest)
    scores = scores[scores[:, 0] >= target.least]
    start, end = scores.T
    return (
        float(start.mean()),
        float(start.std()),
        float(end.mean()),
        float((end <= start / 2).mean()),
        float((end <= target.remission_cut).mean()),
    )


def misfit(x: np.ndarray, target: Published) -> float:
    if x.min() < 0.02 or x[3] < 4.0:
        return 1e4
    start, start_sd, end, response, remission = shown(target, model(target, x))
    cost = ((start - target.baseline) / 0.2) ** 2 + ((start_sd - target.baseline_sd) / 0.3) ** 2
    cost += ((response - target.response) / 0.01) ** 2
    cost += ((remission - target.remission) / 0.01) ** 2
    if target.end is not None:
        cost += ((end - target.end) / 0.2) ** 2
    return cost


def main() -> None:
    for target in TARGETS:
        begin = np.array([0.5, 0.3, 0.18, 8.0, target.baseline, target.baseline_sd])
        for _ in range(3):  # the search starts afresh where it stopped: it stalls on a rough cost
            found = optimize.minimize(
                misfit, begin, args=(target,), method="Nelder-Mead", options={"maxfev": 500}
            )
            begin = found.x
        print(
            f"# {target.scale}: misfit {found.fun:.3f}; "
            f"shown {shown(target, model(target, found.x))}"
        )
        print(model(target, np.round(found.x, 3)).parameters.model_dump_json(indent=1))


if __name__ == "__main__":
    main()
