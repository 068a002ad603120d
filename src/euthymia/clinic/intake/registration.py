"""A new patient: who it is, what the chart begins with, the referral, and a look for doubles."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import MAXYEAR, date
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from euthymia.chart.intake_facts import ReferralReceived
from euthymia.chart.patient_facts import (
    OLDEST_BIRTH_YEAR,
    Diagnosis,
    Handedness,
    PatientRegistered,
    Sex,
)
from euthymia.clinic.accounts.models import Site
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.intake import diagnoses
from euthymia.clinic.intake.referral import ReferralFields
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import EntryForm, part_id
from euthymia.clinic.records.models import Identity, Patient
from euthymia.clinic.records.services import next_pseudonym, record, register
from euthymia.clinic.ui.forms import (
    attempt,
    day_field,
    form_page,
    offer,
    posted,
    refuse,
    text_field,
    today,
)
from euthymia.core.errors import InputError

_LOOK_INTO = 5
"""So many charts are opened to compare the day of birth."""


class RegistrationForm(ReferralFields, EntryForm):
    """Identity, registered facts and, if there is one, the referral of a new patient."""

    site = forms.ModelChoiceField(Site.objects.none(), label=lazy("Site"), empty_label=None)
    family_name = text_field(lazy("Family name"), max_length=120, attrs={"autocomplete": "off"})
    given_name = text_field(
        lazy("Given name"), required=False, max_length=120, attrs={"autocomplete": "off"}
    )
    record_number = text_field(lazy("Record number"), required=False, max_length=60)
    phone = text_field(
        lazy("Phone"), required=False, max_length=40, attrs={"type": "tel", "autocomplete": "off"}
    )
    email = forms.EmailField(label=lazy("Email"), required=False)
    address = text_field(lazy("Address"), required=False)
    emergency_contact = text_field(
        lazy("Whom to call in an emergency"),
        required=False,
        help_text=lazy("Name, relation and phone number."),
    )
    birth_date = day_field(lazy("Date of birth"), required=False)
    birth_year = forms.IntegerField(
        label=lazy("Year of birth"),
        required=False,
        min_value=OLDEST_BIRTH_YEAR,
        max_value=MAXYEAR,
        help_text=lazy("Only if the date is not known."),
    )
    sex = forms.ChoiceField(
        label=lazy("Sex"),
        choices=[(each.value, each.value) for each in Sex],
        initial=Sex.UNKNOWN.value,
    )
    handedness = forms.ChoiceField(
        label=lazy("Preferred hand"),
        choices=[(each.value, each.value) for each in Handedness],
        initial=Handedness.UNKNOWN.value,
    )
    diagnosis = forms.ChoiceField(label=lazy("Diagnosis"), required=False)
    other_code = text_field(
        lazy("Another code"),
        required=False,
        max_length=20,
        help_text=lazy("If the list does not have the diagnosis."),
    )
    other_label = text_field(lazy("What the other code stands for"), required=False)
    another_person = forms.BooleanField(
        label=lazy("I have checked: this is another person"), required=False
    )

    def __init__(self, *args: Any, sites: list[Site], **named: Any) -> None:
        super().__init__(*args, **named)
        self.system = diagnoses.system_of(sites[0].country)
        site = cast(forms.ModelChoiceField, self.fields["site"])  # type: ignore[type-arg]
        site.queryset = Site.objects.filter(pk__in=[each.pk for each in sites])
        site.initial = sites[0].pk
        if len(sites) == 1:
            site.widget = forms.HiddenInput()
        for name in ("referred_by", "question", "received_on"):
            self.fields[name].required = False
        offer(self, "diagnosis", [("", _("not known yet")), *diagnoses.choices(self.system)])
        self.fields["diagnosis"].help_text = _("By %(system)s.") % {"system": self.system}

    def clean(self) -> dict[str, Any]:
        """A birth by date or year, one diagnosis, and a referral that is whole or not there."""
        found = super().clean() or {}
        if not (found.get("birth_date") or found.get("birth_year")) and not (
            {"birth_date", "birth_year"} & set(self.errors)
        ):
            self.add_error("birth_date", _("Give the date of birth, or at least the year."))
        if found.get("other_code") and found.get("diagnosis"):
            self.add_error("other_code", _("Choose from the list or type a code, not both."))
        if bool(found.get("other_code")) != bool(found.get("other_label")):
            name = "other_label" if found.get("other_code") else "other_code"
            self.add_error(name, _("A code needs its label, and a label its code."))
        if self.has_referral:
            for name in ("referred_by", "question"):
                if not found.get(name) and name not in self.errors:
                    self.add_error(name, _("A referral says who refers, and what is asked."))
        return found

    @property
    def has_referral(self) -> bool:
        """Whether anything was typed into the part about the referral."""
        names = ("referred_by", "question", "referral_note")
        return any(self.cleaned_data.get(name) for name in names)

    def registered(self, pseudonym: str) -> PatientRegistered:
        """What the chart begins with."""
        given = self.cleaned_data
        return PatientRegistered(
            pseudonym=pseudonym,
            synthetic=settings.PLACE.example,
            birth_date=given["birth_date"],
            birth_year=given["birth_year"],
            sex=Sex(given["sex"]),
            handedness=Handedness(given["handedness"]),
            diagnosis=self._diagnosis(),
        )

    def identity(self) -> Identity:
        """Who it is; this goes into no chart."""
        names = [
            field.name
            for field in Identity._meta.concrete_fields
            if field.name in self.cleaned_data
        ]
        return Identity(**{name: self.cleaned_data[name] for name in names})

    def _diagnosis(self) -> Diagnosis | None:
        given = self.cleaned_data
        if given["other_code"]:
            return Diagnosis(
                system=self.system, code=given["other_code"].upper(), label=given["other_label"]
            )
        return diagnoses.diagnosis(self.system, given["diagnosis"])


@dataclass(frozen=True, slots=True)
class Double:
    """A patient who may be the same person, and why."""

    patient: Patient
    why: str


@needs(Action.REGISTER_PATIENT)
def new_patient(request: ClinicRequest) -> HttpResponse:
    """Register a patient, with the referral if there is one."""
    sites = list(Site.objects.filter(pk__in=request.who.sites(Action.REGISTER_PATIENT)))
    form = RegistrationForm(posted(request), sites=sites, initial={"received_on": today()})
    doubles: list[Double] = []
    if request.method == "POST" and form.is_valid():
        doubles = doubles_of(form, request.who)
        if doubles and not form.cleaned_data["another_person"]:
            form.add_error("another_person", _("Somebody like this is registered already."))
        elif (patient := _register(form, request.who)) is not None:
            messages.success(
                request,
                _("Registered as %(code)s. Next: the treatment history.")
                % {"code": patient.pseudonym},
            )
            return redirect("history", patient_id=patient.pk)
    return form_page(
        request,
        "intake/new_patient.html",
        {"form": form, "doubles": doubles, "source": diagnoses.source_of(form.system)},
    )


def doubles_of(form: RegistrationForm, who: Who) -> list[Double]:
    """Patients of one's sites with the same record number, or the same name and birth."""
    given = form.cleaned_data
    near = Patient.objects.filter(site_id__in=who.sites(Action.READ_IDENTITY)).select_related(
        "identity", "overview", "site"
    )
    sent_before = near.filter(ledger__entry_id=given["entry_id"], ledger__seq=1)
    if sent_before.exists():
        return []
    found: list[Double] = []
    if given["record_number"]:
        same_number = near.filter(identity__record_number=given["record_number"])
        found += [Double(each, _("same record number")) for each in same_number[:_LOOK_INTO]]
    born: date | None = given["birth_date"]
    year = born.year if born else given["birth_year"]
    name = _plain(given["family_name"])
    candidates = near.filter(overview__birth_year=year, identity__isnull=False)
    same_name = [
        key
        for key, family in candidates.values_list("pk", "identity__family_name")
        if _plain(family) == name
    ]
    for patient in near.filter(pk__in=same_name[:_LOOK_INTO]):
        known = chart_of(patient).chart.patient.fact.birth_date
        if born is None or known is None or known == born:
            why = _("same family name and birth")
            if all(each.patient.pk != patient.pk for each in found):
                found.append(Double(patient, why))
    return found


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(
        "".join(letter for letter in letters if not unicodedata.combining(letter)).split()
    )


def _register(form: RegistrationForm, who: Who) -> Patient | None:
    """The new patient, or None with the refusal on the form and nothing written."""
    given = form.cleaned_data
    prefix = "SYN" if settings.PLACE.example else "P"
    fact = attempt(form, lambda: form.registered(next_pseudonym(prefix)))
    if fact is None:
        return None
    referral: ReferralReceived | None = None
    if form.has_referral:
        referral = attempt(form, form.referral, form.NAMES)
        if referral is None:
            return None
    try:
        with transaction.atomic():
            entry_id = given["entry_id"]
            patient = register(who, given["site"], fact, form.identity(), entry_id=entry_id)
            if referral is not None:
                name = part_id(entry_id, "referral")
                record(who, patient, referral, Action.RECORD_REFERRAL, entry_id=name)
    except InputError as problem:
        refuse(form, problem, form.NAMES)
        return None
    return patient
