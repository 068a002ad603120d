"""Users: named people with roles at sites, let in by a password that is good for one login."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from euthymia.clinic.accounts import services
from euthymia.clinic.accounts.models import Membership, Role, Site, User
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.office.forms import NewUserForm, RolesForm
from euthymia.clinic.office.scope import found, sites_of, users_of
from euthymia.clinic.ui.formats import moment
from euthymia.clinic.ui.forms import attempt, done, form_page, posted
from euthymia.clinic.ui.values import Cell, Column, Confirmation, Row, Table
from euthymia.core.errors import InputError


@needs(Action.MANAGE_USERS)
def users(request: ClinicRequest) -> HttpResponse:
    """The staff of one's sites."""
    rows = users_of(request.who).distinct().prefetch_related("memberships__site")
    secured = set(Authenticator.objects.values_list("user_id", flat=True))
    table = Table(
        _("Users"),
        [
            Column(_("Name")),
            Column(_("Roles")),
            Column(_("Second factor")),
            Column(_("Last log-in")),
            Column(_("State")),
        ],
        [_row(user, user.pk in secured) for user in rows],
        hide_caption=True,
    )
    return render(request, "office/users.html", {"table": table})


def _row(user: User, secured: bool) -> Row:
    roles = [f"{each.get_role_display()}, {each.site}" for each in user.memberships.all()]
    return Row(
        [
            Cell(
                user.display_name or user.username,
                url=reverse("office_user", args=[user.pk]),
                quiet=user.username,
            ),
            "; ".join(sorted(roles)) or _("no role"),
            Cell(_("set up"), chip="good") if secured else Cell(_("not yet"), chip="caution"),
            moment(user.last_login) if user.last_login else _("never"),
            _("may log in") if user.is_active else Cell(_("shut out"), chip="outline"),
        ],
        "" if user.is_active else "struck",
    )


@never_cache
@needs(Action.MANAGE_USERS)
def new(request: ClinicRequest) -> HttpResponse:
    """A new user; the password is shown once, on the page that answers."""
    form = NewUserForm(posted(request), sites=sites_of(request.who, Action.MANAGE_USERS))
    made = attempt(
        form,
        lambda: services.make_user(
            form.cleaned_data["username"],
            form.cleaned_data["display_name"],
            form.roles(),
            request.who.user_id,
        ),
    )
    if made is not None:
        person, password = made
        return render(request, "office/password.html", {"person": person, "password": password})
    return form_page(request, "office/new_user.html", {"form": form})


@needs(Action.MANAGE_USERS)
def user(request: ClinicRequest, user_id: int) -> HttpResponse:
    """One user: roles at the sites that one administers; those at other sites stay."""
    person: User = found(users_of(request.who).distinct(), user_id)
    sites = list(sites_of(request.who, Action.MANAGE_USERS))
    held = list(Membership.objects.filter(user=person).select_related("site"))
    initial = {
        f"site_{site.pk}": [each.role for each in held if each.site_id == site.pk] for site in sites
    }
    form = RolesForm(posted(request), sites=sites, initial=initial)
    if done(
        form,
        lambda: services.set_roles(
            person, form.roles() + _elsewhere(held, sites), request.who.user_id
        ),
    ):
        messages.success(request, _("The roles were saved."))
        return redirect("office_user", user_id=person.pk)
    context = {
        "person": person,
        "form": form,
        "factors": [each.get_type_display() for each in Authenticator.objects.filter(user=person)],
        "oneself": person.pk == request.who.user_id,
    }
    return form_page(request, "office/user.html", context)


def _elsewhere(held: list[Membership], mine: list[Site]) -> list[tuple[Site, Role]]:
    here = {site.pk for site in mine}
    return [(each.site, Role(each.role)) for each in held if each.site_id not in here]


@needs(Action.MANAGE_USERS)
@require_POST
def active(request: ClinicRequest, user_id: int) -> HttpResponse:
    """Shut a user out, or let one in again."""
    person: User = found(users_of(request.who).distinct(), user_id)
    wanted = request.POST.get("active") == "1"
    try:
        services.set_active(person, wanted, request.who.user_id)
    except InputError as refusal:
        messages.error(request, str(refusal))
    else:
        done = _("may log in again") if wanted else _("was logged off and is shut out")
        messages.success(request, f"{person.display_name}: {done}.")
    return redirect("office_user", user_id=person.pk)


@never_cache
@needs(Action.MANAGE_USERS)
def reset(request: ClinicRequest, user_id: int) -> HttpResponse:
    """Ask, then take away password and second factor and show a one-time password."""
    person: User = found(users_of(request.who).distinct(), user_id)
    if request.method == "POST":
        password = services.reset(person, request.who.user_id)
        return render(request, "office/password.html", {"person": person, "password": password})
    confirmation = Confirmation(
        _("Give %(name)s a new one-time password?") % {"name": person.display_name},
        _("Yes, give a new password"),
        reverse("office_user", args=[person.pk]),
        [
            _("The password and the second factor that they have now are taken away."),
            _("They are logged off everywhere."),
            _("Make sure that it is really they who ask: call them back, or see them."),
        ],
        danger=True,
    )
    return render(request, "ui/confirm.html", {"confirmation": confirmation})
