"""What a site sets from outside: a folder, a database, hosts, a time zone. Checked, then frozen."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo

from platformdirs import user_data_path

from euthymia.clinic.config.mail import Mail, mail
from euthymia.core.errors import InputError

_SHORTEST_KEY = 50


class Mode(StrEnum):
    """What this installation is for."""

    CLINIC = "clinic"
    EXAMPLE = "example"
    """Synthetic patients only, with passwords that everyone knows; every page says so."""


@dataclass(frozen=True, slots=True)
class Place:
    """The settings of one installation.

    home: the folder of the database (if it is SQLite), documents, heads and the secret key.
    database_url: empty means the SQLite file in `home`. hosts: names under which it is reached.
    https: cookies travel over TLS only; off is right behind nothing but the own machine.
    proxy: the address of the proxy that speaks TLS before it; only it is believed about callers.
    idle_minutes: after so long without a touch a person is logged off.
    mail: how mails to patients leave; None: none are sent.
    """

    home: Path
    mode: Mode
    database_url: str
    hosts: tuple[str, ...]
    https: bool
    proxy: str
    time_zone: str
    idle_minutes: int
    debug: bool
    mail: Mail | None = None

    @property
    def example(self) -> bool:
        return self.mode is Mode.EXAMPLE

    @property
    def documents(self) -> Path:
        """The folder of stored files, each under the SHA-256 of its content."""
        return self.home / "documents"

    @property
    def mails(self) -> Path:
        """The folder into which an example clinic's mails go."""
        return self.home / "mails"

    @property
    def heads(self) -> Path:
        """The folder of head models, one folder for each patient's."""
        return self.home / "heads"

    def make_home(self) -> None:
        """Make the folder; refuses one that cannot be written to."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            probe = self.home / f".probe-{os.getpid()}-{secrets.token_hex(4)}"
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError as problem:
            raise InputError(
                f"EUTHYMIA_HOME ({self.home})",
                f"it cannot be written to ({problem.strerror or problem})",
                "Give a folder that belongs to the user who runs the clinic",
            ) from None

    def secret_keys(self) -> tuple[str, ...]:
        """The present secret key, and older ones that still open what they closed.

        The present one signs cookies and links and seals the secrets of second factors. It is made
        on first use and kept in `home`, in the first line of a file; older ones in lines below it.
        """
        path = self.home / "secret.key"
        if not path.exists():
            self.make_home()
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                pass
            else:
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    file.write(secrets.token_urlsafe(64))
        keys = tuple(path.read_text(encoding="ascii").split())
        if not keys or min(map(len, keys)) < _SHORTEST_KEY:
            raise InputError(
                str(path),
                "a secret key in it is too short",
                "Put the old file back; without any a new key is made, and everybody has to set up "
                "the second factor anew",
            )
        return keys


def place(environment: Mapping[str, str] = os.environ) -> Place:
    """Read the settings; refuses what cannot be meant, in one sentence that names the variable."""
    mode = _one_of(environment, "EUTHYMIA_MODE", [mode.value for mode in Mode], "clinic")
    home = environment.get("EUTHYMIA_HOME") or str(user_data_path("euthymia") / mode)
    hosts = environment.get("EUTHYMIA_HOSTS", "localhost 127.0.0.1 [::1]").split()
    if "*" in hosts:
        raise InputError(
            "EUTHYMIA_HOSTS", "a star lets any name in", "List the names of this clinic's server"
        )
    return Place(
        home=Path(home).expanduser().absolute(),
        mode=Mode(mode),
        database_url=environment.get("DATABASE_URL", ""),
        hosts=tuple(hosts),
        https=_flag(environment, "EUTHYMIA_HTTPS"),
        proxy=_address(environment.get("EUTHYMIA_PROXY", "127.0.0.1")),
        time_zone=_zone(environment.get("EUTHYMIA_TIME_ZONE", "UTC")),
        idle_minutes=_minutes(environment.get("EUTHYMIA_IDLE_MINUTES", "15")),
        debug=_flag(environment, "EUTHYMIA_DEBUG"),
        mail=mail(environment, hosts, example=mode == Mode.EXAMPLE),
    )


def _one_of(environment: Mapping[str, str], name: str, allowed: list[str], usual: str) -> str:
    value = environment.get(name, usual)
    if value not in allowed:
        raise InputError(name, f"{value!r} is not known", f"Set it to {' or '.join(allowed)}")
    return value


def _flag(environment: Mapping[str, str], name: str) -> bool:
    return _one_of(environment, name, ["0", "1"], "0") == "1"


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise InputError(
            "EUTHYMIA_PROXY",
            f"{text!r} is no IP address",
            "Give the address from which the proxy calls, such as 127.0.0.1",
        ) from None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(
            "EUTHYMIA_TIME_ZONE",
            f"{name!r} is no time zone",
            "Give an IANA name such as America/Chicago",
        ) from None
    return name


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 24 * 60):
        raise InputError(
            "EUTHYMIA_IDLE_MINUTES", f"{text!r} is no number of minutes", "Give 1 to 1440"
        )
    return int(text)
