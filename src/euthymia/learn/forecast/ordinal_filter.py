"""The exact filter of the ordinal model on its grid, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit, prange


@njit(parallel=True, cache=True, fastmath=True)
def run_filter(  # type: ignore[no-untyped-def]  # noqa: PLR0912
    ratings, known_to, horizon, emission, transitions, shifts, start, log_likelihood, places
):
    """Carry every patient's hidden state to `horizon`; fills `log_likelihood` and `places`.

    ratings: (n, sessions), -1 where missing. emission: (4, states). transitions: (sessions, kinds,
    2 reach + 1). shifts: (sessions, kinds). start: (kinds, states). log_likelihood: (n,).
    places: (n, states).
    """
    kinds, states = start.shape
    width = transitions.shape[2]
    reach = (width - 1) // 2
    margin = reach + np.abs(shifts).max()
    for i in prange(ratings.shape[0]):
        now = start.copy()
        wide = np.zeros(states + 2 * margin)
        total = 0.0
        for session in range(horizon + 1):
            if session > 0:
                for kind in range(kinds):
                    wide[:] = 0.0
                    first = margin + shifts[session - 1, kind] - reach
                    moves = transitions[session - 1, kind]
                    for x in range(states):
                        mass = now[kind, x]
                        if mass < 1e-12:
                            continue
                        for step in range(width):
                            wide[first + x + step] += mass * moves[step]
                    for x in range(states):
                        now[kind, x] = wide[margin + x]
                    # Mass that would leave the grid stays in its outermost cell.
                    for x in range(margin):
                        now[kind, 0] += wide[x]
                        now[kind, states - 1] += wide[margin + states + x]
            if session <= known_to and ratings[i, session] >= 0:
                evidence = 0.0
                for kind in range(kinds):
                    for x in range(states):
                        now[kind, x] *= emission[ratings[i, session], x]
                        evidence += now[kind, x]
                total += np.log(evidence)
                for kind in range(kinds):
                    for x in range(states):
                        now[kind, x] /= evidence
        log_likelihood[i] = total
        for x in range(states):
            mass = 0.0
            for kind in range(kinds):
                mass += now[kind, x]
            places[i, x] = mass
