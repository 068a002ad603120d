"""How mail leaves this installation: a server, a folder of the example's, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import getaddresses
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from euthymia.core.errors import InputError

URL, FROM, ADDRESS = "EUTHYMIA_MAIL_URL", "EUTHYMIA_MAIL_FROM", "EUTHYMIA_ADDRESS"
SHAPE = "smtp://USER:PASSWORD@HOST:587/?tls=starttls"
EXAMPLES_ADDRESS = "http://127.0.0.1:8000"
EXAMPLES_SENDER = "Example Clinic <reminders@example.org>"


class Tls(StrEnum):
    """How the way to the server is closed to others."""

    STARTTLS = "starttls"
    """It begins in the open and is closed before the password and the mail."""
    IMPLICIT = "implicit"
    NONE = "none"
    """Open: for a server within the house's own walls."""


_PORTS = {Tls.STARTTLS: 587, Tls.IMPLICIT: 465, Tls.NONE: 25}


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server that takes this clinic's mails."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """What is needed to send one.

    server: None means that mails go into a folder, as in an example clinic. sender: name and
    address. address: the beginning of the clinic's links, without a slash at the end.
    """

    server: Server | None
    sender: str
    address: str


def mail(environment: Mapping[str, str], hosts: Sequence[str], *, example: bool) -> Mail | None:
    """Read the settings of mail; None if none is to be sent. Refuses what cannot be meant."""
    url = environment.get(URL, "")
    address = environment.get(ADDRESS, "")
    if example:
        if url:
            raise InputError(
                URL,
                "an example clinic sends no mail, for its patients are invented",
                "Remove it; mails of the example go into a folder",
            )
        home = _address(address, hosts) if address else EXAMPLES_ADDRESS
        return Mail(None, EXAMPLES_SENDER, home)
    if not url:
        if environment.get(FROM):
            raise InputError(
                FROM, f"it is of no use without {URL}", f"Set {URL} to {SHAPE}, or remove it"
            )
        return None
    return Mail(
        _server(url),
        _sender(environment.get(FROM, "")),
        _address(address, hosts),
    )


def _server(url: str) -> Server:
    try:
        parts = urlsplit(url)
        port = parts.port
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise _no_server("it is no address of a mail server") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise _no_server("it is no address of a mail server")
    tls = _tls(parts, asked)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise _no_server("it holds a user without a password, or a password without a user")
    if user and tls is Tls.NONE and not _is_this_machine(parts.hostname):
        raise _no_server("the password would travel in the open")
    return Server(parts.hostname, port or _PORTS[tls], tls, user, password)


def _tls(parts: SplitResult, asked: dict[str, str]) -> Tls:
    usual = Tls.IMPLICIT if parts.scheme == "smtps" else Tls.STARTTLS
    said = asked.pop("tls", usual.value)
    if asked:
        raise _no_server(f"{sorted(asked)[0]!r} is not known in it")
    if said not in list(Tls) or (parts.scheme == "smtps" and said != Tls.IMPLICIT):
        raise _no_server(f"tls={said} is not known in it")
    return Tls(said)


def _no_server(problem: str) -> InputError:
    """A refusal that does not repeat the setting, for it may hold a password."""
    return InputError(URL, problem, f"Write it like {SHAPE}; tls is starttls, implicit or none")


def _sender(text: str) -> str:
    found = getaddresses([text])
    name, bare = found[0] if len(found) == 1 else ("", "")
    try:
        known = Address(display_name=name, addr_spec=bare)
    except (MessageError, ValueError, IndexError):
        known = Address()
    if not (known.username and "." in known.domain) or not bare.isascii() or "\n" in text:
        raise InputError(
            FROM,
            f"{text!r} is no sender of mails" if text else "it is not set, but a mail server is",
            "Write it like North Clinic <reminders@north.example>",
        )
    return str(known)


def _address(text: str, hosts: Sequence[str]) -> str:
    remedy = f"Write it like https://{hosts[0] if hosts else 'clinic.example'}"
    if not text:
        raise InputError(ADDRESS, "it is not set, and links in mails have to begin with it", remedy)
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.path not in ("", "/"):
        raise InputError(ADDRESS, f"{text!r} is not where a clinic can be reached", remedy)
    if parts.query or parts.fragment or parts.username:
        raise InputError(ADDRESS, "it says more than scheme and host", remedy)
    if parts.scheme == "http" and not _is_this_machine(host):
        raise InputError(ADDRESS, "links to patients' own pages need https", remedy)
    if not _is_answered(host, hosts):
        raise InputError(
            ADDRESS, f"the clinic does not answer to the name {host}", "Add it to EUTHYMIA_HOSTS"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _is_answered(host: str, hosts: Sequence[str]) -> bool:
    """Whether the clinic lets in whoever asks for that name; ".north.example" is any within it."""
    known = [each.strip("[]").lower() for each in hosts]
    return any(
        host == each or (each.startswith(".") and f".{host}".endswith(each)) for each in known
    )


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
