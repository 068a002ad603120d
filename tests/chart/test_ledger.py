"""The chart file: what a line is, appending, reading, and torn tails set aside."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import AUTHOR, START, THREE, chained, draft, make_chart

from euthymia.chart import ledger
from euthymia.chart.envelope import Author, Draft, Envelope, sha256
from euthymia.chart.ledger import append, read, verify
from euthymia.chart.verification import verify_bytes
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity


def test_a_line_is_sorted_json_that_carries_the_hash_of_the_line_before() -> None:
    first, second, third = THREE.splitlines()
    for line in (first, second, third):
        fields = json.loads(line)
        assert list(fields) == sorted(fields)
        own = fields.pop("hash")
        spelled = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert own == sha256(spelled.encode())
    assert json.loads(first)["prev"] == "0" * 64
    assert json.loads(second)["prev"] == sha256(first)
    assert json.loads(third)["prev"] == sha256(second)
    assert "größer" in first.decode()


def test_line_separators_of_unicode_do_not_end_a_line(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    text = "a\u2028b\u2029c\x85d\ne\r\nf"
    append(path, draft(1, text), new=True)
    assert path.read_bytes().count(b"\n") == 1
    assert read(path)[0].body["note"] == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {1, 2}, b"x"])
def test_what_has_no_json_spelling_is_refused_and_nothing_is_written(
    tmp_path: Path, value: object
) -> None:
    path = tmp_path / "chart.jsonl"
    before = make_chart(path, 1)
    bad = Draft(str(UUID(int=9)), START, AUTHOR, "note", {"value": value})
    with pytest.raises(InputError, match="cannot be written as JSON"):
        append(path, bad)
    assert path.read_bytes() == before


@pytest.mark.parametrize("value", [{1: "a"}, {"b": (1, 2)}, (1, 2)])
def test_what_would_read_back_as_something_else_is_refused(tmp_path: Path, value: object) -> None:
    bad = Draft(str(UUID(int=9)), START, AUTHOR, "note", {"value": value})
    with pytest.raises(InputError, match="would not read back as it was given"):
        append(tmp_path / "chart.jsonl", bad, new=True)
    assert not (tmp_path / "chart.jsonl").exists()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Draft("7", START, AUTHOR, "note", {}),
        lambda: Draft(str(UUID(int=1)).upper() + "A", START, AUTHOR, "note", {}),
        lambda: Draft(str(UUID(int=1)), START.replace(tzinfo=None), AUTHOR, "note", {}),
        lambda: Draft(str(UUID(int=1)), START, AUTHOR, "", {}),
        lambda: Author(" ", "psychiatrist"),
        lambda: Author("Mira", ""),
    ],
)
def test_an_entry_without_id_time_zone_kind_or_author_is_refused(
    make: Callable[[], object],
) -> None:
    with pytest.raises(InputError):
        make()


def test_what_was_appended_reads_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    written = [append(path, draft(number), new=number == 1) for number in (1, 2, 3)]
    assert list(read(path)) == written
    assert [entry.seq for entry in written] == [1, 2, 3]
    checked = verify(path)
    assert checked.intact
    assert checked.findings == ()
    assert path.read_bytes() == THREE


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.lists(
        st.dictionaries(st.text(), json_values),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=50, deadline=None)
def test_any_json_body_survives_the_round_trip(bodies: list[dict[str, object]]) -> None:
    checked = verify_bytes(chained(len(bodies), bodies))
    assert checked.intact
    assert [entry.body for entry in checked.entries] == bodies


def test_a_missing_chart_is_not_made_by_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such chart"):
        append(tmp_path / "chrat.jsonl", draft(1))
    assert list(tmp_path.iterdir()) == []


def test_a_new_chart_does_not_grow_out_of_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    before = make_chart(path, 1)
    with pytest.raises(InputError, match="already holds a chart"):
        append(path, draft(2), new=True)
    assert path.read_bytes() == before


def test_an_empty_file_left_by_a_kill_can_still_become_a_chart(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    path.touch()
    append(path, draft(1), new=True)
    assert len(read(path)) == 1


def test_an_entry_sent_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    before = make_chart(path, 2)
    with pytest.raises(InputError, match="stands in it already, on line 1"):
        append(path, draft(1))
    assert path.read_bytes() == before


def test_a_check_sees_all_entries_and_may_refuse(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    before = make_chart(path, 2)

    def refuse(entries: tuple[Envelope, ...]) -> None:
        assert [entry.seq for entry in entries] == [1, 2, 3]
        raise InputError("entry", "it is refused", "Try another")

    with pytest.raises(InputError, match="it is refused"):
        append(path, draft(3), check=refuse)
    assert path.read_bytes() == before


def test_a_folder_or_an_unreadable_file_is_one_sentence(tmp_path: Path) -> None:
    for use in (read, verify, lambda path: append(path, draft(1))):
        with pytest.raises(InputError, match="this is a folder, not a chart"):
            use(tmp_path)


def test_a_full_disk_leaves_the_chart_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "chart.jsonl"
    before = make_chart(path, 2)
    real_write = os.write

    def half_then_full(descriptor: int, data: bytes) -> int:
        if len(data) > 50:
            return real_write(descriptor, bytes(data[:50]))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledger.os, "write", lambda d, b: half_then_full(d, b[:60]))
    with pytest.raises(OSError, match="No space left"):
        append(path, draft(3))
    monkeypatch.undo()
    assert path.read_bytes() == before
    append(path, draft(3))
    assert path.read_bytes() == THREE


@given(st.data())
def test_a_chart_cut_at_any_byte_of_its_last_entry_verifies_up_to_the_entry_before(
    data: st.DataObject,
) -> None:
    start_of_last = THREE.rindex(b"\n", 0, -1) + 1
    cut = data.draw(st.integers(start_of_last, len(THREE) - 2))
    checked = verify_bytes(THREE[:cut])
    assert len(checked.entries) == 2
    assert checked.broken is None
    assert checked.torn == THREE[start_of_last:cut]
    assert checked.intact == (cut == start_of_last)
    assert [finding.code for finding in checked.findings] == ["chart.torn"] * (not checked.intact)


def test_every_cut_of_a_whole_chart_is_whole_entries_and_a_torn_one() -> None:
    for cut in range(len(THREE)):
        part = THREE[:cut]
        checked = verify_bytes(part)
        assert checked.broken is None
        kept = b"".join(entry.line + b"\n" for entry in checked.entries)
        assert (kept + checked.torn) in (part, part + b"\n")


def test_a_whole_entry_without_its_newline_is_kept_and_completed(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    path.write_bytes(THREE[:-1])
    checked = verify(path)
    assert len(checked.entries) == 3
    assert checked.lacks_newline
    assert [finding.severity for finding in checked.findings] == [Severity.NOTE]
    append(path, draft(4))
    assert path.read_bytes().startswith(THREE)
    assert verify(path).findings == ()
    assert len(read(path)) == 4


@given(cut=st.integers(1, 200))
@settings(max_examples=15, deadline=None)
def test_a_torn_tail_is_set_aside_and_the_next_append_follows_the_last_whole_entry(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("torn") / "chart.jsonl"
    whole = chained(2)
    torn = THREE[len(whole) :][:cut]
    path.write_bytes(whole + torn)
    assert len(read(path)) == 2
    append(path, draft(3))
    assert path.read_bytes() == THREE
    assert path.with_name("chart.jsonl.torn-1").read_bytes() == torn
    checked = verify(path)
    assert checked.intact
    assert [finding.code for finding in checked.findings] == ["chart.set-aside"]


def test_torn_tails_are_numbered_and_never_overwrite_each_other(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    path.write_bytes(chained(1) + b'{"at":"2026')
    append(path, draft(2))
    with path.open("ab") as file:
        file.write(b'{"at":"2027-0')
    append(path, draft(3))
    assert path.with_name("chart.jsonl.torn-1").read_bytes() == b'{"at":"2026'
    assert path.with_name("chart.jsonl.torn-2").read_bytes() == b'{"at":"2027-0'
    assert len(verify(path).findings) == 2


def test_a_kill_between_setting_aside_and_cutting_off_makes_no_second_copy(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    path.write_bytes(chained(1) + b'{"at":"2026')
    path.with_name("chart.jsonl.torn-1").write_bytes(b'{"at":"2026')
    append(path, draft(2))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["chart.jsonl", "chart.jsonl.torn-1"]


def test_zeros_after_a_power_cut_count_as_torn() -> None:
    assert verify_bytes(chained(1) + b'{"at":"20' + b"\0" * 40).torn
    assert verify_bytes(chained(1) + b"\0" * 40).torn


@pytest.mark.parametrize(
    "tail",
    [
        b"not a chart at all",
        b'{"at":"2026-09-01"}',
        THREE.splitlines()[2].replace(b'"list":[1', b'"list":[2'),
        THREE.splitlines()[2] + b"x",
        THREE.splitlines()[1],
    ],
)
def test_a_tail_that_no_append_can_have_left_is_damage_and_stops_appends(
    tmp_path: Path, tail: bytes
) -> None:
    path = tmp_path / "chart.jsonl"
    path.write_bytes(chained(2) + tail)
    assert verify(path).broken is not None
    with pytest.raises(InputError, match="broken at line 3"):
        append(path, draft(3))
    assert path.read_bytes() == chained(2) + tail
