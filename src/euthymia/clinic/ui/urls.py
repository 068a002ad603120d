"""The address of the style guide."""

from django.urls import path

from euthymia.clinic.ui.guide import guide

app_name = "ui"

urlpatterns = [path("", guide, name="guide")]
