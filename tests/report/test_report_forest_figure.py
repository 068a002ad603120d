"""Forest and funnel plots, read back from their own SVG."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from euthymia.learn.evidence.effects import Effect, Measure
from euthymia.learn.evidence.pooling import Between, pool
from euthymia.learn.evidence.summary import analyse
from euthymia.report.figures.forest import forest, funnel

SVG = "{http://www.w3.org/2000/svg}"


def _boxes(picture: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(picture)
    return [box for box in root.iter(f"{SVG}rect") if box.find(f"{SVG}title") is not None]


@pytest.mark.parametrize("measure", [Measure.ODDS_RATIO, Measure.RISK_DIFFERENCE])
def test_boxes_stand_in_the_order_of_their_effects_and_grow_with_weight(measure: Measure) -> None:
    found = analyse("response", measure)
    boxes = _boxes(forest(found.pooled, found.studies))
    assert len(boxes) == len(found.effects)
    middle = [float(b.attrib["x"]) + float(b.attrib["width"]) / 2 for b in boxes]
    by_place = sorted(range(len(middle)), key=middle.__getitem__)
    by_effect = sorted(range(len(middle)), key=lambda i: found.effects[i].value)
    assert by_place == by_effect
    sizes = [float(b.attrib["width"]) for b in boxes]
    heaviest = max(range(len(sizes)), key=lambda i: found.pooled.weights[i])
    assert sizes[heaviest] == max(sizes)


def test_everything_drawn_lies_within_the_picture() -> None:
    wild = [Effect(f"s{i}", Measure.ODDS_RATIO, v, 4.0) for i, v in enumerate((-9.0, 0.0, 9.0))]
    for picture in (forest(pool(wild)), funnel(pool(wild))):
        root = ElementTree.fromstring(picture)
        width = float(root.attrib["width"])
        for shape in root.iter():
            for name in ("x", "x1", "x2", "cx"):
                if name in shape.attrib:
                    assert -1 <= float(shape.attrib[name]) <= width + 1


def test_a_fixed_effect_has_no_prediction() -> None:
    effects = analyse().effects
    assert "A further study" in forest(pool(effects))
    assert "A further study" not in forest(pool(effects, Between.NONE))
