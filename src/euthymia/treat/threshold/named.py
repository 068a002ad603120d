"""The methods by name, as an operator chooses one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from euthymia.core.errors import InputError
from euthymia.core.quantities import Estimate
from euthymia.treat.threshold.bayesian import Bayesian, Prior
from euthymia.treat.threshold.counting import MillsNithi, RelativeFrequency
from euthymia.treat.threshold.method import ThresholdMethod
from euthymia.treat.threshold.ml_pest import MlPest
from euthymia.treat.threshold.rules import threshold_rules

METHODS: Mapping[str, str] = {
    "bayesian": "Bayesian search: few pulses, ends by certainty, gives an interval",
    "ml-pest": "Maximum-likelihood PEST: a fixed number of pulses, gives an interval",
    "5of10": "Relative frequency: 5 of 10",
    "10of20": "Relative frequency: 10 of 20",
    "mills-nithi": "Mills-Nithi: mean of a lower and an upper threshold",
}
"""Every method, with a few words on it."""

FROM_CHART = "chart"
"""The prior around the patient's own earlier threshold."""


def method_named(
    name: str,
    *,
    start_pct: float | None = None,
    prior: str = "adults",
    before: Estimate | None = None,
) -> ThresholdMethod:
    """The method of that name.

    start_pct: output of the first pulse; None leaves it to the method. prior: of the Bayesian
    search, one of the data file or `chart`, which needs the earlier threshold `before`.
    """
    if name == "ml-pest":
        return MlPest(start_pct=start_pct)
    if name == "mills-nithi":
        return MillsNithi() if start_pct is None else MillsNithi(start_pct=start_pct)
    if name in ("5of10", "10of20"):
        of: Literal[10, 20] = 10 if name == "5of10" else 20
        rule = threshold_rules().relative_frequency
        return RelativeFrequency(of, start_pct if start_pct is not None else rule.start_pct)
    if name != "bayesian":
        raise InputError(f"method {name!r}", "it is not known", f"Choose: {', '.join(METHODS)}")
    if prior != FROM_CHART:
        return Bayesian(prior=Prior.named(prior), start_pct=start_pct)
    if before is None:
        raise InputError(
            "prior from the chart",
            "the chart holds no earlier threshold",
            "Use the prior of adults, or the broad one",
        )
    return Bayesian(prior=Prior.around(before), start_pct=start_pct)
