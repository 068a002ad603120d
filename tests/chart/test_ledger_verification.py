"""Every kind of damage to a chart is found and named."""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import AUTHOR, THREE, chained, draft, make_chart

from euthymia.chart.envelope import Draft, canonical_json, sha256
from euthymia.chart.ledger import append, read, verify
from euthymia.chart.verification import Anchor, Damage, Prefix, verify_bytes
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity


@given(st.integers(0, len(THREE) - 1), st.integers(1, 255))
@settings(max_examples=400)
def test_any_changed_byte_anywhere_is_detected(position: int, change: int) -> None:
    damaged = bytearray(THREE)
    damaged[position] ^= change
    checked = verify_bytes(bytes(damaged))
    assert checked.broken is not None
    assert checked.broken.line == THREE[:position].count(b"\n") + 1
    assert len(checked.entries) == checked.broken.line - 1


@given(st.integers(0, len(THREE) - 2))
@settings(max_examples=200)
def test_any_byte_taken_out_is_detected(position: int) -> None:
    checked = verify_bytes(THREE[:position] + THREE[position + 1 :])
    assert checked.broken is not None
    assert checked.broken.line == THREE[:position].count(b"\n") + 1


@given(st.integers(0, len(THREE)), st.binary(min_size=1, max_size=3))
@settings(max_examples=200)
def test_any_bytes_put_in_are_detected(position: int, extra: bytes) -> None:
    checked = verify_bytes(THREE[:position] + extra + THREE[position:])
    assert not checked.intact or checked.findings


L1, L2, L3 = (line + b"\n" for line in THREE.splitlines())


def _rehashed(line: bytes, **changes: object) -> bytes:
    """An edit by someone who knows how to make the line's own hash right again."""
    fields = json.loads(line) | changes
    fields.pop("hash")
    return canonical_json({**fields, "hash": sha256(canonical_json(fields))}) + b"\n"


@pytest.mark.parametrize(
    ("data", "line", "damage"),
    [
        (L1 + L2.replace(b"0.28", b"0.29") + L3, 2, Damage.EDITED),
        (L1 + L2.replace(b'","', b'", "', 1) + L3, 2, Damage.EDITED),
        (L1 + L2.replace(b"0.28", b"1e999,0.28") + L3, 2, Damage.NOT_JSON),
        (L1 + L3, 2, Damage.REMOVED),
        (L2 + L3, 1, Damage.REMOVED),
        (L1 + L3 + L2, 2, Damage.REORDERED),
        (L1 + L2 + L2 + L3, 3, Damage.REORDERED),
        (_rehashed(L1, reason="x") + L2 + L3, 2, Damage.WRONG_HASH),
        (L1 + _rehashed(L2, reason="x") + L3, 3, Damage.WRONG_HASH),
        (L1 + _rehashed(L2, id=json.loads(L1)["id"]), 2, Damage.REPEATED),
        (L1 + b"\xff\xfe\n" + L3, 2, Damage.NOT_UTF8),
        (L1 + b"\n" + L2, 2, Damage.NOT_JSON),
        (L1 + b"hello\n", 2, Damage.NOT_JSON),
        (L1 + b"NaN\n", 2, Damage.NOT_JSON),
        (L1 + b"[" * 100_000 + b"\n", 2, Damage.NOT_JSON),
        (L1 + b"9" * 5000 + b"\n", 2, Damage.NOT_JSON),
        (L1 + b'{"seq":2}\n' + L3, 2, Damage.NOT_AN_ENTRY),
        (L1 + _rehashed(L2, seq=True), 2, Damage.NOT_AN_ENTRY),
        (L1 + _rehashed(L2, at="2026-09-01T09:32:00"), 2, Damage.NOT_AN_ENTRY),
        (L1 + _rehashed(L2, author={"name": "x"}), 2, Damage.NOT_AN_ENTRY),
        (L1 + _rehashed(L2, author={"name": "", "role": ""}), 2, Damage.NOT_AN_ENTRY),
        (b"\xef\xbb\xbf" + L1, 1, Damage.NOT_JSON),
        (L1.replace(b"\n", b"\r\n") + L2, 1, Damage.EDITED),
    ],
)
def test_each_kind_of_damage_is_named_with_its_line(data: bytes, line: int, damage: Damage) -> None:
    checked = verify_bytes(data)
    assert checked.broken is not None
    assert (checked.broken.line, checked.broken.damage) == (line, damage)
    assert checked.findings[0].severity is Severity.STOP
    assert len(checked.entries) == line - 1


