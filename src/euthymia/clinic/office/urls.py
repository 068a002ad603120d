"""Addresses of administration."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.office import (
    audit,
    backups,
    crisis,
    equipment,
    erasure,
    overview,
    sites,
    users,
)

urlpatterns = [
    path("office/", overview.office, name="office"),
    path("office/rules/", overview.rules, name="office_rules"),
    path("office/jobs/", overview.jobs, name="office_jobs"),
    path("office/sites/", sites.sites, name="office_sites"),
    path("office/sites/new/", sites.new, name="office_new_site"),
    path("office/sites/<int:site_id>/", sites.site, name="office_site"),
    path("office/sites/<int:site_id>/crisis/", crisis.add, name="office_crisis"),
    path("office/sites/<int:site_id>/crisis/remove/", crisis.remove, name="office_crisis_remove"),
    path("office/users/", users.users, name="office_users"),
    path("office/users/new/", users.new, name="office_new_user"),
    path("office/users/<int:user_id>/", users.user, name="office_user"),
    path("office/users/<int:user_id>/active/", users.active, name="office_user_active"),
    path("office/users/<int:user_id>/reset/", users.reset, name="office_user_reset"),
    path("office/equipment/", equipment.equipment, name="office_equipment"),
    path("office/equipment/<str:kind>/new/", equipment.new, name="office_new_equipment"),
    path("office/equipment/<str:kind>/<int:pk>/", equipment.one, name="office_one_equipment"),
    path(
        "office/equipment/<str:kind>/<int:pk>/checked/",
        equipment.checked,
        name="office_calibration",
    ),
    path("office/audit/", audit.entries, name="office_audit"),
    path("office/audit/readings/", audit.readings, name="office_readings"),
    path("office/audit/identities/", audit.identities, name="office_identities"),
    path("office/audit/events/", audit.events, name="office_events"),
    path("office/audit/emergencies/", audit.emergencies, name="office_emergencies"),
    path("office/audit/emergencies/<int:pk>/", audit.emergency, name="office_emergency"),
    path("office/backup/", backups.backup, name="office_backup"),
    path("office/backup/start/", backups.start, name="office_backup_start"),
    path("office/erasure/", erasure.find, name="office_erasure"),
    path("office/erasure/<uuid:patient_id>/", erasure.erase, name="office_erase"),
]
