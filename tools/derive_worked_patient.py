"""Derive the worked patient's field: python tools/derive_worked_patient.py [FILE]

Solves for the field of the one synthetic patient whose plan the example clinic shows in full, on
the default head in the size that example.toml gives, and writes pose, fields and depths to FILE,
by default worked.json beside it. Takes some minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from euthymia.clinic.example.worked import FILE, asked, to_json
from euthymia.core.progress import SILENT
from euthymia.core.software import software
from euthymia.model.coil.catalogue import coil
from euthymia.model.head.tape import shaped_head
from euthymia.model.head.tape_measures import TapeMeasures
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.placing import place_coil

DATA = Path(__file__).resolve().parents[1] / "src/euthymia/clinic/example/data"


def main(into: Path) -> None:
    """Solve, and write the file."""
    known = asked()
    tape = TapeMeasures(known.nasion_inion_mm, known.tragus_tragus_mm, known.circumference_mm)
    head = shaped_head(tape, SILENT)
    placing = place_coil(head, coil(known.coil), targets().coordinate(known.target))
    text = to_json(
        head.id,
        placing.pose,
        placing.field_target,
        placing.field_motor,
        (placing.depth_target_mm, placing.depth_motor_mm),
        software(),
    )
    into.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / FILE)
