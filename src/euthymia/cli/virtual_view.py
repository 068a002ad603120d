"""Trials and clinics tried on invented patients, set for a person and for a program."""

from __future__ import annotations

from dataclasses import replace

from euthymia.cli.output import bullets, facts, section, show, title
from euthymia.cli.plain import Data
from euthymia.learn.virtual.capacity import Capacity, Clinic, simulate
from euthymia.learn.virtual.cohort import Assumptions
from euthymia.learn.virtual.trials import Design, Power, power, sample_size

_NOTE = "Every patient here is invented (synthetic), drawn from published summaries."


def try_trial(
    patients: int, effect: float, looks: int, trials: int, seed: int, *, find: bool
) -> Power:
    """The power of a design, or the size that has 80 % power."""
    given = Assumptions()
    design = Design(patients, given, replace(given, effect=effect), looks=looks)
    return sample_size(design, trials=trials, seed=seed) if find else power(design, trials, seed)


def trial_data(found: Power) -> Data:
    """What the simulated trials did."""
    return {
        "patients_per_arm": found.design.patients_per_arm,
        "effect_of_comparison": found.design.compared.effect,
        "looks": found.design.looks,
        "trials": found.trials,
        "power": found.power,
        "simulation_error": found.error,
        "mean_patients": found.mean_patients,
        "synthetic": True,
    }


def show_trial(found: Power) -> None:
    """Print what the simulated trials did."""
    rows = [
        ("patients an arm", str(found.design.patients_per_arm)),
        ("comparison", f"{found.design.compared.effect:.0%} of the usual gain"),
        ("power", f"{found.power:.0%} (simulation error {found.error:.1%})"),
        ("patients used", f"{found.mean_patients:.0f} on average, both arms together"),
    ]
    given = found.design.treated
    assumed = [
        _NOTE,
        f"{given.sessions} sessions, {given.attendance:.0%} of days kept, "
        f"{given.dropout_per_session:.2%} stop after each session, {given.lost_end_score:.0%} of "
        "end scores are lost; a lost score counts as no response.",
    ]
    show(
        title("A trial tried out", f"{found.trials} times"),
        facts(rows),
        section("Assumed", bullets(assumed)),
    )


def try_capacity(chairs: int, per_chair: int, referrals: float, days: int, seed: int) -> Capacity:
    """A clinic over that many treatment days."""
    return simulate(Clinic(chairs, per_chair, referrals), days, seed)


def capacity_data(found: Capacity) -> Data:
    """What happened in the simulated clinic."""
    return {
        "places": found.clinic.places,
        "load": found.load,
        "stable": found.stable,
        "use": found.use,
        "wait_days_median": found.wait_days_median,
        "wait_days_90": found.wait_days_90,
        "waiting_at_end": found.waiting_at_end,
        "synthetic": True,
    }


def show_capacity(found: Capacity) -> None:
    """Print what happened in the simulated clinic."""
    rows = [
        ("places", f"{found.clinic.places} patients at once"),
        ("load", f"{found.load:.0%} of the places" + ("" if found.stable else ": too many come")),
        ("use", f"{found.use:.0%}"),
        (
            "wait",
            f"{found.wait_days_median:.0f} treatment days (median), {found.wait_days_90:.0f} for "
            "one in ten",
        ),
        ("waiting at the end", str(found.waiting_at_end)),
    ]
    show(title("A clinic tried out"), facts(rows), section("Assumed", bullets([_NOTE])))
