"""The exact filter of the ordinal model on its grid, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit, prange


@njit(parallel=True, cache=True, fastmath=True)
def run_filter(  # type: ignore[no-untyped-def]
    ratings, known_to, horizon, emission, transitions, shifts, start, log_likelihood, places
):
    """Carry every patient's hidden state to `horizon`; fills `log_likelihood` and `places`.

    ratings: (n, sessions), -1 where missing. emission: (4, states). transitions: (sessions, kinds,
    2 reach + 1). shifts: (sessions, kinds). start: (kinds, states). log_likelihood: (n,).
    places: (n, states).
    """
    for i in prange(ratings.shape[0]):
        log_likelihood[i] = _follow(
            ratings[i], known_to, horizon, emission, transitions, shifts, start, places[i]
        )


@njit(cache=True, fastmath=True)
def _follow(  # type: ignore[no-untyped-def]
    ratings, known_to, horizon, emission, transitions, shifts, start, places
):
    """One patient: the log likelihood. A function of its own, as it compiles much faster so."""
    kinds, states = start.shape
    reach = (transitions.shape[2] - 1) // 2
    margin = 0
    for session in range(shifts.shape[0]):
        for kind in range(kinds):
            margin = max(margin, reach + abs(shifts[session, kind]))
    now = start.copy()
    wide = np.empty(states + 2 * margin)
    total = 0.0
    for session in range(horizon + 1):
        if session > 0:
            for kind in range(kinds):
                _move(
                    now[kind],
                    transitions[session - 1, kind],
                    margin + shifts[session - 1, kind] - reach,
                    wide,
                )
        if session <= known_to and ratings[session] >= 0:
            total += np.log(_weigh(now, emission[ratings[session]]))
    for x in range(states):
        mass = 0.0
        for kind in range(kinds):
            mass += now[kind, x]
        places[x] = mass
    return total


@njit(cache=True, fastmath=True)
def _move(now, moves, first, wide):  # type: ignore[no-untyped-def]
    """Spread the mass of each state over those it may move to."""
    states = now.shape[0]
    margin = (wide.shape[0] - states) // 2
    for x in range(wide.shape[0]):
        wide[x] = 0.0
    for x in range(states):
        mass = now[x]
        if mass < 1e-12:
            continue
        for step in range(moves.shape[0]):
            wide[first + x + step] += mass * moves[step]
    for x in range(states):
        now[x] = wide[margin + x]
    # Mass that would leave the grid stays in its outermost cell.
    for x in range(margin):
        now[0] += wide[x]
        now[states - 1] += wide[margin + states + x]


@njit(cache=True, fastmath=True)
def _weigh(now, shares):  # type: ignore[no-untyped-def]
    """Take a check-in into account; how probable it was."""
    kinds, states = now.shape
    evidence = 0.0
    for kind in range(kinds):
        for x in range(states):
            now[kind, x] *= shares[x]
            evidence += now[kind, x]
    for kind in range(kinds):
        for x in range(states):
            now[kind, x] /= evidence
    return evidence
