"""The forms at the chair: what is asked before a session, and what is noted after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from euthymia.assess.scales.scale_rules import Scale
from euthymia.chart.prescription_facts import PrescriptionWritten
from euthymia.clinic.chair.devices import SIMULATED
from euthymia.clinic.chair.gate import Order
from euthymia.clinic.chair.readiness import SIGNABLE
from euthymia.clinic.records.entry_forms import EntryForm
from euthymia.clinic.ui import names
from euthymia.clinic.ui.forms import OutputsField, offer, password_field, text_field
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.plan.protocol.catalogue import catalogue, entry
from euthymia.plan.protocol.schema import from_json, to_json
from euthymia.treat.session.operator import DayQuestion
from euthymia.treat.session.plan import EARS, IDENTITY, PLACED

UNKNOWN = "unknown"
_ANSWERS = (
    ("no", gettext_lazy("No")),
    ("yes", gettext_lazy("Yes")),
    (UNKNOWN, gettext_lazy("Not known")),
)
_ARM = gettext_lazy("The real stimulator may be armed: it can give pulses from here on")


class PrepareForm(forms.Form):
    """Everything that is confirmed and asked before the engine begins."""

    identity = forms.BooleanField(label=IDENTITY, required=False)
    ears = forms.BooleanField(label=EARS, required=False)
    placed = forms.BooleanField(label=PLACED, required=False)
    chair = text_field(gettext_lazy("Chair"), max_length=60)
    device = forms.ChoiceField(label=gettext_lazy("Stimulator"))

    def __init__(
        self,
        *args: Any,
        questions: Sequence[DayQuestion],
        devices: Iterable[str],
        chairs: Iterable[str] = (),
        hurried: bool = False,
        navigated: bool = False,
        **named: Any,
    ) -> None:
        """`hurried`, `navigated`: whether these can be chosen at all."""
        super().__init__(*args, **named)
        self.questions = tuple(questions)
        self.chairs = tuple(chairs)
        self.acknowledge: tuple[Finding, ...] = ()
        real = tuple(devices)
        simulated = (SIMULATED, _("Simulated: nothing is given"))
        offer(self, "device", [simulated, *((each, each) for each in real)])
        self.fields["chair"].widget.attrs["list"] = "chairs"
        for question in self.questions:
            self.fields[f"q_{question.id}"] = _field_of(question)
        if real:
            self.fields["armed"] = forms.BooleanField(label=_ARM, required=False)
        if hurried:
            self.fields["hurried"] = forms.BooleanField(
                label=_("Hurried: twenty times as fast, for synthetic patients"), required=False
            )
        if navigated:
            self.fields["navigated"] = forms.BooleanField(
                label=_("Watch the coil with simulated navigation"), required=False
            )

    def ask_acknowledgement(self, findings: Iterable[Finding]) -> None:
        """Add what a physician has to be asked about; call before the form is shown or checked."""
        self.acknowledge = tuple(
            finding
            for finding in findings
            if finding.severity is Severity.ACKNOWLEDGE and finding.code not in SIGNABLE
        )
        if not self.acknowledge:
            return
        self.fields["physician"] = text_field(_("Which physician was asked?"), max_length=120)
        for finding in self.acknowledge:
            self.fields[_name(finding)] = forms.BooleanField(
                label=_("Asked, and the session goes ahead: %(what)s") % {"what": finding.message},
            )

    @property
    def day_fields(self) -> list[forms.BoundField]:
        """The questions of the day."""
        return [self[f"q_{question.id}"] for question in self.questions]

    @property
    def acknowledge_fields(self) -> list[forms.BoundField]:
        """What a physician was asked about; empty if nothing has to be."""
        if not self.acknowledge:
            return []
        return [self["physician"], *(self[_name(finding)] for finding in self.acknowledge)]

    def answers(self) -> dict[str, str]:
        """The answers of the day so far, as the rules take them; unanswered is not in it."""
        found = {}
        for question in self.questions:
            value = self.cleaned_data.get(f"q_{question.id}")
            if question.number:
                found[question.id] = UNKNOWN if value is None else f"{value:g}"
            elif value:
                found[question.id] = value
        return found

    def require_all(self) -> bool:
        """Whether the session may be begun with what is given; adds what is missing as errors."""
        for name in ("identity", "ears", "placed"):
            if not self.cleaned_data.get(name):
                self.add_error(name, _("Confirm this first."))
        for question in self.questions:
            if not question.number and not self.cleaned_data.get(f"q_{question.id}"):
                self.add_error(f"q_{question.id}", _("Ask this, and choose an answer."))
        return not self.errors

    def order(self) -> Order:
        """What the operator chose and confirmed."""
        data = self.cleaned_data
        return Order(
            chair=data["chair"].strip(),
            device=data["device"],
            answers=self.answers(),
            identity=data["identity"],
            ears=data["ears"],
            placed=data["placed"],
            hurried=data.get("hurried", False),
            navigated=data.get("navigated", False),
            armed_by_hand=data.get("armed", False),
            physician=data.get("physician", ""),
            acknowledged=frozenset(
                finding.code for finding in self.acknowledge if data.get(_name(finding))
            ),
        )


def _name(finding: Finding) -> str:
    return f"ack_{finding.code.replace('.', '-')}"


def _field_of(question: DayQuestion) -> forms.Field:
    if question.number:
        return forms.FloatField(
            label=question.text,
            min_value=0,
            max_value=24,
            required=False,
            widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.5"}),
        )
    return forms.ChoiceField(
        label=question.text, choices=_ANSWERS, widget=forms.RadioSelect, required=False
    )


class DeviationForm(EntryForm):
    """What is given in this one session instead of what is prescribed, and why."""

    protocol = forms.ChoiceField(label=gettext_lazy("Protocol"))
    outputs = OutputsField(
        label=gettext_lazy("Output in % MSO"),
        help_text=gettext_lazy("One for each block of the protocol, parted by commas."),
    )
    reason = text_field(gettext_lazy("Why?"), rows=3, min_length=10, max_length=1000)
    allows = forms.MultipleChoiceField(
        label=gettext_lazy("What is against it, and is allowed for today"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    password = password_field(gettext_lazy("Your password, as a signature"))

    def __init__(
        self,
        *args: Any,
        prescribed: PrescriptionWritten | None,
        against: Iterable[Finding],
        **named: Any,
    ) -> None:
        super().__init__(*args, **named)
        self._prescribed = prescribed
        known = [(each.id, names.protocol(each.id)) for each in catalogue() if each.buildable]
        if prescribed is not None:
            known = [
                (
                    prescribed.protocol,
                    _("%(name)s, as prescribed") % {"name": names.protocol(prescribed.protocol)},
                ),
                *(each for each in known if each[0] != prescribed.protocol),
            ]
            self.fields["outputs"].initial = OutputsField.text(prescribed.outputs_pct_mso)
        offer(self, "protocol", known)
        listed = [(each.code, f"{each.message} ({each.found})") for each in against]
        offer(self, "allows", listed)
        if not listed:
            del self.fields["allows"]

    def protocol_json(self) -> str:
        """The chosen protocol, whole."""
        name = self.cleaned_data["protocol"]
        if self._prescribed is not None and name == self._prescribed.protocol:
            return self._prescribed.protocol_json
        return to_json(entry(name).build())

    def clean(self) -> dict[str, Any]:
        """One output for each block."""
        data = super().clean() or {}
        if "protocol" in data and "outputs" in data:
            try:
                blocks = len(from_json(self.protocol_json(), data["protocol"]).blocks)
            except InputError as error:
                self.add_error("protocol", str(error))
            else:
                if len(data["outputs"]) != blocks:
                    self.add_error(
                        "outputs",
                        ngettext(
                            "The protocol has %(n)d block: give one output.",
                            "The protocol has %(n)d blocks: give one output for each.",
                            blocks,
                        )
                        % {"n": blocks},
                    )
        return data


class RemarkForm(EntryForm):
    """A remark on a session."""

    text = text_field(gettext_lazy("Remark"), rows=3, max_length=2000)


EVENTS = (
    ("headache", gettext_lazy("Headache")),
    ("pain or discomfort at the site", gettext_lazy("Pain or discomfort at the site")),
    ("jaw or face twitching", gettext_lazy("Jaw or face twitching")),
    ("neck pain", gettext_lazy("Neck pain")),
    ("dizziness", gettext_lazy("Dizziness")),
    ("fainting or near-fainting", gettext_lazy("Fainting or near-fainting")),
    ("ringing in the ears or hearing loss", gettext_lazy("Ringing in the ears or hearing loss")),
    ("tiredness", gettext_lazy("Tiredness")),
    ("seizure", gettext_lazy("Seizure")),
    ("elated or irritable mood", gettext_lazy("Elated or irritable mood")),
    ("other", gettext_lazy("Something else")),
)
"""What is asked about after a session, so that nobody has to spell it."""


class AdverseForm(EntryForm):
    """Something untoward in or after a session."""

    event = forms.ChoiceField(
        label=gettext_lazy("What happened?"), choices=EVENTS, widget=forms.RadioSelect
    )
    other = text_field(
        gettext_lazy("What was it, if something else?"), max_length=120, required=False
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("How bad?"),
        choices=(
            ("mild", gettext_lazy("Mild")),
            ("moderate", gettext_lazy("Moderate")),
            ("severe", gettext_lazy("Severe")),
        ),
        widget=forms.RadioSelect,
    )
    related = forms.ChoiceField(
        label=gettext_lazy("Does it come from the treatment?"),
        choices=(
            ("unknown", gettext_lazy("Not known")),
            ("unrelated", gettext_lazy("Unrelated")),
            ("possible", gettext_lazy("Possibly")),
            ("probable", gettext_lazy("Probably")),
            ("definite", gettext_lazy("Definitely")),
        ),
    )
    serious = forms.BooleanField(
        label=gettext_lazy(
            "Serious: danger to life, hospital, lasting harm, or otherwise medically important"
        ),
        required=False,
    )
    action = text_field(gettext_lazy("What was done?"), max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        """Something else has to be named."""
        data = super().clean() or {}
        if data.get("event") == "other" and not data.get("other", "").strip():
            self.add_error("other", _("Say what it was."))
        return data

    @property
    def name(self) -> str:
        """The event in words."""
        event: str = self.cleaned_data["event"]
        other: str = self.cleaned_data["other"]
        return other.strip() if event == "other" else event


class CloseForm(forms.Form):
    """Why a session that broke off is closed."""

    reason = text_field(gettext_lazy("Why is it closed?"), min_length=5, max_length=500)


class CheckInForm(EntryForm):
    """How the patient is today, in the patient's own numbers."""

    def __init__(self, *args: Any, scale: Scale, **named: Any) -> None:
        super().__init__(*args, **named)
        self._scale = scale
        for number, (words, most) in enumerate(
            zip(scale.items, scale.item_max, strict=True), start=1
        ):
            self.fields[f"item_{number}"] = forms.TypedChoiceField(
                label=words,
                choices=[(str(value), str(value)) for value in range(int(most) + 1)],
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        """At least one answer."""
        data = super().clean() or {}
        if all(data.get(f"item_{n}") is None for n in range(1, len(self._scale.items) + 1)):
            raise forms.ValidationError(_("Answer at least one question."))
        return data

    def items(self) -> tuple[int | None, ...]:
        """The answers in the scale's order, None where nothing was answered."""
        return tuple(self.cleaned_data[f"item_{n}"] for n in range(1, len(self._scale.items) + 1))
