"""The letter to a payer: seen, made as a PDF, signed; and where the authorization stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from euthymia.assess.eligibility.payers import PayerRule, payer_rules
from euthymia.chart.chart import Recorded
from euthymia.chart.intake_facts import AuthorizationRecorded, AuthorizationStatus
from euthymia.chart.letter_facts import LetterSigned
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action, Who, can, check
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.records.charts import OpenChart, chart_of
from euthymia.clinic.records.documents import store
from euthymia.clinic.records.entry_forms import EntryForm, recorded, sent_before
from euthymia.clinic.records.models import Document, Patient
from euthymia.clinic.suitability.assessed import assessed, may_correct_history
from euthymia.clinic.ui import names
from euthymia.clinic.ui.forms import (
    day_field,
    form_page,
    password_field,
    posted,
    proved,
    text_field,
    today,
)
from euthymia.core.errors import InputError
from euthymia.report.files import file_name
from euthymia.report.letter.values import Letter, Letterhead
from euthymia.report.letter.write import prior_authorisation

STATUS = {
    AuthorizationStatus.REQUESTED: lazy("requested"),
    AuthorizationStatus.APPROVED: lazy("approved"),
    AuthorizationStatus.DENIED: lazy("denied"),
    AuthorizationStatus.APPEALED: lazy("appealed"),
    AuthorizationStatus.NOT_NEEDED: lazy("not needed"),
}
STATUS_TONES = {
    AuthorizationStatus.APPROVED: "good",
    AuthorizationStatus.NOT_NEEDED: "good",
    AuthorizationStatus.DENIED: "stop",
}
_STEM = "prior-authorisation"
_SHOWN = 12


class SignForm(EntryForm):
    """The signature under a letter."""

    password = password_field()


@dataclass(frozen=True, slots=True)
class MadeLetter:
    """A stored letter, with its signatures."""

    document: Document
    signed: tuple[Recorded[LetterSigned], ...]


@needs(Action.MAKE_LETTER, of_patient=True)
def letter(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Choose a payer, see the letter, make it a PDF, sign it."""
    opened = chart_of(patient)
    state = assessed(opened.chart)
    payers = [each.rule for each in state.found.payers] if state.found else []
    asked = request.POST.get("payer") or request.GET.get("payer") or ""
    made: Letter | None = None
    refusal = state.refusal
    if asked and state.found is not None:
        try:
            made = prior_authorisation(
                opened.chart, state.found, asked, _head(request.who, patient)
            )
        except InputError as problem:
            refusal = problem
    form = SignForm(request.POST if "sign" in request.POST else None)
    if request.method == "POST" and made is not None:
        if "pdf" in request.POST:
            document = _store(patient, made, opened)
            messages.success(request, _("The letter is stored as a PDF."))
            return redirect("document", patient_id=patient.pk, digest=document.sha256)
        if "sign" in request.POST and _sign(request, patient, form, made, opened):
            messages.success(request, _("The letter is signed and stored."))
            return redirect("letter", patient_id=patient.pk)
    return form_page(
        request,
        "suitability/letter.html",
        {
            "patient": patient,
            "payers": payers or _in_force(),
            "asked": made.payer.rule.id if made else asked,
            "letter": made,
            "refusal": refusal,
            "needs_plan": refusal is not state.refusal and opened.chart.plan_request is None,
            "may_ask": can(Action.REQUEST_PLAN, request.who, patient),
            "state": state,
            "head": opened.head.line_sha256,
            "form": form,
            "made": _made(patient, opened),
            "may_sign": can(Action.SIGN_LETTER, request.who, patient),
            "may_correct": may_correct_history(request.who, patient),
        },
    )  # fmt: skip


def _in_force() -> list[PayerRule]:
    """The rules that hold today, or whose dates are not on record."""
    return [rule for rule in payer_rules() if rule.in_force(clock.today()) is not False]


def _head(who: Who, patient: Patient) -> Letterhead:
    site = patient.site
    clinic = ", ".join(part for part in (site.name, site.address, site.phone) if part)
    signs = Role.PSYCHIATRIST in who.roles.get(patient.site_id, frozenset())
    return Letterhead(clinic, who.name if signs else "")


def _store(patient: Patient, made: Letter, opened: OpenChart) -> Document:
    """The letter as a PDF among the patient's documents; the same letter is the same file."""
    from euthymia.report.letter.document import letter_document  # noqa: PLC0415 - heavy, and rare
    from euthymia.report.pdf import to_pdf  # noqa: PLC0415

    content = to_pdf(letter_document(made, ledger_head=opened.head.line_sha256))
    name = f"{_STEM}-{file_name(made.patient)}-{made.payer.rule.id}-{made.on.isoformat()}.pdf"
    return store(patient, name, "application/pdf", content)


