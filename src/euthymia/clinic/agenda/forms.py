"""Forms of the calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from euthymia.chart.appointment_facts import AppointmentReason
from euthymia.clinic import clock
from euthymia.clinic.agenda.services import Wish
from euthymia.clinic.records.entry_forms import EntryForm
from euthymia.clinic.ui.forms import TimeInput, day_field, offer, text_field
from euthymia.plan.course.hours import WEEKDAY_TITLES, WEEKDAYS, Availability, Busy, WeekHours
from euthymia.plan.course.site import zone_of


class SetForm(EntryForm):
    """Where and from when the course is set on the calendar."""

    first_day = day_field(_("First day"))
    preferred = forms.TimeField(
        label=_("Preferred time"),
        required=False,
        widget=TimeInput,
        help_text=_("Sessions begin as near to it as there is room."),
    )
    chair = forms.ChoiceField(label=_("Chair"))
    days_per_week = forms.IntegerField(
        label=_("Days a week"),
        required=False,
        min_value=1,
        max_value=7,
        help_text=_("Only where the publication leaves it open."),
    )
    sessions_per_day = forms.IntegerField(
        label=_("Sessions a day"),
        required=False,
        min_value=1,
        max_value=12,
        help_text=_("Only where the publication leaves it open."),
    )
    min_gap_min = forms.IntegerField(
        label=_("Minutes between two sessions of a day"),
        required=False,
        min_value=0,
        max_value=600,
        help_text=_("Only where the publication leaves it open."),
    )
    keep_extension = forms.BooleanField(
        label=_("Keep places for sessions that depend on a condition"), required=False, initial=True
    )

    def __init__(self, *args: Any, chairs: tuple[str, ...], **named: Any) -> None:
        super().__init__(*args, **named)
        offer(self, "chair", ((name, name) for name in chairs))

    @property
    def wish(self) -> Wish:
        """What was asked for."""
        known = self.cleaned_data
        return Wish(
            first_day=known["first_day"],
            chair=known["chair"],
            preferred=known["preferred"],
            days_per_week=known["days_per_week"],
            sessions_per_day=known["sessions_per_day"],
            min_gap_min=known["min_gap_min"],
            extension=known["keep_extension"],
        )


REASONS = [
    (AppointmentReason.PATIENT.value, _("the patient could not come")),
    (AppointmentReason.CLINIC.value, _("the clinic could not treat")),
    (AppointmentReason.DEVICE.value, _("the stimulator or coil failed")),
    (AppointmentReason.HOLIDAY.value, _("holiday")),
    (AppointmentReason.OTHER.value, _("other")),
]


class MissForm(EntryForm):
    """Why an appointment is not kept."""

    reason = forms.ChoiceField(label=_("Why"), choices=REASONS, widget=forms.RadioSelect)
    note = text_field(_("Note"), required=False, max_length=500)

    @property
    def why(self) -> AppointmentReason:
        return AppointmentReason(self.cleaned_data["reason"])


class MoveForm(MissForm):
    """Where one appointment goes."""

    day = day_field(_("Day"))
    time = forms.TimeField(label=_("Time"), widget=TimeInput)
    chair = forms.ChoiceField(label=_("Chair"))

    field_order = ("day", "time", "chair", "reason", "note")

    def __init__(self, *args: Any, chairs: tuple[str, ...], time_zone: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self._zone = zone_of(time_zone)
        offer(self, "chair", ((name, name) for name in chairs))

    def clean(self) -> dict[str, Any]:
        """Refuse a time that has passed."""
        known = super().clean() or {}
        if "day" in known and "time" in known and self.start < clock.now():
            self.add_error("time", _("This time has passed."))
        return known

    @property
    def start(self) -> datetime:
        """The new time in the site's zone."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], self._zone)


class HoursForm(EntryForm):
    """When the patient can come: hours of each weekday, and dates that are taken."""

    def __init__(self, *args: Any, known: Availability | None, **named: Any) -> None:
        super().__init__(*args, **named)
        usual = known or Availability(WeekHours.on(WEEKDAYS[:5], "08:00-18:00"))
        for short, title, hours in zip(WEEKDAYS, WEEKDAY_TITLES, usual.hours.days, strict=True):
            self.fields[short] = forms.CharField(
                label=_(title),
                required=False,
                initial=", ".join(each.text for each in hours),
                help_text=_("Such as 08:00-12:00, 14:00-17:00; empty means never.")
                if short == "mon"
                else "",
            )
        self.fields["busy"] = text_field(
            _("Dates that are taken"),
            rows=3,
            required=False,
            initial="\n".join(_busy_text(each) for each in usual.busy),
            help_text=_("One a line: 2026-12-24 to 2026-12-27 family."),
        )

    def clean(self) -> dict[str, Any]:
        """Read the hours; each mistake stands at its own day."""
        known = super().clean() or {}
        days: dict[str, list[str]] = {}
        for short in WEEKDAYS:
            texts = [part.strip() for part in known.get(short, "").split(",") if part.strip()]
            try:
                WeekHours.of({short: texts})
                days[short] = texts
            except ValueError as problem:
                self.add_error(short, str(problem))
        busy = []
        for line in known.get("busy", "").splitlines():
            if line.strip():
                try:
                    busy.append(_busy_of(line.strip()))
                except ValueError as problem:
                    self.add_error("busy", str(problem))
        if not self.errors:
            known["availability"] = Availability(WeekHours.of(days), tuple(busy))
        return known


def _busy_text(each: Busy) -> str:
    return f"{each.first} to {each.last} {each.reason}".strip()


def _busy_of(line: str) -> Busy:
    first, _to, rest = line.partition(" to ")
    try:
        if not _to:
            first, _space, reason = line.partition(" ")
            day = datetime.strptime(first, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
            return Busy(day, day, reason.strip())
        last, _space, reason = rest.strip().partition(" ")
        return Busy(
            datetime.strptime(first.strip(), "%Y-%m-%d").date(),  # noqa: DTZ007
            datetime.strptime(last, "%Y-%m-%d").date(),  # noqa: DTZ007
            reason.strip(),
        )
    except ValueError as problem:
        if "busy dates" in str(problem):
            raise
        raise ValueError(
            f"“{line}” is not understood; write 2026-12-24, or 2026-12-24 to 2026-12-27"
        ) from None
