"""The stages of a patient's way, and how many invented patients stand at each."""

from __future__ import annotations

from enum import StrEnum
from random import Random

from euthymia.clinic.example.assumptions import assumptions
from euthymia.core.errors import InputError


class Stage(StrEnum):
    """How far an invented patient has come."""

    REFERRED = "referred"
    ASSESSED = "assessed"
    NOT_ELIGIBLE = "not_eligible"
    AWAITING_AUTHORIZATION = "awaiting_authorization"
    PLANNED = "planned"
    SIGNED = "signed"
    IN_TREATMENT = "in_treatment"
    FINISHED = "finished"
    IN_FOLLOW_UP = "in_follow_up"
    TREATED_AGAIN = "treated_again"
    STOPPED = "stopped"

    @property
    def begun(self) -> bool:
        """Whether a session was given."""
        return self in _BEGUN


_BEGUN = frozenset(
    {
        Stage.IN_TREATMENT,
        Stage.FINISHED,
        Stage.IN_FOLLOW_UP,
        Stage.TREATED_AGAIN,
        Stage.STOPPED,
    }
)


def stages(patients: int, mix: str, seed: int) -> tuple[Stage, ...]:
    """The stage of each patient: shares of the mix by largest remainder, in a random order."""
    if patients < 1:
        raise InputError("synthetic clinic", f"{patients} patients", "Ask for at least one")
    known = assumptions().mix
    if mix not in known:
        raise InputError(
            f"mix of patients {mix!r}", "there is none of that name", f"Use {' or '.join(known)}"
        )
    shares = {Stage(name): share for name, share in known[mix].items()}
    whole = sum(shares.values())
    exact = {stage: patients * share / whole for stage, share in shares.items()}
    counts = {stage: int(number) for stage, number in exact.items()}
    rest = sorted(exact, key=lambda stage: counts[stage] - exact[stage])
    for stage in rest[: patients - sum(counts.values())]:
        counts[stage] += 1
    placed = [stage for stage, number in counts.items() for _ in range(number)]
    Random(f"{seed}/stages").shuffle(placed)
    return tuple(placed)
