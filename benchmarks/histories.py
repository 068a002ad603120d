"""Time to judge random treatment histories by every instrument, and whether all explain themselves.

    python benchmarks/histories.py [count]

Prints one JSON object. Judging means verdicts by all instruments, stages, definitions, overlaps;
the whole assessment adds the safety screen. Reading typed lines is timed by itself.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "assess"))

from history_samples import ON, explained, random_episode, random_trials

from euthymia.assess.assessment import assess
from euthymia.assess.examples import load_examples
from euthymia.assess.medication.told.lines import read_history
from euthymia.assess.staging.judged import judge_history

LIMIT_MS = 5.0


def main(count: int) -> dict[str, object]:
    """Judge so many histories, one seed each."""
    histories = []
    for seed in range(count):
        dice = Random(seed)
        histories.append((random_trials(dice), random_episode(dice)))
    judge_history(*histories[0], ON)  # loads the tables
    began = time.process_time()
    judged = [judge_history(trials, episode, ON) for trials, episode in histories]
    judging_ms = (time.process_time() - began) / count * 1000
    began = time.process_time()
    for trials, episode in histories[: count // 10]:
        assess(on=ON, trials=trials, episode=episode)
    whole_ms = (time.process_time() - began) / (count // 10) * 1000
    lines = [row["line"] for row in load_examples("told").rows if "problem" not in row]
    began = time.process_time()
    for line in lines:
        read_history(line, ON)
    reading_ms = (time.process_time() - began) / len(lines) * 1000
    unexplained = [seed for seed, history in enumerate(judged) if not explained(history)]
    return {
        "histories": count,
        "trials": sum(len(trials) for trials, _ in histories),
        "judging_ms_per_history": round(judging_ms, 2),
        "assessment_ms_per_history": round(whole_ms, 2),
        "reading_ms_per_line": round(reading_ms, 2),
        "limit_ms": LIMIT_MS,
        "within_limit": max(judging_ms, whole_ms) < LIMIT_MS,
        "unexplained_seeds": unexplained,
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000), indent=2))
