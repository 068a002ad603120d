"""The head by tape measure: three lengths in millimetres."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from euthymia.chart.patient_facts import HeadMeasured
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.intake.entry_forms import EntryForm, day_field, form_page, recorded, today
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.model.head.tape import TapeMeasures


def _length_field(label: object, help_text: object) -> forms.FloatField:
    """A length by tape; what no head has is refused with the unit that was probably meant."""
    tape = forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"})
    return forms.FloatField(label=label, help_text=help_text, widget=tape)  # type: ignore[arg-type]


class TapeForm(EntryForm):
    """Three measurements of the head."""

    FIELDS: ClassVar = {
        "nasion_to_inion_over_the_vertex": "nasion_inion_mm",
        "tragus_to_tragus_over_the_vertex": "tragus_tragus_mm",
        "circumference": "circumference_mm",
    }
    """From the subject of a refusal to the field that it is about."""

    measured_on = day_field(lazy("Measured on"))
    nasion_inion_mm = _length_field(
        lazy("Nasion to inion (mm)"),
        lazy("Over the top, from the root of the nose to the bump at the back of the head."),
    )
    tragus_tragus_mm = _length_field(
        lazy("Tragus to tragus (mm)"), lazy("Over the top, from ear to ear.")
    )
    circumference_mm = _length_field(
        lazy("Circumference (mm)"),
        lazy("A tenth of the way up from the root of the nose and from the bump at the back."),
    )

    def fact(self) -> HeadMeasured:
        """The measurements in millimetres; refuses what no adult head has."""
        given = self.cleaned_data
        tape = TapeMeasures(*(given[name] for name in self.FIELDS.values()))
        return HeadMeasured(
            measured_on=given["measured_on"],
            nasion_inion_mm=tape.nasion_inion_mm,
            tragus_tragus_mm=tape.tragus_tragus_mm,
            circumference_mm=tape.circumference_mm,
        )


@needs(Action.MEASURE_HEAD, of_patient=True)
def measure_head(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Record the head by tape measure; it replaces what was measured before."""
    known = chart_of(patient).chart.head
    first: dict[str, object] = {"measured_on": today()}
    if known is not None:
        first |= {
            "nasion_inion_mm": known.fact.nasion_inion_mm,
            "tragus_tragus_mm": known.fact.tragus_tragus_mm,
            "circumference_mm": known.fact.circumference_mm,
        }
    form = TapeForm(request.POST or None, initial=first)
    if request.method == "POST" and recorded(
        form, request.who, patient, form.fact, Action.MEASURE_HEAD, fields=form.FIELDS
    ):
        messages.success(request, _("The measurements are recorded."))
        return redirect("bench", patient_id=patient.pk)
    heading = _("Measure the head by tape")
    context = {"patient": patient, "form": form, "heading": heading, "back": "bench"}
    return form_page(request, "intake/entry_form.html", context)
