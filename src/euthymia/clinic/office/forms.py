"""The forms of administration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role, Site, User
from euthymia.clinic.accounts.services import STAFF_ROLES
from euthymia.clinic.office.models import Calibration, Chair, Coil, Device
from euthymia.clinic.ui import names
from euthymia.clinic.ui.forms import DayInput, TimeInput, text_field

REMIND_HOURS = range(2, 7 * 24 + 1)
"""So long before an appointment a reminder may go out: in time to call, and not forgotten again."""


class SiteForm(forms.ModelForm[Site]):
    """A place of the clinic."""

    class Meta:
        model = Site
        fields = (
            "name",
            "time_zone",
            "country",
            "subdivision",
            "phone",
            "address",
            "opens",
            "closes",
            "remind_hours",
        )
        labels: ClassVar = {
            "name": gettext_lazy("Name"),
            "time_zone": gettext_lazy("Time zone"),
            "country": gettext_lazy("Country"),
            "subdivision": gettext_lazy("State or province"),
            "phone": gettext_lazy("Telephone for patients"),
            "address": gettext_lazy("Address"),
            "opens": gettext_lazy("Opens"),
            "closes": gettext_lazy("Closes"),
            "remind_hours": gettext_lazy("Hours between a reminder by e-mail and the appointment"),
        }
        help_texts: ClassVar = {
            "time_zone": gettext_lazy("An IANA name such as America/Chicago."),
            "country": gettext_lazy("Two letters (ISO 3166); public holidays follow it."),
            "subdivision": gettext_lazy("Its code, where holidays differ within the country."),
            "phone": gettext_lazy("Shown to patients beside the crisis lines, and in reminders."),
            "remind_hours": gettext_lazy("24 is the day before; from 2 to 168."),
        }
        widgets: ClassVar = {
            "opens": TimeInput(),
            "closes": TimeInput(),
        }

    def clean_remind_hours(self) -> int:
        hours: int = self.cleaned_data["remind_hours"]
        if hours not in REMIND_HOURS:
            raise ValidationError(_("Give 2 to 168 hours."))
        return hours

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        if name not in available_timezones():
            raise ValidationError(_("There is no such time zone."))
        return name

    def clean_country(self) -> str:
        code: str = self.cleaned_data["country"].upper()
        if code and not (len(code) == 2 and code.isalpha()):
            raise ValidationError(_("Give two letters, such as US."))
        return code

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        opens, closes = given.get("opens"), given.get("closes")
        if opens and closes and closes <= opens:
            self.add_error("closes", _("It must close after it opens."))
        return given


class RolesField(forms.MultipleChoiceField):
    """Which roles at one site."""

    def __init__(self, site: Site) -> None:
        super().__init__(
            label=_("Roles at %(site)s") % {"site": site.name},
            choices=[(role.value, role.label) for role in STAFF_ROLES],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )


class RolesForm(forms.Form):
    """The roles of a user at each of the sites that one administers."""

    def __init__(self, *args: Any, sites: Iterable[Site], **named: Any) -> None:
        super().__init__(*args, **named)
        self._sites = list(sites)
        for site in self._sites:
            self.fields[f"site_{site.pk}"] = RolesField(site)

    def roles(self) -> list[tuple[Site, Role]]:
        """The chosen pairs."""
        return [
            (site, Role(role))
            for site in self._sites
            for role in self.cleaned_data[f"site_{site.pk}"]
        ]


class NewUserForm(RolesForm):
    """A new named user."""

    field_order = ("username", "display_name")
    username = forms.CharField(
        label=gettext_lazy("Name to log in with"),
        max_length=60,
        help_text=gettext_lazy("Small letters and digits, such as jpark."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    display_name = forms.CharField(
        label=gettext_lazy("Name as it stands in charts"),
        max_length=120,
        help_text=gettext_lazy("Such as Dr Ada Meyer. One account for each person."),
    )

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"].strip().lower()
        if User.objects.filter(username=name).exists():
            raise ValidationError(_("Somebody has that name."))
        return name

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not any(value for name, value in given.items() if name.startswith("site_")):
            raise ValidationError(_("Give at least one role."))
        return given


class _EquipmentForm(forms.ModelForm[Any]):
    def __init__(self, *args: Any, sites: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        site = self.fields["site"]
        assert isinstance(site, forms.ModelChoiceField)
        site.queryset = sites
        site.label = _("Site")
        site.empty_label = _("choose")
        if len(sites) == 1 and not self.instance.pk:
            site.initial = sites[0]


class DeviceForm(_EquipmentForm):
    """A stimulator; its model is one of the catalogue, so that its limits are known."""

    class Meta:
        model = Device
        fields = ("site", "name", "model", "serial_number", "in_use", "note")
        help_texts: ClassVar = {
            "name": gettext_lazy("As it is written on the device, such as Stimulator 2."),
        }

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["model"] = forms.ChoiceField(
            label=_("Model"), choices=names.stimulator_choices()
        )


class CoilForm(_EquipmentForm):
    """A coil; its model is one of the catalogue, so that its field is known."""

    class Meta:
        model = Coil
        fields = ("site", "name", "model", "serial_number", "in_use", "note")

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["model"] = forms.ChoiceField(label=_("Model"), choices=names.coil_choices())


class ChairForm(_EquipmentForm):
    """A chair with its stimulator and coils, all of one site."""

    class Meta:
        model = Chair
        fields = ("site", "name", "device", "coils", "in_use")
        widgets: ClassVar = {"coils": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        sites = named["sites"]
        for name, model in (("device", Device), ("coils", Coil)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.empty_label = _("none")
            field.queryset = model.objects.filter(site__in=sites, in_use=True).order_by("name")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        site, device = given.get("site"), given.get("device")
        if site and device and device.site_id != site.pk:
            self.add_error("device", _("That stimulator is at another site."))
        if site and any(coil.site_id != site.pk for coil in given.get("coils", ())):
            self.add_error("coils", _("One of these coils is at another site."))
        return given


class CalibrationForm(forms.ModelForm[Calibration]):
    """That something was checked."""

    class Meta:
        model = Calibration
        fields = ("on", "checked_by", "passed", "note", "next_due")
        widgets: ClassVar = {
            "on": DayInput(),
            "next_due": DayInput(),
        }
        help_texts: ClassVar = {
            "passed": gettext_lazy("If not, it counts as due until it passes."),
            "next_due": gettext_lazy("As the maker or your safety rules ask."),
        }

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        on, due = given.get("on"), given.get("next_due")
        if on and on > clock.today():
            self.add_error("on", _("This day is still to come."))
        if on and due and due <= on:
            self.add_error("next_due", _("It must lie after the day of the check."))
        return given


class ReviewForm(forms.Form):
    """What came of looking at an emergency access."""

    note = text_field(
        gettext_lazy("What you found"),
        rows=3,
        max_length=1000,
        help_text=gettext_lazy("Was the reason sound, and was only what it needed opened?"),
    )


class ErasureForm(forms.Form):
    """The code typed again, the reason, and whether the files go, too."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=10,
        max_length=200,
        help_text=gettext_lazy("Such as: request of the patient of 3 Nov 2026. No names."),
    )
    with_files = forms.BooleanField(
        label=gettext_lazy("Remove the patient's files and head models, too"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Letters carry the name, and an MR image shows the face."),
    )
    typed = forms.CharField(label=gettext_lazy("Type the patient's code to confirm"))

    def __init__(self, *args: Any, code: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self._code = code

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if typed != self._code:
            raise ValidationError(_("This is not the code above."))
        return typed
