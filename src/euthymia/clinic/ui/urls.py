"""The address of the style guide."""

from django.urls import path

from euthymia.clinic.ui.guide import guide

urlpatterns = [path("guide/", guide, name="guide")]
