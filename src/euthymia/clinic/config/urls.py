"""All addresses: each room brings its own, and stands under no other's."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from euthymia.clinic.config.home import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    *(
        path("", include(f"euthymia.clinic.{room}.urls"))
        for room in settings.BUILT_ROOMS
        if find_spec(f"euthymia.clinic.{room}.urls")
    ),
]

handler400 = "euthymia.clinic.config.errors.bad_request"
handler403 = "euthymia.clinic.config.errors.forbidden"
handler404 = "euthymia.clinic.config.errors.not_found"
handler500 = "euthymia.clinic.config.errors.server_error"
