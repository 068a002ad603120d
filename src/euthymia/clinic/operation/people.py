"""The command line's words about sites and users."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from euthymia.clinic.accounts.models import Role, Site, User
from euthymia.clinic.accounts.services import STAFF_ROLES, make_user, reset
from euthymia.clinic.operation.startup import prepare
from euthymia.core.errors import InputError


def first_administrator(site: str, country: str, username: str, name: str) -> str:
    """Set up an empty installation; how its administrator logs in."""
    prepare()
    if User.objects.exists():
        raise InputError(
            "clinic init",
            "this installation already has users",
            "Make further ones with `euthymia clinic user`, or on the pages of administration",
        )
    if len(country) != 2 or not country.isalpha():
        raise InputError(
            f"country {country!r}", "it is no ISO 3166 code of two letters", "Give one such as US"
        )
    with transaction.atomic():
        place = Site.objects.create(
            name=site, country=country.upper(), time_zone=ZoneInfo(settings.TIME_ZONE).key
        )
        user, password = make_user(username, name, [(place, Role.ADMINISTRATOR)])
    return _welcome(user, password)


def new_user(username: str, name: str, roles: tuple[str, ...], site: str) -> str:
    """Make a user; how it logs in."""
    prepare()
    place = _site(site)
    user, password = make_user(username, name, [(place, _role(role)) for role in roles])
    return _welcome(user, password)


def reset_user(username: str) -> str:
    """Let somebody in again who is locked out; how."""
    prepare()
    user = User.objects.filter(username=username).first()
    if user is None:
        raise InputError(f"user {username}", "there is no such user", "Check the name")
    return _welcome(user, reset(user, None))


def _welcome(user: User, password: str) -> str:
    return (
        f"{user.display_name} logs in as {user.username} with the password {password}, which is "
        "good for one login; then a password of one's own and a second factor are asked for."
    )


def _site(name: str) -> Site:
    sites = list(Site.objects.order_by("name"))
    found = [site for site in sites if site.name == name] if name else sites
    if len(found) == 1:
        return found[0]
    known = ", ".join(site.name for site in sites) or "none yet; run `euthymia clinic init`"
    raise InputError(
        f"site {name}".strip(),
        "there is no such site" if name else "it must be said which site",
        f"Give --site with one of: {known}",
    )


def _role(name: str) -> Role:
    for role in STAFF_ROLES:
        if name.lower() == role.value:
            return role
    raise InputError(
        f"role {name}",
        "there is no such role",
        f"Give one of: {', '.join(role.value for role in STAFF_ROLES)}",
    )
