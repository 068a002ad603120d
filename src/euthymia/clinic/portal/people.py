"""A hundred people as dots: shares that can be counted instead of imagined."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from euthymia.clinic.ui.pictures import checked_svg
from euthymia.core.errors import InputError
from euthymia.report import palette
from euthymia.report.svg import Node, Picture, circle

_ACROSS, _STEP, _RADIUS = 20, 14.0, 5.0


def of_100(count: int, label: str) -> SafeString:
    """The picture of so many of 100 people; colour and filling both say which."""
    if not 0 <= count <= 100:
        raise InputError("picture of people", f"{count} of 100 cannot be", "Give 0 to 100")
    dots: list[Node] = []
    for place in range(100):
        row, column = divmod(place, _ACROSS)
        filled = place < count
        dots.append(
            circle(
                _STEP * (column + 0.5),
                _STEP * (row + 0.5),
                _RADIUS,
                fill=palette.BLUE if filled else palette.PAPER,
                stroke=palette.BLUE if filled else palette.FAINT_INK,
                stroke_width=1,
            )
        )
    said = _("%(count)d of 100 people") % {"count": count}
    picture = Picture(
        f"people-{label}", _STEP * _ACROSS, _STEP * 5, label, f"{label}: {said}", tuple(dots)
    )
    return checked_svg(picture.render())
