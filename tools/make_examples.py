"""Make the example patients in `examples/`: invented people with believable histories.

Run it after a change of the chart's format:  python tools/make_examples.py [FOLDER]
The result is the same on every run: the times, the ids and the words are fixed here.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from textwrap import fill

from example_patients.clear_candidate import clear_candidate
from example_patients.common import Example, entry_id
from example_patients.contraindication import contraindication
from example_patients.course_and_after import course_and_after
from example_patients.intolerance import intolerance

from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.patient_facts import PatientRegistered

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
MAKERS = (clear_candidate, intolerance, contraindication, course_and_after)

README = """# {title}

**This patient is synthetic.** Nobody like this exists; the people who sign the entries do not
exist either. Do not use the numbers for anyone.

{story}

`chart.jsonl` is the whole chart. Make it again with `python tools/make_examples.py`.
"""


def make_example(example: Example, into: Path) -> Case:
    """Write one example's chart and README anew and return its case."""
    folder = into / example.folder
    (folder / CHART_NAME).unlink(missing_ok=True)
    noted = [
        (visit.author, visit.start + timedelta(minutes=5 * place), fact, visit.reason)
        for visit in example.visits
        for place, fact in enumerate(visit.facts)
    ]
    author, when, patient, _ = noted[0]
    assert isinstance(patient, PatientRegistered)
    case = Case.create(folder, patient, id=entry_id(example.folder, 1), at=when, author=author)
    for number, (author, when, fact, reason) in enumerate(noted[1:], start=2):
        name = entry_id(example.folder, number)
        case = case.record(fact, id=name, at=when, author=author, reason=reason)
    (folder / CHART_NAME).chmod(0o644)
    readme = README.format(title=example.title, story=fill(example.story, 99))
    (folder / "README.md").write_text(readme, encoding="utf-8", newline="\n")
    return case


def make_examples(into: Path) -> list[Case]:
    """Write all examples into a folder."""
    return [make_example(maker(), into) for maker in MAKERS]


if __name__ == "__main__":
    for made in make_examples(Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES):
        sys.stdout.write(f"{made.folder}: {len(made.chart.entries)} entries\n")
