"""Forms of heads."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from euthymia.chart.patient_facts import HeadMeasured
from euthymia.clinic.agenda.forms import DayInput, EntryForm


class TapeForm(EntryForm):
    """Three measures with the tape, in millimetres."""

    measured_on = forms.DateField(label=_("Measured on"), widget=DayInput)
    nasion_inion_mm = forms.FloatField(
        label=_("Nasion to inion, over the top (mm)"),
        help_text=_("From the bridge of the nose to the bump at the back of the head."),
    )
    tragus_tragus_mm = forms.FloatField(
        label=_("Tragus to tragus, over the top (mm)"),
        help_text=_("From the small flap before one ear to that before the other."),
    )
    circumference_mm = forms.FloatField(label=_("Circumference (mm)"))

    @property
    def fact(self) -> HeadMeasured:
        """What was measured; refuses what is no head."""
        known = self.cleaned_data
        return HeadMeasured(
            measured_on=known["measured_on"],
            nasion_inion_mm=known["nasion_inion_mm"],
            tragus_tragus_mm=known["tragus_tragus_mm"],
            circumference_mm=known["circumference_mm"],
        )


class ImageForm(EntryForm):
    """An MRI of the head."""

    image = forms.FileField(
        label=_("T1-weighted MRI of the whole head"),
        help_text=_("NIfTI (.nii, .nii.gz), or one DICOM series packed as .zip. Up to 512 MB."),
    )
    acquired_on = forms.DateField(label=_("Taken on"), required=False, widget=DayInput)