def test_reading_refuses_to_go_past_a_broken_place_with_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    path.write_bytes(L1 + L2.replace(b"0.28", b"0.29") + L3)
    with pytest.raises(InputError) as refusal:
        read(path)
    assert str(refusal.value) == (
        f"{path}: the chart is broken at line 2: it was edited (its own hash does not match its "
        "content). Restore the file from a backup; 1 entry is intact before that line."
    )


def test_whole_entries_cut_off_at_the_end_show_only_against_an_anchor() -> None:
    head = verify_bytes(THREE).head
    assert head is not None
    assert verify_bytes(L1 + L2).intact
    cut = verify_bytes(L1 + L2, head)
    assert cut.broken is not None
    assert cut.broken.damage is Damage.REMOVED
    assert verify_bytes(THREE + _next(THREE), head).intact


def test_a_chart_written_anew_shows_against_an_anchor() -> None:
    head = verify_bytes(THREE).head
    anew = verify_bytes(chained(3, [{"forged": 1}] * 3), head)
    assert anew.broken is not None
    assert (anew.broken.damage, anew.broken.line) == (Damage.REWRITTEN, 3)
    with pytest.raises(InputError):
        Anchor(0, "0" * 64)


def _next(data: bytes) -> bytes:
    count = data.count(b"\n")
    return chained(count + 1).splitlines()[-1] + b"\n"


def test_a_clock_that_goes_back_is_a_caution_and_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    append(path, draft(5), new=True)
    append(path, draft(4))
    checked = verify(path)
    assert checked.intact
    assert [finding.code for finding in checked.findings] == ["chart.time-goes-back"]


def test_times_are_compared_as_instants_and_not_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    first = draft(1)
    append(path, first, new=True)
    later = (first.at + timedelta(minutes=1)).astimezone(UTC)
    append(path, Draft(str(UUID(int=2)), later, AUTHOR, "note", {}))
    assert verify(path).findings == ()


@given(st.integers(0, 3), st.integers(0, len(THREE)))
def test_lines_known_from_before_change_nothing_in_the_result(lines: int, cut: int) -> None:
    known = Prefix.of(chained(lines), verify_bytes(chained(lines)))
    assert known is not None
    assert verify_bytes(THREE[:cut], known=known) == verify_bytes(THREE[:cut])


@given(st.integers(0, len(THREE) - 1), st.integers(1, 255))
def test_lines_known_from_before_hide_no_damage(position: int, change: int) -> None:
    known = Prefix.of(THREE, verify_bytes(THREE))
    damaged = bytearray(THREE)
    damaged[position] ^= change
    assert verify_bytes(bytes(damaged), known=known) == verify_bytes(bytes(damaged))


def test_a_chart_that_changed_since_it_was_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    make_chart(path, 3)
    read(path)
    path.write_bytes(path.read_bytes().replace(b"0.28", b"0.29"))
    with pytest.raises(InputError, match="broken at line 2"):
        append(path, draft(4))
    with pytest.raises(InputError, match="broken at line 2"):
        read(path)


def test_other_damage_in_a_chart_partly_known_keeps_its_line_number() -> None:
    known = Prefix.of(L1, verify_bytes(L1))
    checked = verify_bytes(L1 + L3 + L2, known=known)
    assert checked.broken is not None
    assert (checked.broken.line, checked.broken.damage) == (2, Damage.REORDERED)
