"""The catalogue against the publications: durations, pulses, schedules, sources, gaps."""

from __future__ import annotations

from fractions import Fraction

import pytest

from euthymia.core.errors import InputError
from euthymia.core.references import Tag
from euthymia.plan.protocol.algebra import Block, Duration, Protocol
from euthymia.plan.protocol.catalogue import (
    CatalogueEntry,
    Counted,
    PublishedDuration,
    Status,
    catalogue,
    clearance,
    clearances,
    entry,
)
from euthymia.plan.protocol.courses import CourseRule, course, courses
from euthymia.plan.protocol.dosing import Intensity, Side, Site, Threshold
from euthymia.plan.protocol.intervals import OffTime, OnsetToOnset
from euthymia.plan.protocol.pulses import Burst, Pulse, Train
from euthymia.plan.protocol.reference import catalogue_markdown

SITE, FULL = Site(Side.LEFT, "DLPFC"), Intensity(120)
WITH, WITHOUT = Duration.WITH_LAST_INTERVAL, Duration.WITHOUT_LAST_INTERVAL
STOPWATCH = Duration.FIRST_TO_LAST_PULSE
THETA = Burst.of(3, rate_hz=50).train(10, rate_hz=5)


def _plain(pulses: int, rate_hz: int) -> Train:
    return Pulse().train(pulses, rate_hz)


# Written out here from the published parameters, apart from the catalogue's data file.
# train, trains, on-off interval (s), how it is counted, convention, published seconds
PUBLISHED_LENGTHS = [
    ("HF10-37", _plain(40, 10), 75, 26, Counted.NOMINAL, WITH, "2250"),
    ("HF10-37", _plain(40, 10), 75, 26, Counted.NOMINAL, WITHOUT, "2224"),
    ("HF10-19", _plain(40, 10), 75, 11, Counted.NOMINAL, WITH, "1125"),
    ("HF10-19", _plain(40, 10), 75, 11, Counted.NOMINAL, WITHOUT, "1114"),
    ("HF10-19", _plain(40, 10), 75, 11, Counted.AFTER_LAST_PULSE, STOPWATCH, "1106.5"),
    ("iTBS-600", THETA, 20, 8, Counted.NOMINAL, WITH, "200"),
    ("iTBS-600", THETA, 20, 8, Counted.AFTER_LAST_PULSE, STOPWATCH, "188.8"),
    ("iTBS-600", THETA, 20, 8, Counted.NOMINAL, STOPWATCH, "191.84"),
    ("SNT", THETA, 60, 8, Counted.NOMINAL, WITH, "600"),
    ("SNT", THETA, 60, 8, Counted.NOMINAL, WITHOUT, "592"),
    ("SNT", THETA, 60, 8, Counted.AFTER_LAST_PULSE, STOPWATCH, "582.4"),
    ("dTMS-H1", _plain(36, 18), 55, 20, Counted.NOMINAL, WITH, "1210"),
    ("dTMS-H1", _plain(36, 18), 55, 20, Counted.NOMINAL, WITHOUT, "1190"),
    ("OCD-H7", _plain(40, 20), 50, 20, Counted.NOMINAL, WITH, "1100"),
    ("OCD-H7", _plain(40, 20), 50, 20, Counted.NOMINAL, WITHOUT, "1080"),
    ("SMK-H4", _plain(30, 10), 60, 15, Counted.NOMINAL, WITH, "1080"),
    ("SMK-H4", _plain(30, 10), 60, 15, Counted.NOMINAL, WITHOUT, "1065"),
]


@pytest.mark.parametrize("row", PUBLISHED_LENGTHS, ids=lambda row: f"{row[0]}-{row[6]}")
def test_every_published_length_comes_out_exactly(
    row: tuple[str, Train, int, int, Counted, Duration, str],
) -> None:
    name, train, count, off_s, counted, convention, seconds = row
    nominal = counted is Counted.NOMINAL
    interval = OnsetToOnset.nominal(train, off_s) if nominal else OffTime.of(off_s)
    protocol = Protocol.of(Block.of(train, SITE, FULL).every(interval) * count)
    assert protocol.duration_s(convention) == Fraction(seconds)
    assert entry(name).build(counted=counted).duration_s(convention) == Fraction(seconds)


