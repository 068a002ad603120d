"""What tests do with pages: open a form, send it as a browser would, read what is shown."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import reverse

from euthymia.chart.case import Case
from euthymia.chart.chart import Chart
from euthymia.chart.entries import Amended, Retracted
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import Wanted, record_all

EXAMPLES = Path(__file__).parents[2] / "examples"


def address(name: str, patient: Patient, **more: Any) -> str:
    """The address of a page of a patient."""
    return reverse(name, kwargs={"patient_id": patient.pk, **more})


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of a page, as a browser sends them back."""
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found[name[1]] = unescape(value[1]) if value else ""
    return found


def text_of(answer: Any) -> str:
    """What a page says, without its tags."""
    bare = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(unescape(bare).split())


def errors_of(answer: Any) -> dict[str, list[str]]:
    """The errors on the form of a page, by field."""
    return dict(answer.context["form"].errors)


def chart_now(patient: Patient) -> Chart:
    """The chart as it stands in the database."""
    return chart_of(Patient.objects.get(pk=patient.pk)).chart


def send(client: Client, url: str, **values: Any) -> Any:
    """Open a form and send it with these values over what it already holds."""
    page = client.get(url)
    assert page.status_code == 200, page.status_code
    return client.post(url, {**hidden(page.content.decode()), **values})


def fill_from_example(who: Who, patient: Patient, name: str) -> None:
    """Record the facts of an example case for a patient; the clock must be past them."""
    chart = Case.open(EXAMPLES / name).chart
    facts = [
        Wanted(entry.fact, entry.reason)
        for entry in chart.entries[1:]
        if not isinstance(entry.fact, Amended | Retracted)
    ]
    record_all(who, patient, facts, Action.WRITE_NOTE)
