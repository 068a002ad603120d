"""What the synthetic clinic assumes where the house's models and tables say nothing."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from euthymia.core.references import Citation

Between = tuple[int, int]
"""Two whole numbers; both belong to it."""

MeanAndSd = tuple[float, float]

MONTH_DAYS = 30.44
"""Days of a month of the calendar, on average."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Days(_Row):
    """How many days lie between the steps of the way."""

    referred_to_assessed: Between
    assessed_to_request: Between
    request_to_answer: Between
    answer_to_planned: Between
    planned_to_signed: Between
    signed_to_first_session: Between
    finished_ago: Between
    in_follow_up_ago: Between
    relapse_to_second_referral: Between
    followed_months: tuple[int, ...]
    stopped_ago: Between
    not_reached_closed_after: int


class People(_Row):
    """Who the patients are."""

    age_mean_years: float
    age_sd_years: float
    age_from_years: int
    age_to_years: int
    women_share: float
    left_handed_share: float
    research_withheld_share: float


class Body(_Row):
    """What is measured of them with the tape, and where the metal lies that some have."""

    nasion_inion_mm: MeanAndSd
    tragus_tragus_mm: MeanAndSd
    circumference_mm: MeanAndSd
    clip_distance_cm: float


class History(_Row):
    """What the patients took before."""

    antidepressants: tuple[str, ...]
    augmenters: tuple[str, ...]
    side_effects: tuple[str, ...]
    others: tuple[str, ...]
    trials: Between
    weeks: Between
    too_short_share: float
    too_low_share: float
    roughly_told_share: float
    intolerance_share: float
    augmented_share: float
    psychotherapy_share: float
    earlier_episode_share: float
    recurrent_share: float
    too_short_weeks: Between
    titration_days: int
    days_between_trials: Between
    onset_before_first_trial_days: Between
    psychotherapy_within_days: int
    psychotherapy_sessions: Between
    earlier_episode_ago_days: Between
    earlier_trial_days: Between


class Authorization(_Row):
    """How payers answer."""

    denied_first_after_days: int
    denied_first_share: float


class Scores(_Row):
    """How scales are filled in."""

    noise_share: float
    forgotten_share: float
    suicide_item_share: float
    task_closed_within_days: Between
    after_loss_of_baseline: float
    follow_up_kept_share: float
    noise_points: float
    well_being_share: float
    thoughts_from: int
    thoughts_not_told_share: float
    thoughts_often_from: int
    thoughts_often_share: float
    psychiatrist_from_month: int


class Treatment(_Row):
    """How courses go. rise: intensity of the first sessions, as a share of the threshold."""

    attendance: float
    measured_again_after: tuple[int, ...]
    rise: tuple[float, ...]
    broken_off_share: float
    side_effect_within_sessions: int
    broken_off_part: tuple[float, float]
    stopped_after: Between
    side_effect_mild_share: float
    side_effect_goes_on_days: int
    threshold_interval_share: float
    threshold_pulses: Between
    lowest_threshold_pct_mso: float
    highest_threshold_pct_mso: float


class Again(_Row):
    """Second courses."""

    kept_months_at_most: float


class WorkedPatient(_Row):
    """The one patient whose plan was really worked out: what was measured and asked for."""

    protocol: str
    target: str
    stimulator: str
    coil: str
    nasion_inion_mm: float
    tragus_tragus_mm: float
    circumference_mm: float
    threshold_pct_mso: float
    threshold_low_pct_mso: float
    threshold_high_pct_mso: float
    threshold_pulses: int


class Assumptions(_Row):
    """All assumptions. mix: for each size of clinic, patients of a hundred at each stage."""

    source: Citation
    mix: dict[str, dict[str, float]]
    days: Days
    people: People
    body: Body
    history: History
    screen: dict[str, float]
    authorization: Authorization
    scores: Scores
    treatment: Treatment
    again: Again
    worked: WorkedPatient


class Names(_Row):
    """The halves of which invented names are made."""

    women: tuple[str, ...] = Field(min_length=1)
    men: tuple[str, ...] = Field(min_length=1)
    first_halves: tuple[str, ...]
    second_halves: tuple[str, ...]
    area_codes: tuple[int, ...]


@cache
def assumptions() -> Assumptions:
    """The assumptions as their file holds them."""
    return Assumptions.model_validate(_table("example.toml"))


@cache
def names() -> Names:
    """The halves of names as their file holds them."""
    return Names.model_validate(_table("names.toml"))


def _table(name: str) -> dict[str, Any]:
    text = (files("euthymia.clinic.example") / "data" / name).read_text(encoding="utf-8")
    return tomllib.loads(text)
