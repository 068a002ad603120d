"""What stands about a session, as pairs of label and value for a page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from euthymia.chart.chart import Chart
from euthymia.chart.prescription_facts import FieldAtTarget
from euthymia.clinic.chair.readiness import Readiness
from euthymia.clinic.ui import formats, names

Pairs = list[tuple[str, Any]]


def prescription_facts(chart: Chart, standing: Readiness) -> Pairs:
    """What is to be given in this session, and who has signed it."""
    if standing.inputs is None:
        return []
    given = standing.inputs.prescription
    pairs: Pairs = [
        (_("Protocol"), names.protocol(given.protocol_id)),
        (_("In words"), given.protocol.text),
        (_("Output today"), ", ".join(f"{each:g}" for each in given.outputs_pct_mso) + " % MSO"),
    ]
    if standing.prescribed is None:
        return pairs
    fact = standing.prescribed.fact
    if fact.output_pct_rmt is not None:
        pairs.append((_("Prescribed"), f"{formats.number(fact.output_pct_rmt)} % rMT"))
    placement = chart.placement_of(fact)
    pairs += [
        (_("Place of the coil"), fact.placement_text),
        (_("Coil"), names.coil_name(fact.coil)),
        (_("Stimulator"), names.stimulator(fact.stimulator)),
        (_("Sessions"), _sessions(chart, standing)),
        (_("Signed by"), _signer(chart, fact.sha256)),
    ]
    if placement is not None and placement.fact.field is not None:
        pairs.append((_("Field at the target"), field_words(placement.fact.field)))
    return pairs


def _sessions(chart: Chart, standing: Readiness) -> str:
    assert standing.prescribed is not None
    fact = standing.prescribed.fact
    words = _("number %(n)d; %(all)d prescribed") % {"n": standing.number, "all": fact.sessions}
    if fact.sessions_per_day > 1:
        words += ", " + _("%(n)d a day") % {"n": fact.sessions_per_day}
    return words


def _signer(chart: Chart, sha256: str) -> str:
    signed = [
        each for each in chart.prescription_signatures if each.fact.prescription_sha256 == sha256
    ]
    entry = signed[-1].entries[0]
    return f"{entry.author.name}, {formats.moment(entry.at)}"


def field_words(field: FieldAtTarget) -> str:
    """The planned field with its interval, at the output it holds for."""
    told = formats.interval(field.v_per_m, field.low_v_per_m, field.high_v_per_m, unit="V/m")
    return _("%(told)s at %(output)g %% MSO") % {"told": told, "output": field.output_pct_mso}


def threshold_facts(chart: Chart, today: date) -> Pairs:
    """The latest resting motor threshold, and how old it is."""
    found = chart.motor_threshold
    if found is None:
        return []
    fact = found.fact
    days = (today - fact.measured_on).days
    return [
        (
            _("Threshold"),
            formats.interval(
                fact.intensity_pct_mso, fact.low_pct_mso, fact.high_pct_mso, unit="% MSO", digits=1
            ),
        ),
        (
            _("Measured"),
            _("today")
            if days == 0
            else ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days},
        ),
        (
            _("With"),
            f"{names.stimulator(fact.stimulator)}; {names.coil_name(fact.coil)}; {fact.muscle}",
        ),
        (
            _("By"),
            f"{names.threshold_method(fact.method.value)}, "
            f"{names.observation(fact.observation.value)}",
        ),
    ]
