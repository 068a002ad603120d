"""Addresses of the patient's pages."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.portal import inviting, views

urlpatterns = [
    path("about/", views.about, name="portal_about"),
    path("about/<slug:slug>/", views.plain_page, name="portal_page"),
    path("me/", views.home, name="portal"),
    path("me/in/<str:token>/", views.come_in, name="portal_come_in"),
    path("me/ended/", views.ended, name="portal_ended"),
    path("me/leave/", views.leave, name="portal_leave"),
    path("me/fill/<slug:scale>/", views.fill, name="portal_fill"),
    path("me/done/<uuid:entry_id>/", views.done, name="portal_done"),
    path("me/progress/", views.progress, name="portal_progress"),
    path("me/calendar/", views.calendar, name="portal_calendar"),
    path("me/calendar.ics", views.calendar_download, name="portal_calendar_file"),
    path("me/feed/<str:token>.ics", views.feed, name="portal_feed"),
    path("patients/<uuid:patient_id>/own-page/", inviting.access, name="patient_access"),
    path(
        "patients/<uuid:patient_id>/own-page/<uuid:link_id>/",
        inviting.show_link,
        name="patient_link",
    ),
    path(
        "patients/<uuid:patient_id>/own-page/<uuid:link_id>/revoke/",
        inviting.revoke,
        name="patient_link_revoke",
    ),
]
