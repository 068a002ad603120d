"""The page where a person makes and takes back tokens."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.api import tokens
from euthymia.clinic.ui.forms import attempt, form_page, offer, posted


class TokenForm(forms.Form):
    """A token that is wanted."""

    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=80)
    days = forms.IntegerField(
        label=gettext_lazy("Valid for so many days"),
        min_value=1,
        max_value=tokens.LONGEST_DAYS,
        initial=90,
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What the program may do"), widget=forms.CheckboxSelectMultiple
    )


@needs(Action.USE_TOKENS)
def tokens_page(request: ClinicRequest) -> HttpResponse:
    """One's own tokens; a new one's secret is shown this once."""
    form = TokenForm(posted(request))
    offer(form, "scopes", ((each.name, each.value) for each in tokens.scopes_of(request.who)))

    def make() -> str:
        known = form.cleaned_data
        wanted = [Action[name] for name in known["scopes"]]
        _token, secret = tokens.make(request.who, known["name"], wanted, known["days"])
        return secret

    secret = attempt(form, make) or ""
    context = {"form": form, "tokens": tokens.tokens_of(request.who), "secret": secret}
    return form_page(request, "api/tokens.html", context)


@require_POST
@needs(Action.USE_TOKENS)
def revoke(request: ClinicRequest, token_id: int) -> HttpResponse:
    """Take back a token at once."""
    if not tokens.revoke(request.who, token_id):
        raise Http404
    messages.success(request, _("The token opens nothing any more."))
    return redirect("tokens")