def test_every_published_length_stands_in_the_catalogue() -> None:
    stored = {
        (each.id, length.convention, str(length.seconds).removesuffix(".0"))
        for each in catalogue()
        for length in each.durations
    }
    assert {(name, way, seconds) for name, _, _, _, _, way, seconds in PUBLISHED_LENGTHS} <= stored


@pytest.mark.parametrize(
    ("each", "length"),
    [(each, length) for each in catalogue() for length in each.durations],
    ids=lambda value: value.id if isinstance(value, CatalogueEntry) else f"{value.seconds:g}s",
)
def test_the_lengths_in_the_data_file_come_out_exactly(
    each: CatalogueEntry, length: PublishedDuration
) -> None:
    assert each.published_length(length)


@pytest.mark.parametrize(("name", "shown"), [("HF10-19", "18:26"), ("iTBS-600", "3:09")])
def test_consoles_that_wait_after_the_last_pulse_show_these_times(name: str, shown: str) -> None:
    assert entry(name).build(counted=Counted.AFTER_LAST_PULSE).clock == shown


PULSES = {
    "HF10-37": 3000,
    "HF10-19": 3000,
    "HF10-ITI25": 3000,
    "iTBS-600": 600,
    "LF1-R": 1200,
    "LF1-R-60-30": 1200,
    "dTMS-H1": 1980,
    "SNT": 1800,
    "aTBS-Duprat": 1620,
    "iTBS-twice-daily": 600,
    "HF20": 800,
    "OCD-H7": 2000,
    "SMK-H4": 1800,
    "PTSD-1HzR": 1800,
    "PTSD-iTBS": 1800,
}


@pytest.mark.parametrize(("name", "pulses"), PULSES.items())
def test_the_trains_make_the_published_pulses(name: str, pulses: int) -> None:
    assert entry(name).build().pulse_count == pulses == entry(name).pulses


def test_the_buildable_protocols_are_these_and_no_others() -> None:
    assert {each.id for each in catalogue() if each.buildable} == set(PULSES)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("VA-4000", "inter-train interval (iti_s)"),
        ("BILAT-seq", "number of trains (trains)"),
        ("dTMS-H7-MDD", "rate (rate_hz)"),
        ("accelerated-dual-site", "intensity (intensity_pct)"),
        ("migraine-sTMS", "rate (rate_hz)"),
    ],
)
def test_what_is_not_published_cannot_be_built_and_says_so(name: str, missing: str) -> None:
    with pytest.raises(InputError) as refusal:
        entry(name).build()
    assert missing in str(refusal.value)


def test_missing_values_can_be_chosen_and_are_remembered_as_chosen() -> None:
    chosen = entry("BILAT-seq").complete(2, bursts_per_train=50, trains=30, iti_s=25)
    assert chosen.build().pulse_count == chosen.pulses == 2100
    assert chosen.chosen == (
        "block 2: bursts_per_train = 50",
        "block 2: trains = 30",
        "block 2: iti_s = 25",
    )
    assert entry("BILAT-seq").chosen == ()


def test_a_published_value_cannot_be_overwritten_as_if_it_were_missing() -> None:
    with pytest.raises(InputError, match="rate_hz is not among its missing values"):
        entry("BILAT-seq").complete(2, rate_hz=20)
    with pytest.raises(InputError, match="no block 3"):
        entry("BILAT-seq").complete(3, iti_s=1)


def test_the_intensity_of_a_build_can_be_set() -> None:
    assert entry("HF10-37").build(intensity_pct=100).blocks[0].intensity == Intensity(100)
    snt = entry("SNT").build().blocks[0].intensity
    assert snt == Intensity(90, Threshold.RMT_DEPTH_ADJUSTED)
    assert entry("OCD-H7").build().blocks[0].intensity == Intensity(100, Threshold.RMT_LEG)


def test_an_unknown_protocol_is_refused_with_near_names() -> None:
    with pytest.raises(InputError, match="HF10-37"):
        entry("HF10-38")
    assert entry("itbs-600").id == "iTBS-600"


def test_every_citation_of_the_catalogue_is_registered() -> None:
    for each in catalogue():
        for _, cited in each.sources.groups():
            assert cited.reference.title
        for length in each.durations:
            assert length.source.reference.title
    for rule in courses():
        for cited in rule.citations:
            assert cited.reference.title
    for record in clearances():
        assert record.number_source.reference.title
        assert record.date_source.reference.title