def _sign(
    request: ClinicRequest, patient: Patient, form: SignForm, made: Letter, opened: OpenChart
) -> bool:
    """Sign the letter as it stands: the entry holds the hash of the stored PDF."""
    check(Action.SIGN_LETTER, request.who, patient)
    if not form.is_valid():
        return False
    if sent_before(patient, form.id_of_entry):
        return True
    if not made.ready:
        form.add_error(None, _("It is a draft: settle what is open, then sign."))
        return False
    if request.POST.get("head") != opened.head.line_sha256:
        form.add_error(
            None, _("The chart has changed since the letter was shown: read it again, then sign.")
        )
        return False
    if not proved(request, form):
        return False
    document = _store(patient, made, opened)

    def fact() -> LetterSigned:
        return LetterSigned(
            document_sha256=document.sha256, payer=made.payer.rule.id, dated=made.on
        )

    return recorded(form, request.who, patient, fact, Action.SIGN_LETTER) is not None


def _made(patient: Patient, opened: OpenChart) -> list[MadeLetter]:
    found = Document.objects.filter(patient=patient, name__startswith=_STEM).order_by("-made_at")
    signed = opened.chart.letters_signed
    return [
        MadeLetter(each, tuple(s for s in signed if s.fact.document_sha256 == each.sha256))
        for each in found[:_SHOWN]
    ]


class AuthorizationForm(EntryForm):
    """What the payer was asked, or answered."""

    payer = text_field(
        lazy("Payer"),
        attrs={"list": "payers", "autocomplete": "off"},
        help_text=lazy("Its rule from the list, or its name."),
    )
    status = forms.ChoiceField(
        label=lazy("Where it stands"),
        choices=[(each.value, word) for each, word in STATUS.items()],
        widget=forms.RadioSelect,
    )
    on = day_field(lazy("Day of the request or of the answer"))
    sessions_allowed = forms.IntegerField(
        label=lazy("Sessions allowed"), required=False, min_value=1, max_value=1000
    )
    reference = text_field(lazy("Reference number of the payer"), required=False, max_length=120)
    valid_from = day_field(lazy("Valid from"), required=False)
    valid_until = day_field(lazy("Valid until"), required=False)
    note = text_field(lazy("Note"), rows=2, required=False)

    def clean_payer(self) -> str:
        """The id of the rule whose name was chosen; any other payer as it was typed."""
        typed: str = self.cleaned_data["payer"].strip()
        known = {rule.name.casefold(): rule.id for rule in payer_rules()}
        return known.get(typed.casefold(), typed)

    def fact(self) -> AuthorizationRecorded:
        given: dict[str, Any] = self.cleaned_data
        return AuthorizationRecorded(
            payer=given["payer"],
            status=AuthorizationStatus(given["status"]),
            on=given["on"],
            sessions_allowed=given["sessions_allowed"],
            reference=given["reference"],
            valid_from=given["valid_from"],
            valid_until=given["valid_until"],
            note=given["note"],
        )


@needs(Action.READ_CHART, of_patient=True)
def authorization(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Where the authorization stands, and recording what the payer was asked or answered."""
    chart = chart_of(patient).chart
    may = can(Action.RECORD_AUTHORIZATION, request.who, patient)
    first: dict[str, Any] = {"on": today(), "payer": request.GET.get("payer", "")}
    if chart.authorization is not None:
        first["payer"] = first["payer"] or chart.authorization.fact.payer
        first["reference"] = chart.authorization.fact.reference
    first["payer"] = names.payer(first["payer"])
    form = AuthorizationForm(posted(request), initial=first)
    if request.method == "POST":
        check(Action.RECORD_AUTHORIZATION, request.who, patient)
        if recorded(form, request.who, patient, form.fact, Action.RECORD_AUTHORIZATION):
            messages.success(request, _("The authorization is recorded."))
            return redirect("authorization", patient_id=patient.pk)
    return form_page(
        request,
        "suitability/authorization.html",
        {
            "patient": patient,
            "form": form,
            "may_record": may,
            "may_letter": can(Action.MAKE_LETTER, request.who, patient),
            "may_amend": may and can(Action.AMEND, request.who, patient),
            "rules": _in_force(),
            "states": [
                (
                    each,
                    names.payer(each.fact.payer),
                    STATUS[each.fact.status],
                    STATUS_TONES.get(each.fact.status, "note"),
                )
                for each in chart.authorizations[::-1]
            ],
        },
    )
