"""The sections of a plan: what the rooms below found, said whole and with its sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
from report_samples import ON, bilateral, cited, finding, itbs, left_pose, words_of

from euthymia.assess.assessment import assess
from euthymia.assess.eligibility.label import Diagnosis
from euthymia.assess.medication.adequacy import adequacy
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.trial import (
    Adherence,
    DoseStep,
    EpisodeFacts,
    EpisodeSeverity,
    MedicationTrial,
    Response,
    StopReason,
)
from euthymia.assess.medication.verdicts import TrialVerdict
from euthymia.assess.safety.screen import Answer, ScreenAnswer, screen, screen_items
from euthymia.assess.staging.maudsley import maudsley
from euthymia.core.findings import Severity
from euthymia.core.poses import COLIN27
from euthymia.core.quantities import Estimate
from euthymia.core.references import Tag
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.head.surface.scalp import ScalpPoint
from euthymia.plan.course import Availability, Busy, PublicHolidays, Site, schedule
from euthymia.plan.dose import DoseInputs, Observation, dose
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.protocol.check import check
from euthymia.plan.protocol.dosing import Intensity
from euthymia.plan.target.placement import handle_angle_deg, tangential
from euthymia.report.blocks import FindingList, Table
from euthymia.report.document import Document, Section
from euthymia.report.figures.medication import draw
from euthymia.report.figures.trials import Tone
from euthymia.report.sections import words
from euthymia.report.sections.assessment import assessment_sections
from euthymia.report.sections.calendar import calendar_section, closed_days, treatment_days
from euthymia.report.sections.closing import findings_section, signature_section, sources_section
from euthymia.report.sections.computation import computation_section
from euthymia.report.sections.dose import dose_section
from euthymia.report.sections.protocol import protocol_section
from euthymia.report.sections.resistance import resistance_section, trial_bar
from euthymia.report.sections.safety import safety_section
from euthymia.report.sections.summary import summary_section
from euthymia.report.sections.target import (
    PlacementMap,
    PlacementRow,
    TargetView,
    handle_words,
    target_section,
)

EPISODE = EpisodeFacts(date(2024, 6, 1), EpisodeSeverity.SEVERE, False, False, False)
FAILED = MedicationTrial(
    "sertraline",
    date(2024, 9, 1),
    date(2025, 1, 20),
    (DoseStep(date(2024, 9, 1), None, 150.0),),
    Adherence.GOOD,
    Response.NONE,
    StopReason.NO_BENEFIT,
)
INTOLERANT = MedicationTrial(
    "mirtazapine",
    date(2025, 2, 1),
    date(2025, 2, 10),
    (DoseStep(date(2025, 2, 1), None, 15.0),),
    Adherence.GOOD,
    Response.NONE,
    StopReason.SIDE_EFFECTS,
    ("sedation",),
)
VAGUE = MedicationTrial("bupropion XL", None, date(2025, 9, 1), current_episode=True)


def judged(*trials: MedicationTrial) -> list[TrialVerdict]:
    return [adequacy(trial, Instrument.MAUDSLEY, ON) for trial in trials]


def said(section: Section) -> str:
    """Every text of a section, and the numbers of its sources in brackets."""
    document = Document("t", "s", ON, "x", (section, Section("Sources", ())))
    found: list[str] = []

    def walk(value: Any) -> None:
        match value:
            case {"kind": "cite", "number": number}:
                found.append(f"[{number}]")
            case dict():
                for name, part in value.items():
                    if name != "svg":
                        walk(part)
            case list():
                for part in value:
                    walk(part)
            case str():
                found.append(value)

    walk(document.as_data()["sections"][0])
    return " ".join(found)


def table(section: Section, caption: str) -> Table:
    return next(b for b in section.blocks if isinstance(b, Table) and caption in b.caption)


def test_resistance_gives_stage_points_and_a_verdict_with_reasons_for_every_trial() -> None:
    verdicts = judged(FAILED, INTOLERANT)
    stage = maudsley(verdicts, EPISODE, ON)
    section = resistance_section(verdicts, stage, EPISODE, ON)
    text = said(section)
    assert stage.sentence in text
    assert "sertraline" in text and "adequate failure" in text
    assert "mirtazapine" in text and "not tolerated" in text and "sedation" in text
    points = table(section, "points")
    assert [row[3] for row in points.rows] == [(d.points,) for d in stage.dimensions] + [
        (f"{stage.low:g}",)
    ]
    assert points.strong_rows == (len(stage.dimensions),)


def test_what_is_missing_to_be_sure_stands_out() -> None:
    verdicts, unknown = judged(VAGUE), EpisodeFacts(onset=EPISODE.onset)
    stage = maudsley(verdicts, unknown, ON)
    assert len(stage.missing) > 3
    text = said(resistance_section(verdicts, stage, unknown, ON))
    assert "What is missing to be sure" in text
    assert all(point in text.lower() for point in (m.lower() for m in stage.missing))


def test_a_history_without_trials_says_so() -> None:
    stage = maudsley([], EPISODE, ON)
    text = said(resistance_section([], stage, EPISODE, ON))
    assert "No treatment trial is recorded" in text and "not applicable" in text


@pytest.mark.parametrize(
    ("trial", "tone", "minimum"),
    [
        (FAILED, Tone.COUNTS, 50.0),
        (INTOLERANT, Tone.INTOLERANCE, 15.0),
        (VAGUE, Tone.UNKNOWN, 300.0),
    ],
)
def test_a_trial_on_the_timeline_has_its_tone_and_its_lowest_adequate_dose(
    trial: MedicationTrial, tone: Tone, minimum: float
) -> None:
    bar = trial_bar(judged(trial)[0])
    assert (bar.tone, bar.minimum_mg) == (tone, minimum)


def test_a_failed_augmentation_is_not_shown_as_a_failure_that_counts() -> None:
    added = MedicationTrial(
        "aripiprazole",
        date(2025, 4, 1),
        date(2025, 7, 1),
        (DoseStep(date(2025, 4, 1), None, 10.0),),
        Adherence.GOOD,
        Response.NONE,
        StopReason.NO_BENEFIT,
        augments="sertraline",
    )
    verdict = judged(added)[0]
    assert verdict.counts  # adequate and failed, in its own role
    bar = trial_bar(verdict)
    assert (bar.tone, bar.verdict) == (Tone.ADDED, "failed augmentation")


def test_a_treatment_given_by_session_shows_its_sessions_instead_of_a_dose() -> None:
    therapy = MedicationTrial("psychotherapy", date(2025, 1, 1), date(2025, 5, 1), sessions=18)
    bar = trial_bar(judged(therapy)[0])
    assert (bar.given, bar.detail, bar.minimum_mg) == ("18 sessions", "18 sessions", None)
    words_ = words_of(draw([bar], ON))
    assert "dose ?" not in words_ and "18 sessions, 2025-01-01 to 2025-05-01" in words_


def answers(*left_out: str) -> list[ScreenAnswer]:
    return [ScreenAnswer(i.id, Answer.NO) for i in screen_items() if i.id not in left_out]


def test_a_clean_screen_says_that_nothing_stands_against_it() -> None:
    text = said(safety_section(screen(answers(), age_years=44)))
    assert "Nothing found stands against it" in text
    assert "Every question of the screen was answered" in text


def test_a_question_that_was_not_asked_is_shown_with_its_source() -> None:
    findings = screen(answers(screen_items()[0].id), age_years=44)
    text = said(safety_section(findings))
    assert screen_items()[0].text in text and "not asked" in text and "[1]" in text


def test_an_assessment_becomes_three_sections_with_label_status_and_payers() -> None:
    whole = assess(
        on=ON,
        trials=[FAILED, INTOLERANT],
        episode=EPISODE,
        answers=answers(),
        current_drugs=["lithium"],
        diagnosis=Diagnosis.MDD,
        age_years=44,
    )
    resistance, indication, safety = assessment_sections(whole)
    assert whole.eligibility is not None
    assert whole.eligibility.sentence in said(indication)
    assert all(result.rule.name in said(indication) for result in whole.payers)
    assert "No rating scale is recorded" in said(indication)
    assert all(each.definition.name in said(resistance) for each in whole.definitions)
    assert "lithium" in said(safety) or "note" in said(safety)


def prepared_dose(threshold: float = 47.0, percent: float = 120) -> Any:
    inputs = DoseInputs(
        Estimate(threshold, "%MSO", threshold - 3, threshold + 3),
        Observation.EMG,
        max_didt_a_per_us=155.0,
        field_target_per_didt=Estimate(1.05, "V/m per A/us"),
        field_m1_per_didt=Estimate(1.15, "V/m per A/us"),
        depth_target_mm=17.5,
        depth_m1_mm=15.2,
    )
    return dose(inputs, Intensity(percent))


def test_the_dose_shows_every_way_with_the_prescribed_one_in_bold() -> None:
    worked = prepared_dose()
    section = dose_section(worked)
    lines = table(section, "Output by each way")
    assert len(lines.rows) == len(worked.lines)
    bold = [place for place, line in enumerate(worked.lines) if line.prescribed]
    assert list(lines.strong_rows) == bold
    text = said(section)
    assert f"Set the stimulator to {worked.setting_pct_mso:g} % of its maximum output" in text
    assert "44.0 to 50.0" in text and "17.5 mm at the target" in text
    assert worked.field_sentence in text


def test_an_output_beyond_the_stimulator_is_not_dressed_up_as_a_setting() -> None:
    text = said(dose_section(prepared_dose(threshold=95)))
    assert "No output can be given" in text and "Set the stimulator to" not in text


def test_the_protocol_shows_its_parameters_lengths_and_grave_findings() -> None:
    known = entry("HF10-37")
    protocol = known.build()
    findings = check(protocol, entry=known)
    section = protocol_section(protocol, findings, known)
    text = said(section)
    for words_ in ("HF10-37", "10 Hz", "4 s, 40 pulses", "3,000", "120 % of rMT (hand)"):
        assert words_ in text
    assert "2250 s = 37.5 min" in text
    shown = next(block for block in section.blocks if isinstance(block, FindingList))
    assert {f.code for f in shown.findings} == {
        f.code for f in findings if f.severity > Severity.NOTE
    }


def test_a_protocol_of_ones_own_has_no_catalogue_facts_but_all_blocks() -> None:
    section = protocol_section(bilateral(), (), None)
    assert len(table(section, "Parameters").rows) == 2
    assert "found nothing" in said(protocol_section(itbs(), (), None))


def course() -> tuple[Any, Site, Availability]:
    site = Site("America/New_York", holidays=PublicHolidays("US"))
    free = Availability(busy=(Busy(date(2026, 12, 9), date(2026, 12, 10), "travelling"),))
    rule = entry("HF10-37").course_rule
    assert rule is not None
    return schedule(rule, date(2026, 11, 24), free, site, 37.5, today=ON), site, free


def test_the_calendar_has_every_session_and_names_the_closed_days() -> None:
    planned, site, free = course()
    days = treatment_days(planned)
    assert sum(day.sessions for day in days) == len(planned.sessions)
    assert [day.first_number for day in days] == [s.number for s in planned.sessions]
    closed = {each.day: each.name for each in closed_days(planned, site, free)}
    assert closed[date(2026, 11, 26)] == "Thanksgiving Day"
    assert closed[date(2026, 12, 9)] == "travelling"
    assert not set(closed) & {day.day for day in days}
    text = said(calendar_section(planned, site, free))
    assert "36 sessions" in text and "2026-11-24" in text


def view() -> TargetView:
    pose = left_pose()
    rows = (
        PlacementRow("field-optimised", pose, 92.3, 0.0, chosen=True),
        PlacementRow("F3", pose.shifted((9.0, 0, 0)), 81.0, 9.0, source=cited(4, Tag.RECALLED)),
    )
    offsets = np.array([0.0, 4.0, 0.0, -4.0])
    # Any well-formed figure with words will do for the two pictures here.
    figure = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="720"><title>t</title><desc>d</desc></svg>'
    )
    return TargetView(
        title="Left DLPFC",
        mni_mm=np.array([-38.0, 44.0, 26.0]),
        source=cited(2),
        head_name="Colin27",
        target_mm=np.array([-38.2, 44.1, 25.9]),
        placements=rows,
        map=PlacementMap(offsets, offsets[::-1], np.array([92.3, 90, 88, 87])),
        slices=figure,
        view=figure,
        handle_angle_deg=45.0,
        moved=", 3.0 mm from where the published coordinate falls",
        remarks=(("A remark.",),),
    )


def test_the_target_has_coordinates_in_both_frames_the_pose_and_the_scalp_rules() -> None:
    section = target_section(view())
    text = said(section)
    for words_ in ("−38, 44, 26 mm", "−38.2, 44.1, 25.9 mm, 3.0 mm from", "Colin27", "backwards"):
        assert words_ in text
    assert "F3: 81.0 V/m" in text
    centre = view().chosen.pose.position_mm
    assert words.signed(float(centre[0]), 1) in text


@pytest.mark.parametrize(
    ("angle", "on_left", "words_"),
    [
        (45.0, True, "backwards, 45° from the midline towards the left"),
        (45.0, False, "backwards, 45° from the midline towards the right"),
        (-20.0, True, "backwards, 20° from the midline towards the right"),
        (120.0, True, "forwards, 60° from the midline towards the left"),
    ],
)
def test_the_handle_is_said_in_words(angle: float, on_left: bool, words_: str) -> None:
    assert handle_words(angle, on_left=on_left) == words_


@pytest.mark.parametrize("angle", [-30.0, 20.0, 45.0, 80.0, 120.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_the_handle_points_where_the_words_say(angle: float, side: float) -> None:
    # At the top of the side of a ball, where along the scalp and along the axes are alike.
    outwards = np.array([0.02 * side, 0.0, 1.0])
    pose = tangential(ScalpPoint(80 * outwards, outwards), COLIN27, angle)
    handle = -pose.rotation[:, 1]
    told = handle_words(handle_angle_deg(pose, side), on_left=side < 0)
    assert ("towards the left" in told) == (handle[0] < 0)
    assert ("backwards" in told) == (handle[1] < 0)


def graves() -> Sequence[Any]:
    return (
        finding(Severity.CAUTION, "a", source=cited(5)),
        finding(Severity.STOP, "b", subject="pacemaker", message="must not be near the coil"),
        finding(Severity.NOTE, "c"),
    )


def test_the_summary_leads_with_the_gravest_and_counts_all() -> None:
    section = summary_section((("target", ("left DLPFC",)),), graves())
    text = said(section)
    assert "Must not go ahead as it stands" in text
    assert "must not be near the coil" in text
    assert "1 stop, 1 caution, 1 note" in text


def test_a_summary_without_findings_says_that_nothing_stands_against_it() -> None:
    assert "Nothing found stands against it" in said(summary_section((), ()))


def test_all_findings_stand_in_one_table_gravest_first_with_their_part() -> None:
    section = findings_section((("safety", graves()[:2]), ("dose", graves()[2:])))
    rows = table(section, "").rows
    assert len(rows) == 3
    severities = [row[0][0] for row in rows]
    assert [each.text for each in severities if not isinstance(each, str)] == [
        "stop",
        "caution",
        "note",
    ]
    assert rows[2][1] == ("dose",)


def test_the_end_holds_sources_statement_and_signatures() -> None:
    assert "unverified" in said(sources_section())
    text = said(signature_section())
    assert "never fires a stimulator" in text and "psychiatrist" in text


def test_the_computation_lists_every_conductivity_with_its_source() -> None:
    section = computation_section((("software", ("x",)),), standard_conductivities())
    rows = table(section, "Conductivities").rows
    assert len(rows) == len(standard_conductivities().by_tissue)
    assert "[1]" in said(section)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (words.count(1, "session"), "1 session"),
        (words.count(3000, "pulse"), "3,000 pulses"),
        (words.signed(-0.04, 1), "0.0"),
        (words.signed(-3.25, 1), "−3.2"),
        (words.point(np.array([-38.0, 44.4, 26.0])), "−38, 44, 26"),
        (words.interval(Estimate(47, "%MSO", 44, 50)), "47.0 %MSO (44.0 to 50.0)"),
        (words.interval(Estimate(87.2, "A/us"), 0), "87 A/µs"),
        (words.span(None, date(2025, 1, 2), False), "? to 2025-01-02"),
        (words.span(date(2025, 1, 2), None, True), "since 2025-01-02"),
        (words.span(None, None, False), "dates unknown"),
        (words.sentence("it is so"), "It is so."),
        (words.sentence("iTBS-600 is cleared."), "iTBS-600 is cleared."),
        (words.tally(()), "none"),
    ],
)
def test_small_phrases(found: str, text: str) -> None:
    assert found == text
