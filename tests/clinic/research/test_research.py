"""What all patients teach: gathered without identities, exported with consent only."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.courses import give_course
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.intake_facts import ConsentAbout, ConsentDecision, ConsentRecorded
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records.models import LedgerEntry, Patient
from euthymia.clinic.records.services import record
from euthymia.clinic.research import gathering
from euthymia.core.progress import SILENT
from euthymia.learn.registry.rows import Courses

pytest.importorskip("pyarrow", reason="the extra `learn` is not installed")


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    from dataclasses import replace  # noqa: PLC0415

    settings.PLACE = replace(settings.PLACE, home=tmp_path)


def _treated(clinic: SmallClinic, *, agrees: bool | None, last: int = 6) -> Patient:
    """A patient whose course is over, with a score before and after it."""
    patient, who = clinic.patient(), clinic.who(Role.PSYCHIATRIST)
    first = clock.now() - timedelta(days=90)
    give_course(who, patient, first, 20)
    for day, total in ((first.date(), 20), (first.date() + timedelta(days=21), last)):
        _score(who, patient, total, day)
    if agrees is not None:
        consent = ConsentRecorded(
            about=ConsentAbout.RESEARCH_REGISTRY,
            decision=ConsentDecision.GIVEN if agrees else ConsentDecision.WITHHELD,
            decided_on=clock.today(),
            version="1",
        )
        record(who, patient, consent, Action.RECORD_CONSENT)
    return patient


def _score(who: Any, patient: Patient, total: int, on: date) -> None:
    fact = ScaleFilled(score=ScaleScore(scale="phq9", on=on, total=total))
    record(who, patient, fact, Action.RECORD_SCALE)


def test_only_who_agreed_is_exported_but_all_count_for_the_clinic(clinic: SmallClinic) -> None:
    agreed = _treated(clinic, agrees=True)
    _treated(clinic, agrees=False)
    _treated(clinic, agrees=None, last=18)
    found = gathering.gather(SILENT)
    assert (found.patients, found.courses, found.consented) == (3, 3, 1)
    out = Courses.load(gathering.table_path(gathering.CONSENTED))
    assert list(out["pseudonym"]) == [agreed.pseudonym]
    summary = gathering.summary_of((clinic.site.name,))
    assert summary.courses == 3
    assert summary.response.seen.events == 2
    assert gathering.summary_of(("Elsewhere",)).courses == 0


def test_a_broken_chart_is_named_and_the_others_are_gathered(clinic: SmallClinic) -> None:
    from euthymia.clinic.records import charts  # noqa: PLC0415

    broken, whole = _treated(clinic, agrees=True), _treated(clinic, agrees=True)
    stored = LedgerEntry.objects.get(patient=broken, seq=2)
    LedgerEntry.objects.filter(pk=stored.pk).update(line=bytes(stored.line)[:-2] + b"x}")
    charts.forget_all()
    found = gathering.gather(SILENT)
    assert found.courses == 1
    assert broken.pseudonym in found.broken[0]
    assert whole.pseudonym not in found.broken[0]


def test_the_pages_show_results_with_their_doubts(clinic: SmallClinic) -> None:
    client = clinic.client(Role.RESEARCHER)
    assert "Not gathered yet" in client.get(reverse("registry")).content.decode()
    _treated(clinic, agrees=True)
    gathering.gather(SILENT)
    text = client.get(reverse("registry")).content.decode()
    assert "Nobody was compared with sham" in text
    assert "Example, Synthetic" not in text
    for name in ("evidence", "trials", "pooled"):
        page = client.get(reverse(name))
        assert page.status_code == 200
    assert "null" in client.get(reverse("trials")).content.decode()


def test_an_export_before_anything_was_gathered_says_what_to_do(clinic: SmallClinic) -> None:
    address = reverse("export_registry", args=["csv"])
    page = clinic.client(Role.RESEARCHER).get(address, follow=True)
    assert page.redirect_chain == [(reverse("registry"), 302)]
    assert "gather it first, then export it" in page.content.decode()


def test_the_export_is_a_table_anyone_can_read(clinic: SmallClinic) -> None:
    _treated(clinic, agrees=True)
    gathering.gather(SILENT)
    client = clinic.client(Role.RESEARCHER)
    answer = client.get(reverse("export_registry", args=["csv"]))
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("pseudonym,site")
    assert len(lines) == 2
    assert client.get(reverse("export_registry", args=["xlsx"])).status_code == 404
    assert (
        clinic.client(Role.PSYCHIATRIST).get(reverse("export_registry", args=["csv"])).status_code
        == 403
    )


def test_what_if_answers_the_same_question_the_same_way(clinic: SmallClinic) -> None:
    client = clinic.client(Role.RESEARCHER)
    asked = {"what": "clinic", "chairs": 2, "per_chair": 10, "referrals": 3, "days": 200}
    first = client.get(reverse("what_if"), asked)
    assert first.context["capacity"] == client.get(reverse("what_if"), asked).context["capacity"]
    trial = {"what": "trial", "patients": 40, "effect": 0.5, "looks": 1, "trials": 50}
    assert 0 <= client.get(reverse("what_if"), trial).context["power"].power <= 1
    wrong = client.get(reverse("what_if"), {**asked, "chairs": 0})
    assert "capacity" not in wrong.context
