"""The settings of mail: what can be meant is taken, what cannot is refused in a sentence."""

from __future__ import annotations

import pytest

from euthymia.clinic.config.mail import Server, Tls
from euthymia.clinic.config.place import place
from euthymia.core.errors import InputError

GOOD = {
    "EUTHYMIA_MAIL_URL": "smtp://ada:s%40fe@mail.north.example/",
    "EUTHYMIA_MAIL_FROM": "North Clinic <reminders@north.example>",
    "EUTHYMIA_ADDRESS": "https://clinic.north.example",
    "EUTHYMIA_HOSTS": "clinic.north.example localhost",
}


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (GOOD["EUTHYMIA_MAIL_URL"], Server("mail.north.example", 587, Tls.STARTTLS, "ada", "s@fe")),
        ("smtp://mail.example:2525/?tls=implicit", Server("mail.example", 2525, Tls.IMPLICIT)),
        ("smtps://ada:x@mail.example", Server("mail.example", 465, Tls.IMPLICIT, "ada", "x")),
        ("smtp://mail.example?tls=none", Server("mail.example", 25, Tls.NONE)),
        ("smtp://a:b@127.0.0.1:1025/?tls=none", Server("127.0.0.1", 1025, Tls.NONE, "a", "b")),
    ],
)
def test_a_mail_server_is_read_with_its_usual_port_and_tls(url: str, server: Server) -> None:
    found = place({**GOOD, "EUTHYMIA_MAIL_URL": url}).mail
    assert found is not None
    assert found.server == server
    assert found.sender == "North Clinic <reminders@north.example>"
    assert found.address == "https://clinic.north.example"


def test_without_a_server_no_mail_is_sent() -> None:
    assert place({}).mail is None


def test_the_mails_of_an_example_go_into_a_folder() -> None:
    at = place({"EUTHYMIA_MODE": "example"})
    assert at.mail is not None
    assert at.mail.server is None
    assert at.mails.parent == at.home


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"EUTHYMIA_MAIL_URL": "http://mail.example"}, "EUTHYMIA_MAIL_URL: it is no address"),
        ({"EUTHYMIA_MAIL_URL": "smtp://"}, "EUTHYMIA_MAIL_URL: it is no address"),
        ({"EUTHYMIA_MAIL_URL": "smtp://mail.example:70000"}, "EUTHYMIA_MAIL_URL: it is no address"),
        ({"EUTHYMIA_MAIL_URL": "smtp://mail.example/box"}, "EUTHYMIA_MAIL_URL: it is no address"),
        ({"EUTHYMIA_MAIL_URL": "smtp://m.example/?tls=yes"}, "tls=yes is not known"),
        ({"EUTHYMIA_MAIL_URL": "smtps://m.example/?tls=starttls"}, "tls=starttls is not known"),
        ({"EUTHYMIA_MAIL_URL": "smtp://m.example/?timeout=3"}, "'timeout' is not known"),
        ({"EUTHYMIA_MAIL_URL": "smtp://ada@m.example"}, "a user without a password"),
        ({"EUTHYMIA_MAIL_URL": "smtp://ada:x@m.example/?tls=none"}, "travel in the open"),
        ({"EUTHYMIA_MAIL_FROM": ""}, "EUTHYMIA_MAIL_FROM: it is not set, but a mail server is"),
        ({"EUTHYMIA_MAIL_FROM": "North Clinic"}, "is no sender of mails"),
        ({"EUTHYMIA_MAIL_FROM": "a@b.example, c@d.example"}, "is no sender of mails"),
        ({"EUTHYMIA_MAIL_FROM": "reminders@localhost"}, "is no sender of mails"),
        ({"EUTHYMIA_MAIL_FROM": "A\nBcc: x@y.example <a@b.example>"}, "is no sender of mails"),
        ({"EUTHYMIA_ADDRESS": ""}, "EUTHYMIA_ADDRESS: it is not set, and links in mails"),
        ({"EUTHYMIA_ADDRESS": "clinic.north.example"}, "is not where a clinic can be reached"),
        ({"EUTHYMIA_ADDRESS": "https://clinic.north.example/me?x=1"}, "EUTHYMIA_ADDRESS"),
        ({"EUTHYMIA_ADDRESS": "http://clinic.north.example"}, "need https"),
        ({"EUTHYMIA_ADDRESS": "https://other.example"}, "does not answer to the name other"),
        ({"EUTHYMIA_MAIL_URL": ""}, "EUTHYMIA_MAIL_FROM: it is of no use without"),
        ({"EUTHYMIA_MODE": "example"}, "an example clinic sends no mail"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(
    changed: dict[str, str], says: str
) -> None:
    with pytest.raises(InputError) as refused:
        place({**GOOD, **changed})
    assert says in str(refused.value)


def test_a_refusal_and_a_print_never_show_the_password() -> None:
    with pytest.raises(InputError) as refused:
        place({**GOOD, "EUTHYMIA_MAIL_URL": "smtp://ada:s3cret@m.example/?tls=none"})
    assert "s3cret" not in str(refused.value)
    assert "s@fe" not in repr(place(GOOD))
