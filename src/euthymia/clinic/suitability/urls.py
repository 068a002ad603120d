"""Addresses of scales, safety, eligibility and the letter."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.suitability import eligibility, letter, safety, scales, tasks

_OF = "patients/<uuid:patient_id>/"

urlpatterns = [
    path(f"{_OF}scales/", scales.scales, name="scales"),
    path(f"{_OF}scales/tasks/", tasks.safety_tasks, name="safety_tasks"),
    path(f"{_OF}scales/tasks/<uuid:entry_id>/", tasks.safety_task, name="safety_task"),
    path(f"{_OF}scales/<slug:key>/", scales.scale, name="scale"),
    path(f"{_OF}scales/<slug:key>/fill/", scales.fill_scale, name="fill_scale"),
    path(f"{_OF}safety/", safety.safety, name="safety"),
    path(f"{_OF}safety/screen/", safety.answer_screen, name="answer_screen"),
    path(f"{_OF}safety/implant/", safety.implant, name="implant"),
    path(f"{_OF}eligibility/", eligibility.eligibility, name="eligibility"),
    path(f"{_OF}eligibility/letter/", letter.letter, name="letter"),
    path(f"{_OF}eligibility/authorization/", letter.authorization, name="authorization"),
]
