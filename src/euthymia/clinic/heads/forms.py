"""Forms of heads."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from euthymia.chart.patient_facts import HeadMeasured
from euthymia.clinic.records.entry_forms import EntryForm
from euthymia.clinic.ui.forms import day_field
from euthymia.model.head.tape_measures import TapeMeasures


def _length_field(label: Any, help_text: Any) -> forms.FloatField:
    tape = forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"})
    return forms.FloatField(label=label, help_text=help_text, widget=tape)


class TapeForm(EntryForm):
    """Three measures with the tape, in millimetres."""

    FIELDS: ClassVar = {
        "nasion_to_inion_over_the_vertex": "nasion_inion_mm",
        "tragus_to_tragus_over_the_vertex": "tragus_tragus_mm",
        "circumference": "circumference_mm",
    }
    """From the subject of a refusal to the field that it is about."""

    measured_on = day_field(_("Measured on"))
    nasion_inion_mm = _length_field(
        _("Nasion to inion (mm)"),
        _("Over the top, from the root of the nose to the bump at the back of the head."),
    )
    tragus_tragus_mm = _length_field(
        _("Tragus to tragus (mm)"),
        _("Over the top, from the small flap before one ear to that before the other."),
    )
    circumference_mm = _length_field(
        _("Circumference (mm)"),
        _("A tenth of the way up from the root of the nose and from the bump at the back."),
    )

    def fact(self) -> HeadMeasured:
        """What was measured; refuses what no adult head has, with the unit probably meant."""
        known = self.cleaned_data
        tape = TapeMeasures(*(known[name] for name in self.FIELDS.values()))
        return HeadMeasured(
            measured_on=known["measured_on"],
            nasion_inion_mm=tape.nasion_inion_mm,
            tragus_tragus_mm=tape.tragus_tragus_mm,
            circumference_mm=tape.circumference_mm,
        )


class ImageForm(EntryForm):
    """An MRI of the head."""

    image = forms.FileField(
        label=_("T1-weighted MRI of the whole head"),
        help_text=_("NIfTI (.nii, .nii.gz), or one DICOM series packed as .zip. Up to 512 MB."),
    )
    acquired_on = day_field(_("Taken on"), required=False)
