"""The style guide: every part of the design system on one page, with invented content."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.ui import values
from euthymia.clinic.ui.forms import day_field, text_field
from euthymia.core.findings import Finding, Severity
from euthymia.core.references import Citation, Tag
from euthymia.report import palette, svg
from euthymia.report.scales import LinearScale


class GuideForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Short text", max_length=40)
    note = text_field(
        "Long text",
        rows=3,
        required=False,
        help_text="Help stands under the label, before one types.",
    )
    intensity = forms.IntegerField(label="Intensity in % of MSO", min_value=1, max_value=100)
    day = day_field("Day")
    side = forms.ChoiceField(label="Side", choices=[("left", "Left"), ("right", "Right")])
    mood = forms.ChoiceField(
        label="How often, over the last two weeks?",
        choices=[("0", "Not at all"), ("1", "Several days"), ("2", "More than half the days")],
        widget=forms.RadioSelect,
    )
    days = forms.MultipleChoiceField(
        label="Days that suit",
        choices=[("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    sure = forms.BooleanField(label="I have asked about earplugs")
    image = forms.FileField(label="T1 image", required=False)


_ICONS = """
stop acknowledge caution note check cross plus minus search clock calendar person people bell phone
menu left right up down download upload print lock edit play pause list chart pill target head bolt
settings home file leave external heart message refresh sun
"""


def _findings() -> tuple[Finding, ...]:
    read = Citation(ref="fekadu-2018", tag=Tag.READ, at="Table 3")
    recalled = Citation(ref="fekadu-2018", tag=Tag.RECALLED)
    return (
        Finding(
            "guide.note",
            Severity.NOTE,
            "Hearing",
            "The patient wears a hearing aid; take it out before the session.",
        ),
        Finding(
            "guide.stop",
            Severity.STOP,
            "Cochlear implant",
            "A device that the coil may damage lies within its reach.",
            "4 cm from the coil",
            "at least 30 cm",
            "",
            read,
        ),
        Finding(
            "guide.caution",
            Severity.CAUTION,
            "Sleep",
            "Little sleep lowers the seizure threshold.",
            "3 h",
            "usual hours",
            "",
            recalled,
        ),
        Finding(
            "guide.ack",
            Severity.ACKNOWLEDGE,
            "Train at 10 Hz",
            "Longer than what the table was tested for.",
            "5.0 s at 120 % of rMT",
            "4.2 s",
            "4.2 s, or 110 % of rMT",
            read,
        ),
    )


def _picture() -> str:
    x, y = LinearScale(0, 6, 40, 560), LinearScale(0, 27, 150, 16)
    scores = [(0, 21.0), (1, 19.0), (2, 16.0), (4, 11.0), (5, 9.0), (6, 6.0)]
    return svg.Picture(
        "guide",
        600,
        190,
        "PHQ-9 by week",
        "The score falls from 21 to 6; week 3 is missing.",
        (
            svg.polyline(
                [(x(w), y(s)) for w, s in scores[:3]], stroke=palette.BLUE, stroke_width=2
            ),
            svg.polyline(
                [(x(w), y(s)) for w, s in scores[3:]], stroke=palette.BLUE, stroke_width=2
            ),
            svg.rect(x(2.2), 16, x(3.8) - x(2.2), 134, fill=palette.WASH),
            *(svg.circle(x(w), y(s), 4, fill=palette.BLUE) for w, s in scores),
            svg.line(40, 150, 560, 150),
            *(svg.text(x(w), 170, f"week {w}", svg.SMALL, "middle") for w in range(7)),
        ),
    ).render()


def _table() -> values.Table:
    row, cell = values.Row, values.Cell
    return values.Table(
        "Patients of this week",
        [
            values.Column("Patient", sort_url="?sort=name", sorted="asc"),
            values.Column("Next"),
            values.Column("State"),
            values.Column("PHQ-9", numeric=True, sort_url="?sort=phq"),
        ],
        [
            row(
                [
                    cell("Ada Lindqvist", url="#", quiet="EU-7Q4"),
                    "Mon 30 Nov, 09:00",
                    cell("in treatment", chip="accent"),
                    "14",
                ]
            ),
            row(
                [
                    cell("Bo Marsh", url="#", quiet="EU-1F9"),
                    "Mon 30 Nov, 09:40",
                    cell("safety task", chip="stop"),
                    "22",
                ],
                "stop",
            ),
            row(
                [
                    cell("Chidi Okafor", url="#", quiet="EU-5K2"),
                    "not booked",
                    cell("missed two", chip="caution"),
                    "not known",
                ],
                "caution",
            ),
            row(
                [
                    cell("Dana Petrov", url="#", quiet="EU-8M3"),
                    "Tue 1 Dec, 08:20",
                    cell("responding", chip="good"),
                    "7",
                ]
            ),
        ],
    )


def context() -> dict[str, object]:
    """Everything the guide shows."""
    nav = values.NavItem
    blank = GuideForm()
    wrong = GuideForm(data={"name": "Ada", "intensity": "140", "mood": "9"})
    return {
        "site_name": "Northside TMS",
        "navigation": [
            nav("Today", "#today"),
            nav("Patients", "#patients", current=True),
            nav("Calendar", "#calendar"),
            nav("Follow-up", "#follow", count=3),
            nav("Safety", "#safety", count=1, urgent=True),
            nav("Registry", "#registry"),
            nav("Office", "#office"),
        ],
        "patient_header": values.PatientHeader(
            name="Ada Lindqvist",
            url="#",
            pseudonym="EU-7Q4",
            birth_year=1983,
            facts=[("Session", "12 of 36"), ("rMT", "58 % MSO"), ("Coil", "Figure-8, chair 2")],
            open_tasks=1,
            tasks_url="#",
            synthetic=True,
            tabs=[
                nav("Overview", "#o", current=True),
                nav("Intake", "#i"),
                nav("Suitability", "#s"),
                nav("Head and plan", "#h"),
                nav("Sessions", "#t"),
                nav("Outcomes", "#u", count=2),
                nav("Record", "#r"),
            ],
        ),
        "crumbs": [nav("Patients", "#p"), nav("Ada Lindqvist", "#a")],
        "blank": blank,
        "wrong": wrong,
        "findings": _findings(),
        "picture": _picture(),
        "table": _table(),
        "empty_table": values.Table("None", [], [], empty="No referral waits"),
        "page": Paginator(range(1, 240), 25).page(4),
        "tiles": [
            values.Tile("Sessions today", "14", detail="3 still to come", url="#"),
            values.Tile("Responded", "52", "%", "49 to 55 %, 312 patients"),
            values.Tile("Open safety tasks", "1", detail="oldest 2 h", tone="stop"),
            values.Tile("Motor threshold", "58", "% MSO", "54 to 62, measured 24 Nov", tone="good"),
        ],
        "events": [
            values.Event(
                datetime(2026, 11, 27, 14, 5, tzinfo=UTC),
                "Session 12 delivered",
                "3,000 of 3,000 pulses at 120 % of rMT.",
                "Jo Park, operator",
                "#",
                "good",
            ),
            values.Event(
                datetime(2026, 11, 27, 8, 30, tzinfo=UTC),
                "PHQ-9 filled in by the patient",
                "Item 9 answered above zero: a safety task opened.",
                "Patient",
                "#",
                "stop",
            ),
            values.Event(date(2026, 11, 26), "Session missed", "Snow.", "", "", "caution"),
            values.Event(date(2026, 11, 3), "Plan signed", "", "Dr Mira Holm, psychiatrist"),
        ],
        "steps": [
            values.Step("Referral", "done"),
            values.Step("Suitability", "done"),
            values.Step("Plan", "done", "signed 3 Nov"),
            values.Step("Treatment", "current", "12 of 36", "#"),
            values.Step("Follow-up", "todo"),
        ],
        "swatches": ["accent", "good", "note", "caution", "acknowledge", "stop"],
        "chips": [
            "",
            "good",
            "accent",
            "note",
            "caution",
            "acknowledge",
            "stop",
            "outline",
            "solid",
        ],
        "icons": _ICONS.split(),
        "tags": list(Tag),
        "now": datetime(2026, 11, 28, 14, 5, tzinfo=UTC),
        "pairs": [
            ("Diagnosis", "Major depressive disorder, recurrent"),
            ("Episode", "since Mar 2025"),
            ("Stage (Maudsley)", "9 of 15, moderate"),
            ("Handedness", None),
        ],
    }


@needs(Action.ADMINISTER)
def guide(request: ClinicRequest) -> HttpResponse:
    """The style guide, for whoever looks after the clinic."""
    return render(request, "ui/guide.html", context())
