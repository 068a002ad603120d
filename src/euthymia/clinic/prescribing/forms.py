"""Forms of plans, prescriptions and signatures."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from euthymia.chart.course_facts import PlanRequested, SignatureMeaning
from euthymia.chart.prescription_facts import PrescriptionWritten
from euthymia.clinic import clock
from euthymia.clinic.records.entry_forms import EntryForm
from euthymia.clinic.ui import names
from euthymia.clinic.ui.forms import OutputsField, day_field, offer, password_field, text_field
from euthymia.plan.protocol.catalogue import catalogue
from euthymia.plan.protocol.courses import courses
from euthymia.plan.target.catalogue import targets

Choices = list[tuple[Any, Any]]


def protocol_choices() -> Choices:
    """Protocols that can be built, cleared ones first."""
    cleared: Choices = []
    others: Choices = []
    for each in catalogue():
        if each.blocks:
            group = cleared if each.cleared else others
            group.append((each.id, f"{each.id}: {each.title}"))
    return [(_("Cleared"), cleared), (_("Not cleared for depression here"), others)]


class RequestForm(EntryForm):
    """What is to be planned."""

    protocol = forms.ChoiceField(label=_("Protocol"))
    target = forms.ChoiceField(label=_("Target"))
    stimulator = forms.ChoiceField(label=_("Stimulator"))
    coil = forms.ChoiceField(label=_("Coil"))
    start_on = day_field(_("First possible day"))
    course = forms.ChoiceField(
        label=_("Course"),
        required=False,
        help_text=_("The one the protocol is published with, unless you choose another."),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        offer(self, "protocol", protocol_choices())
        offer(self, "target", [(k, each.title) for k, each in targets().coordinates.items()])
        offer(self, "stimulator", names.stimulator_choices())
        offer(self, "coil", names.coil_choices())
        offer(self, "course", [("", _("as published")), *((c.id, c.title) for c in courses())])

    def clean_start_on(self) -> date:
        """A course begins today or later."""
        start_on: date = self.cleaned_data["start_on"]
        if start_on < clock.today():
            raise forms.ValidationError(_("This day has passed: the course begins later."))
        return start_on

    @property
    def fact(self) -> PlanRequested:
        """What was asked for."""
        known = self.cleaned_data
        return PlanRequested(
            protocol=known["protocol"],
            target=known["target"],
            stimulator=known["stimulator"],
            coil=known["coil"],
            start_on=known["start_on"],
            course=known["course"] or None,
        )


MEANINGS = [
    (SignatureMeaning.APPROVED.value, _("I approve it.")),
    (SignatureMeaning.REVIEWED.value, _("I have read it; it is not yet decided.")),
    (SignatureMeaning.REJECTED.value, _("I reject it.")),
]


class SignForm(EntryForm):
    """A signature: what it means, and the proof that it is this person's."""

    meaning = forms.ChoiceField(
        label=_("What your signature means"), choices=MEANINGS, widget=forms.RadioSelect
    )
    read = forms.BooleanField(
        label=_("I have read every finding that needs an acknowledgement."), required=False
    )
    password = password_field(
        help_text=_("Your name, this moment and the hash of what you sign are recorded."),
    )

    def __init__(self, *args: Any, to_acknowledge: int = 0, **named: Any) -> None:
        super().__init__(*args, **named)
        self._to_acknowledge = to_acknowledge
        if not to_acknowledge:
            del self.fields["read"]

    def clean(self) -> dict[str, Any]:
        """An approval needs the acknowledgement of what asks for one."""
        known = super().clean() or {}
        approves = known.get("meaning") == SignatureMeaning.APPROVED.value
        if self._to_acknowledge and approves and not known.get("read"):
            self.add_error("read", _("To approve it you must have read them."))
        return known

    @property
    def means(self) -> SignatureMeaning:
        return SignatureMeaning(self.cleaned_data["meaning"])


class PrescriptionForm(EntryForm):
    """A prescription, filled from the plan; what is changed against the plan is shown."""

    outputs = OutputsField(
        label=_("Output of each block, in % MSO"),
        help_text=_("One number a block, such as 62 or 62, 58."),
    )
    sessions = forms.IntegerField(label=_("Number of sessions"), min_value=1, max_value=200)
    sessions_per_day = forms.IntegerField(label=_("Sessions a day"), min_value=1, max_value=12)
    placement_text = text_field(_("Where the coil goes"), max_length=400)
    ramp = forms.BooleanField(
        label=_("Begin with less output in the first sessions, by the rule for it"), required=False
    )
    note = text_field(_("Note"), rows=3, required=False, max_length=2000)

    @classmethod
    def initial_of(cls, draft: PrescriptionWritten) -> dict[str, Any]:
        """The draft's values as the form shows them."""
        return {
            "outputs": OutputsField.text(draft.outputs_pct_mso),
            "sessions": draft.sessions,
            "sessions_per_day": draft.sessions_per_day,
            "placement_text": draft.placement_text,
            "ramp": draft.ramp,
            "note": draft.note,
        }

    def fact(
        self, draft: PrescriptionWritten, on: date, placement: str | None
    ) -> PrescriptionWritten:
        """The draft with what was typed in its place."""
        known = self.cleaned_data
        changed = known["outputs"] != draft.outputs_pct_mso
        return draft.model_copy(
            update={
                "written_on": on,
                "outputs_pct_mso": known["outputs"],
                # The percentage was worked out for the plan's own output.
                "output_pct_rmt": None if changed else draft.output_pct_rmt,
                "sessions": known["sessions"],
                "sessions_per_day": known["sessions_per_day"],
                "placement_text": known["placement_text"],
                "placement": placement,
                "ramp": known["ramp"],
                "note": known["note"],
            }
        )
