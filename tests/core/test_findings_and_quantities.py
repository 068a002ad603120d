"""Findings sort by weight; estimates refuse to be wrong."""

from __future__ import annotations

import math

import pytest

from euthymia.core.errors import InputError, require_file
from euthymia.core.findings import Finding, Severity, by_severity, worst
from euthymia.core.quantities import Estimate


def finding(severity: Severity, message: str) -> Finding:
    return Finding("test", severity, "subject", message)


def test_findings_come_gravest_first_and_otherwise_in_order() -> None:
    found = [
        finding(Severity.NOTE, "a"),
        finding(Severity.STOP, "b"),
        finding(Severity.NOTE, "c"),
        finding(Severity.CAUTION, "d"),
    ]
    assert [each.message for each in by_severity(found)] == ["b", "d", "a", "c"]


def test_no_findings_weigh_as_a_note() -> None:
    assert worst([]) is Severity.NOTE
    assert worst([finding(Severity.ACKNOWLEDGE, "x")]) is Severity.ACKNOWLEDGE


def test_an_estimate_shows_its_interval_and_coverage() -> None:
    assert Estimate(102.34, "V/m", 91.0, 115.2).text() == "102.3 V/m (95%: 91.0 to 115.2)"
    assert Estimate(52.0, "%MSO").text(0) == "52 %MSO"


@pytest.mark.parametrize(
    ("value", "low", "high"), [(math.nan, None, None), (1.0, 0.5, None), (1.0, 2.0, 0.5)]
)
def test_an_impossible_estimate_is_refused(
    value: float, low: float | None, high: float | None
) -> None:
    with pytest.raises(ValueError, match=r"finite|both ends|reversed"):
        Estimate(value, "V/m", low, high)


def test_a_file_that_is_missing_empty_or_a_folder_is_refused_in_one_sentence(tmp_path) -> None:  # type: ignore[no-untyped-def]
    empty = tmp_path / "empty.nii"
    empty.touch()
    for path, problem in (
        (tmp_path / "none.nii", "no such file"),
        (empty, "empty"),
        (tmp_path, "folder"),
    ):
        with pytest.raises(InputError, match=problem) as refusal:
            require_file(path, "a T1 image")
        assert str(refusal.value).count(". ") == 1
        assert "a T1 image" in str(refusal.value)


def test_an_error_can_carry_a_traceback_through_a_context_manager() -> None:
    from contextlib import contextmanager  # noqa: PLC0415

    @contextmanager
    def passing_on():  # type: ignore[no-untyped-def]
        yield

    with pytest.raises(InputError), passing_on():
        raise InputError("a", "b", "C")
