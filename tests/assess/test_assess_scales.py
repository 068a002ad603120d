"""Rating scales: worked examples, every band edge, change, and conversions."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from assess_samples import ids, tri_state
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.data_files import load_table
from euthymia.assess.examples import load_examples
from euthymia.assess.scales.crosswalk import (
    convert,
    convertible,
    crosswalks,
    promis_t,
    t_tables,
)
from euthymia.assess.scales.items import items_of
from euthymia.assess.scales.scale_rules import all_scales, find_scale
from euthymia.assess.scales.score import ScaleScore, change, score_scale
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity

ROWS = load_examples("scales").rows
DAY = date(2024, 5, 1)


def score_of_row(row) -> ScaleScore:
    items = tuple(None if item == "none" else item for item in row.get("items", ()))
    return ScaleScore(row["scale"], DAY, row.get("total"), items)


@pytest.mark.parametrize("row", ROWS, ids=ids(ROWS))
def test_a_worked_example_of_a_scale_comes_out_as_documented(row):
    if "refused" in row:
        with pytest.raises(InputError) as refusal:
            score_scale(score_of_row(row))
        assert row["refused"] in str(refusal.value)
        return
    result = score_scale(score_of_row(row))
    assert (result.low, result.high) == (row["low"], row["high"])
    if "by_manual" in row:
        assert result.by_manual == pytest.approx(row["by_manual"], abs=0.001)
    else:
        assert result.by_manual is None
    if "label" in row:
        assert result.bands[0].text == row["label"]
    if "remission" in row:
        assert result.remission is tri_state(row["remission"])
    if "suicide" in row:
        codes = [finding.code.rsplit(".", 1)[1] for finding in result.findings]
        expected = {"none": [], "found": ["suicide"], "unknown": ["suicide-unknown"]}
        assert codes == expected[row["suicide"]]
    assert result.sentence.startswith(result.scale.name)


def test_an_answer_on_the_suicide_item_needs_a_named_person():
    result = score_scale(ScaleScore("phq9", DAY, items=(0,) * 8 + (1,)))
    assert result.findings[0].severity is Severity.ACKNOWLEDGE


@pytest.mark.parametrize("scale", all_scales(), ids=lambda scale: scale.id)
def test_bands_cover_the_range_with_no_gap_or_overlap(scale):
    for bands in scale.bands:
        covered = [n for band in bands.band for n in range(band.low, band.high + 1)]
        assert covered == list(range(int(scale.low), int(scale.high) + 1))


@pytest.mark.parametrize("scale", [s for s in all_scales() if s.item_max], ids=lambda s: s.id)
def test_the_items_of_a_scale_add_up_to_its_range(scale):
    pairs = {place for pair in scale.alternatives for place in pair[1:]}
    lowest = tuple(
        None if n in pairs else scale.item_min for n in range(1, len(scale.item_max) + 1)
    )
    highest = tuple(None if n in pairs else most for n, most in enumerate(scale.item_max, start=1))
    assert score_scale(ScaleScore(scale.id, DAY, items=lowest)).low == scale.low
    assert score_scale(ScaleScore(scale.id, DAY, items=highest)).high == scale.high
    if scale.items:
        assert len(scale.items) == len(scale.item_max)


MAY_SHIP = {"phq9", "gad7", "hamd17", "pcl5", "energy", "fatigue", "check_in", "check_in_four"}
"""Public domain, work of the US Government, or written for this project."""


def test_item_texts_ship_only_where_the_licence_allows_it():
    assert {scale.id for scale in all_scales() if scale.items} == MAY_SHIP
    assert {scale.id for scale in all_scales() if scale.anchors} == {"cgi_s", "cgi_i"}


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=9, max_size=9),
    st.lists(st.integers(0, 3), min_size=9, max_size=9),
)
def test_answering_a_missing_item_stays_within_the_range(items, answers):
    before = score_scale(ScaleScore("phq9", DAY, items=tuple(items)))
    filled = tuple(a if i is None else i for i, a in zip(items, answers, strict=True))
    after = score_scale(ScaleScore("phq9", DAY, items=filled))
    assert before.low <= after.low == after.high <= before.high
    assert before.remission in (None, after.remission)


def scored(scale: str, total: float):
    return score_scale(ScaleScore(scale, DAY, total))


@pytest.mark.parametrize(
    ("scale", "first", "last", "response", "remission", "important", "reliable"),
    [
        ("phq9", 20, 10, True, False, True, True),
        ("phq9", 20, 11, False, False, True, True),
        ("phq9", 21, 11, False, False, True, True),
        ("phq9", 8, 4, True, True, False, False),
        ("phq9", 12, 7, False, False, True, False),
        ("phq9", 12, 6, True, False, True, True),
        ("hamd17", 24, 12, True, False, None, None),
        ("hamd17", 24, 7, True, True, None, None),
        ("hamd17", 24, 8, True, False, None, None),
        ("ybocs", 30, 21, True, False, None, None),
        ("ybocs", 30, 22, False, False, None, None),
        ("qids_sr16", 16, 8, True, False, None, None),
        ("qids_sr16", 10, 5, True, True, None, None),
        ("bdi2", 40, 33, False, False, True, None),
        ("bdi2", 40, 34, False, False, False, None),
        ("who5", 20, 32, None, None, True, None),
        ("who5", 20, 28, None, None, False, None),
        ("phq9", 0, 0, None, True, False, False),
    ],
)
def test_change_is_judged_by_the_rules_of_the_scale(
    scale, first, last, response, remission, important, reliable
):
    result = change(scored(scale, first), scored(scale, last))
    assert result.response is response
    assert result.remission is remission
    assert result.important is important
    assert result.reliable is reliable


def test_improvement_is_positive_whichever_way_a_scale_runs():
    assert change(scored("phq9", 20), scored("phq9", 5)).improvement_points == 15
    assert change(scored("who5", 20), scored("who5", 60)).improvement_points == 40


def test_unanswered_items_leave_a_change_open():
    before = score_scale(ScaleScore("phq9", DAY, items=(3,) * 8 + (None,)))
    assert change(before, scored("phq9", 5)).response is None


def test_two_scales_are_not_compared():
    with pytest.raises(InputError, match="two different scales"):
        change(scored("phq9", 20), scored("gad7", 10))


# Conversions


def family_rows():
    return load_table("crosswalks.toml")["ids_family"]["row"]


@pytest.mark.parametrize("scale", convertible())
def test_a_conversion_table_is_monotone_and_covers_each_scale(scale):
    spans = [row[scale] for row in family_rows()]
    found = find_scale(scale)
    assert spans[0]["low"] == found.low
    assert spans[-1]["high"] == found.high
    for earlier, later in pairwise(spans):
        assert earlier["low"] <= later["low"]
        assert earlier["high"] <= later["high"]
        # Contiguous; QIDS 14 and 15 share a span of the HAM-D17, and others do the like.
        assert later == earlier or later["low"] == earlier["high"] + 1


def test_remission_on_the_qids_is_remission_on_the_ham_d():
    for row in family_rows():
        assert (row["qids_sr16"]["high"] <= 5) == (row["hamd17"]["high"] <= 7)


@pytest.mark.parametrize(
    ("scale", "score", "into", "low", "high"),
    [
        ("qids_sr16", 5, "hamd17", 7, 7),
        ("qids_sr16", 14, "hamd17", 18, 19),
        ("qids_sr16", 27, "hamd17", 36, 52),
        ("hamd17", 18, "qids_sr16", 14, 15),
        ("hamd17", 52, "hamd21", 42, 63),
        ("ids_sr30", 63, "qids_sr16", 25, 25),
        ("hamd17", 0, "ids_sr30", 0, 3),
    ],
)
def test_a_conversion_gives_the_printed_span(scale, score, into, low, high):
    found = convert(scale, score, into)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize("scale", convertible())
def test_converting_there_and_back_holds_the_first_score(scale):
    found = find_scale(scale)
    for into in convertible():
        for score in range(int(found.low), int(found.high) + 1):
            there = convert(scale, score, into)
            back = [convert(into, value, scale) for value in (there.low, there.high)]
            assert min(b.low for b in back) <= score <= max(b.high for b in back)


def test_a_conversion_without_a_table_is_refused():
    with pytest.raises(InputError, match="no table for this pair"):
        convert("phq9", 10, "hamd17")
    with pytest.raises(InputError, match="a score of 99 is not possible"):
        convert("hamd17", 99, "qids_sr16")


def test_a_converted_t_score_carries_the_interval_of_its_error():
    found = promis_t("phq9", 10)
    assert found.value == 59.9
    assert found.low == pytest.approx(59.9 - 1.96 * 6.7, abs=0.01)
    assert found.high == pytest.approx(59.9 + 1.96 * 6.7, abs=0.01)
    with pytest.raises(InputError):
        promis_t("phq9", 28)
    with pytest.raises(InputError):
        promis_t("gad7", 3)


@pytest.mark.parametrize("key", ["phq9", "promis_dep_8a"])
def test_t_scores_rise_and_cover_the_scale(key):
    table, scale = t_tables()[key], find_scale(key)
    assert list(table.t_score) == sorted(set(table.t_score))
    assert table.first == scale.low
    assert table.first + len(table.t_score) - 1 == scale.high


CROSSWALKS = load_examples("crosswalks").rows


@pytest.mark.parametrize("row", CROSSWALKS, ids=ids(CROSSWALKS))
def test_a_worked_example_of_a_conversion_comes_out_as_documented(row):
    if "refused" in row:
        with pytest.raises(InputError) as refusal:
            convert(row["scale"], row["score"], row["into"])
        assert row["refused"] in str(refusal.value)
        return
    found = convert(row["scale"], row["score"], row["into"])
    assert (found.low, found.high) == (row["low"], row["high"])
    assert "a rough guide" in found.text


PAIRS = [(a, b) for a in convertible() for b in convertible() if a != b]
PAIRS += [("hamd17", "madrs"), ("madrs", "hamd17")]


@pytest.mark.parametrize(("scale", "into"), PAIRS)
def test_every_conversion_is_monotone_stays_in_range_and_is_never_bare(scale, into):
    found, target = find_scale(scale), find_scale(into)
    spans = [convert(scale, n, into) for n in range(int(found.low), int(found.high) + 1)]
    for earlier, later in pairwise(spans):
        assert earlier.low <= later.low
        assert earlier.high <= later.high
    for span in spans:
        assert target.low <= span.low <= span.high <= target.high
        assert span.caveat in span.text


def test_the_printed_pairs_lie_within_the_spans_of_the_links():
    """The remission of one scale is that of the other, by two independent links."""
    by_irt = crosswalks().link[0].scores
    found = convert("hamd17", 7, "madrs")
    assert found.low <= by_irt["madrs"].low <= by_irt["madrs"].high <= found.high


def test_the_standard_error_of_the_promis_form_gives_its_interval():
    table = t_tables()["promis_dep_8a"]
    assert len(table.standard_error) == len(table.t_score)
    found = promis_t("promis_dep_8a", 8)
    assert found.high - found.low == pytest.approx(2 * 1.96 * 5.7, abs=0.01)
    labels = [table.band_of(t) for t in (54.9, 55.0, 59.9, 60.0, 69.9, 70.0)]
    assert labels == ["within normal limits", "mild", "mild", "moderate", "moderate", "severe"]


# Items by number


def test_numbered_answers_come_into_the_order_of_the_scale():
    items = items_of("phq9", [(9, 1), (1, 3)])
    assert items == (3, None, None, None, None, None, None, None, 1)
    result = score_scale(ScaleScore("phq9", DAY, items=items))
    assert (result.low, result.high) == (4, 25)
    assert result.total is None


@pytest.mark.parametrize(
    ("scale", "answers", "says"),
    [
        ("phq9", [(9, 1), (9, 2)], "PHQ-9 item 9: it was answered twice"),
        ("phq9", [(10, 1)], "PHQ-9 item 10: there is no such item"),
        ("phq9", [(0, 1)], "there is no such item"),
        ("cgi_s", [(1, 1)], "entered as a total"),
        ("nothing", [], "it is not known"),
    ],
)
def test_an_answer_that_cannot_be_placed_is_refused(scale, answers, says):
    with pytest.raises(InputError, match=says):
        items_of(scale, answers)


# Cut-offs, clusters, conditions on other scales


def held(result, start: str) -> bool | None:
    return next(rule.held for rule in result.judged if rule.text.startswith(start))


@pytest.mark.parametrize(
    ("scale", "total", "rule", "expected"),
    [
        ("phq9", 9, "screens positive", False),
        ("phq9", 10, "screens positive", True),
        ("gad7", 9, "screens positive", False),
        ("gad7", 10, "screens positive", True),
        ("pcl5", 32, "provisional PTSD (", False),
        ("pcl5", 33, "provisional PTSD (", True),
        ("pcl5", 30, "provisional PTSD, lower", False),
        ("pcl5", 31, "provisional PTSD, lower", True),
        ("who5", 52, "poor well-being", False),
        ("who5", 48, "poor well-being", True),
        ("who5", 32, "likely depression", False),
        ("who5", 28, "likely depression", True),
        ("cgi_s", 3, "response", True),
        ("cgi_s", 4, "response", False),
        ("cgi_i", 2, "responder", True),
        ("cgi_i", 3, "responder", False),
        ("madrs", 9, "remission, stricter", True),
        ("madrs", 10, "remission, stricter", False),
        ("madrs", 12, "remission, looser", True),
        ("madrs", 13, "remission, looser", False),
        ("ids_sr30", 14, "remission, looser", True),
        ("ids_sr30", 15, "remission, looser", False),
    ],
)
def test_a_cut_off_holds_on_its_own_side(scale, total, rule, expected):
    assert held(scored(scale, total), rule) is expected


def pcl5(**positive: int | None) -> ScaleScore:
    """A PCL-5 with 2 in `B`, `C`, `D` and `E` items of each cluster; None: one left open."""
    first = {"B": 1, "C": 6, "D": 8, "E": 15}
    items: list[int | None] = [0] * 20
    for cluster, number in positive.items():
        if number is None:
            items[first[cluster] - 1] = None
        else:
            for place in range(first[cluster] - 1, first[cluster] - 1 + number):
                items[place] = 2
    return ScaleScore("pcl5", DAY, items=tuple(items))


@pytest.mark.parametrize(
    ("positive", "expected"),
    [
        ({"B": 1, "C": 1, "D": 2, "E": 2}, True),
        ({"B": 0, "C": 1, "D": 2, "E": 2}, False),
        ({"B": 1, "C": 0, "D": 2, "E": 2}, False),
        ({"B": 1, "C": 1, "D": 1, "E": 2}, False),
        ({"B": 1, "C": 1, "D": 2, "E": 1}, False),
        ({"B": None, "C": 1, "D": 2, "E": 2}, None),
        ({"B": None, "C": 0, "D": 2, "E": 2}, False),
    ],
)
def test_the_clusters_of_the_pcl5_make_the_provisional_diagnosis(positive, expected):
    result = score_scale(pcl5(**positive))
    assert held(result, "provisional diagnosis by clusters") is expected


@pytest.mark.parametrize(
    ("last", "cgi_s", "remission"),
    [(12, 2, True), (12, 3, False), (12, None, None), (13, 2, False), (13, None, False)],
)
def test_remission_on_the_y_bocs_needs_the_cgi_s(last, cgi_s, remission):
    beside = [] if cgi_s is None else [scored("cgi_s", cgi_s)]
    assert change(scored("ybocs", 30), scored("ybocs", last), beside).remission is remission


@pytest.mark.parametrize(
    ("last", "cgi_i", "strict", "partial"),
    [
        (30, 2, False, True),
        (31, 2, False, False),
        (27, 2, False, True),
        (26, 2, True, False),
        (26, 3, False, False),
        (26, None, None, False),
    ],
)
def test_the_stricter_and_the_partial_response_of_the_y_bocs(last, cgi_i, strict, partial):
    """From 40 points, 10 less are 25 % and 14 less are 35 %."""
    beside = [] if cgi_i is None else [scored("cgi_i", cgi_i)]
    outcomes = {
        rule.text: rule.held
        for rule in change(scored("ybocs", 40), scored("ybocs", last), beside).outcomes
    }
    assert outcomes["response, stricter reading"] is strict
    assert outcomes["partial response"] is partial


@pytest.mark.parametrize(("gain", "expected"), [(9, False), (10, None), (14, None), (15, True)])
def test_a_reliable_change_between_its_published_bounds_stays_open(gain, expected):
    assert change(scored("pcl5", 50), scored("pcl5", 50 - gain)).reliable is expected


def test_a_difference_between_groups_never_judges_one_patient():
    assert find_scale("hamd17").group_difference is not None
    assert change(scored("hamd17", 24), scored("hamd17", 10)).important is None


def test_per_cent_of_improvement_are_given_only_for_scales_that_begin_at_zero():
    assert change(scored("cgi_s", 4), scored("cgi_s", 2)).improvement_pct is None
    assert change(scored("promis_dep_8a", 30), scored("promis_dep_8a", 15)).improvement_pct is None
    assert change(scored("phq9", 20), scored("phq9", 10)).improvement_pct == 50


@pytest.mark.parametrize("what", ["version", "language"])
def test_forms_of_different_versions_or_languages_are_not_mixed(what):
    one = score_scale(ScaleScore("phq9", DAY, 20, **{what: "one"}))
    other = score_scale(ScaleScore("phq9", DAY, 10, **{what: "other"}))
    with pytest.raises(InputError, match=f"its {what} changed"):
        change(one, other)
    assert change(one, scored("phq9", 10)).response is True


def test_the_anchors_of_the_cgi_are_said_with_the_score():
    assert "markedly ill" in scored("cgi_s", 5).sentence
    assert "much improved" in scored("cgi_i", 2).sentence


BANDS = [
    pytest.param(scale.id, bands.name, band.low, band.high, band.label, id=f"{scale.id} {band.low}")
    for scale in all_scales()
    for bands in scale.bands
    for band in bands.band
    if scale.scoring != "levels"
]


@pytest.mark.parametrize(("scale", "name", "low", "high", "label"), BANDS)
def test_every_band_edge_holds_on_both_sides(scale, name, low, high, label):
    def named(total: float) -> str:
        return next(b.text for b in scored(scale, total).bands if b.name == name)

    found = find_scale(scale)
    assert named(low) == named(high) == label
    if low > found.low:
        assert named(low - 1) != label
    if high < found.high:
        assert named(high + 1) != label