def test_every_cleared_protocol_names_a_known_clearance_and_no_other_does() -> None:
    for each in catalogue():
        assert each.cleared == bool(each.clearance_records)


def test_recalled_facts_stay_recalled() -> None:
    """Tags that the reference gives as recalled; none of them may be raised by an edit."""
    recalled = {
        "dTMS-H1": {"timing", "intensity", "target", "regulatory"},
        "SNT": {"timing", "intensity", "course"},
        "SMK-H4": {"timing", "intensity", "target", "regulatory", "course"},
        "PTSD-1HzR": {"timing", "intensity", "target", "regulatory", "course"},
        "aTBS-Duprat": {"timing", "intensity", "target", "regulatory", "course"},
        "HF10-19": {"regulatory"},
        "HF10-37": set(),
        "OCD-H7": {"regulatory"},
    }
    for name, groups in recalled.items():
        assert {group for group, _ in entry(name).unverified} == groups, name


def test_clearances_keep_number_and_date_apart() -> None:
    snt = clearance("K220177")
    assert (snt.number_source.tag, snt.date_source.tag) == (Tag.READ, Tag.RECALLED)
    assert clearance("K172667").number == "K150641"
    assert clearance("K201158").date == "2020-11-20"
    with pytest.raises(InputError, match="not known here"):
        clearance("K000000")


# id, sessions, a day, days a week, weeks, least gap in minutes
SCHEDULES = [
    ("standard-36", 36, 1, 5, 9, None),
    ("three-d-20", 20, 1, 5, 4, None),
    ("bilateral-15", 15, 1, 5, 3, None),
    ("dtms-h1-44", 44, 1, 5, 16, None),
    ("snt-5-days", 50, 10, 5, 1, 50),
    ("duprat-4-days", 20, 5, 4, 1, None),
    ("cartbind-30-days", 60, 2, 5, 6, 54),
    ("ocd-h7-29", 29, 1, 5, 6, None),
    ("smoking-h4-18", 18, 1, 5, 6, None),
    ("ptsd-itbs-10", 10, 1, 5, 2, None),
    ("va-30", 30, 1, None, None, None),
    ("dtms-h7-mdd-24", 24, 1, None, None, None),
]


@pytest.mark.parametrize("row", SCHEDULES, ids=lambda row: row[0])
def test_courses_have_the_published_schedule(
    row: tuple[str, int, int, int | None, int | None, int | None],
) -> None:
    name, *wanted = row
    rule = course(name)
    found = [rule.sessions_total, rule.sessions_per_day, rule.days_per_week]
    assert [*found, rule.weeks, rule.min_gap_min] == wanted


def test_the_standard_taper_is_three_two_one() -> None:
    acute, taper = course("standard-36").phases
    assert (acute.sessions, taper.sessions_per_week) == (30, (3, 2, 1))


def test_the_extension_rule_has_its_condition_and_source() -> None:
    extension = course("three-d-20").extension
    assert extension is not None
    assert (extension.after_session, extension.sessions) == (20, 10)
    assert extension.min_improvement_pct == 30
    assert extension.source.tag is Tag.RECALLED


def test_snt_makes_ninety_thousand_pulses_a_course() -> None:
    snt = entry("SNT")
    rule = snt.course_rule
    assert isinstance(rule, CourseRule)
    assert snt.build().pulse_count * rule.sessions_total == 90_000


def test_every_entry_with_a_course_finds_it_and_an_unknown_one_is_refused() -> None:
    for each in catalogue():
        assert (each.course is None) == (each.course_rule is None)
    with pytest.raises(InputError, match="no such course"):
        course("forever")


def test_research_protocols_are_marked_as_research() -> None:
    assert {each.id for each in catalogue() if each.status is Status.RESEARCH} == {
        "PTSD-1HzR",
        "PTSD-iTBS",
    }


def test_the_markdown_shows_every_protocol_course_and_clearance() -> None:
    text = catalogue_markdown()
    for each in catalogue():
        assert each.id in text
    for rule in courses():
        assert rule.title in text
    for record in clearances():
        assert record.number in text
    assert "[M] unverified" in text
    assert "Levkovitz Y" in text
