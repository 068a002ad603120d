"""The log of each identity that is there already begins with a line that it was found."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from euthymia.chart.envelope import Author
from euthymia.clinic import clock
from euthymia.clinic.records.identity_log import Kind, first_entry

_AT_ONCE = 500


def begin(apps: Any, schema_editor: Any) -> None:
    """Salt and log what is there."""
    Patient = apps.get_model("clinic_records", "Patient")
    Identity = apps.get_model("clinic_records", "Identity")
    IdentityLine = apps.get_model("clinic_records", "IdentityLine")
    author, at = Author("Euthymia", "program"), clock.now()
    keys = list(Identity.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), _AT_ONCE):
        some = Identity.objects.filter(pk__in=keys[start : start + _AT_ONCE])
        identities = list(some.select_related("patient"))
        rows = []
        for identity in identities:
            entry = first_entry(identity.patient, identity, author, at, Kind.FOUND)
            rows.append(
                IdentityLine(
                    patient=identity.patient,
                    seq=entry.seq,
                    at=entry.at,
                    kind=entry.kind,
                    line=entry.line,
                )
            )
        IdentityLine.objects.bulk_create(rows)
        Identity.objects.bulk_update(identities, ["salt"])
        patients = [identity.patient for identity in identities]
        Patient.objects.bulk_update(patients, ["identity_seq", "identity_sha256"])


class Migration(migrations.Migration):
    dependencies = [("clinic_records", "0003_identity_log")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
