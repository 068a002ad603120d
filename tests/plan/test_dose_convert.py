"""A threshold converted from one coil to another: the arithmetic, its interval, its refusals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.core.quantities import Estimate
from euthymia.plan.dose.convert import CoilOnDevice, convert_threshold

MT = Estimate(50.0, "%MSO", 47.0, 53.0)


def on_device(didt: float, field: float, waveform: str = "biphasic") -> CoilOnDevice:
    return CoilOnDevice("a coil", didt, Estimate(field, "V/m per A/us"), waveform)


def test_the_same_field_at_the_hand_area_sets_the_threshold() -> None:
    found = convert_threshold(MT, on_device(120.0, 1.0), on_device(150.0, 0.8))
    # 50 % of 120 A/us at 1.0 is 60 V/m; 150 A/us at 0.8 make 120 V/m at full output
    assert found.field_v_per_m.value == pytest.approx(60.0)
    assert found.pct_mso.value == pytest.approx(50.0)
    assert found.by_device_pct_mso == pytest.approx(40.0)


def test_the_interval_holds_at_least_the_published_error_of_the_method() -> None:
    exact = Estimate(50.0, "%MSO")
    found = convert_threshold(exact, on_device(120.0, 1.0), on_device(120.0, 1.0)).pct_mso
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.value == pytest.approx(1.96 * 1.32, abs=0.01)
    wider = convert_threshold(MT, on_device(120.0, 1.0), on_device(120.0, 1.0)).pct_mso
    assert wider.low is not None
    assert wider.low < found.low
    assert "published error" in wider.how


@given(
    st.floats(20, 80), st.floats(60, 250), st.floats(0.3, 3), st.floats(60, 250), st.floats(0.3, 3)
)
def test_there_and_back_gives_the_same_threshold(
    mt: float, didt1: float, field1: float, didt2: float, field2: float
) -> None:
    a, b = on_device(didt1, field1), on_device(didt2, field2)
    there = convert_threshold(Estimate(mt, "%MSO"), a, b).pct_mso.value
    if 1 <= there <= 100:
        back = convert_threshold(Estimate(there, "%MSO"), b, a)
        assert back.pct_mso.value == pytest.approx(mt)


def test_what_needs_a_person_is_said_all_at_once() -> None:
    weak = on_device(80.0, 0.4, "monophasic")
    codes = {
        finding.code: finding.severity
        for finding in convert_threshold(MT, on_device(120.0, 1.0), weak).findings
    }
    assert codes == {
        "dose.threshold-converted": Severity.ACKNOWLEDGE,
        "dose.threshold-out-of-reach": Severity.STOP,
        "dose.threshold-other-waveform": Severity.STOP,
    }


def test_a_waveform_that_is_not_known_is_said() -> None:
    unknown = CoilOnDevice("an old coil", 100.0, Estimate(1.0, "V/m per A/us"))
    found = convert_threshold(MT, on_device(120.0, 1.0), unknown).findings
    assert [each.code for each in found] == [
        "dose.threshold-converted",
        "dose.threshold-waveform-unknown",
    ]
    assert found[1].severity is Severity.ACKNOWLEDGE
    assert "an old coil" in found[1].found
    assert "a coil" not in found[1].found


def test_a_threshold_or_a_device_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="percent"):
        convert_threshold(Estimate(0.5, "%MSO"), on_device(1, 1), on_device(1, 1))
    with pytest.raises(InputError, match="dI/dt"):
        on_device(0.0, 1.0)
    with pytest.raises(InputError, match="no field"):
        on_device(100.0, 0.0)
