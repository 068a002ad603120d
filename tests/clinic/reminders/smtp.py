"""A small real mail server in a thread, which can be told to misbehave at any step."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from euthymia.clinic.config.mail import Mail, Server, Tls

HANG_UP = "hang up"
_USUAL = {"DATA": "354 go on", "QUIT": "221 bye", "STARTTLS": "220 begin"}


@dataclass
class Post:
    """What the server has taken, and how it is to answer.

    says: by step (greeting, MAIL, RCPT, DATA, TEXT) another answer than yes; HANG_UP closes.
    """

    says: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, Message]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    port: int = 0
    tls: ssl.SSLContext | None = None
    """With a certificate the server offers to close the line."""

    @property
    def mail(self) -> Mail:
        """The settings with which a clinic sends to it."""
        return self.by(Tls.NONE)

    def by(self, tls: Tls, user: str = "") -> Mail:
        """The same in another way."""
        server = Server("127.0.0.1", self.port, tls, user, user)
        return Mail(server, "North Clinic <reminders@north.example>", "https://clinic.example")

    @property
    def texts(self) -> list[str]:
        """The words of what was taken."""
        return [mail.get_payload(decode=True).decode() for _to, mail in self.taken]  # type: ignore[union-attr]


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.post: Post = self.server.post  # type: ignore[attr-defined]
        self.to = ""
        if not self._say("greeting", "220 here"):
            return
        while line := self.rfile.readline().decode():
            word = line.split()[0].upper() if line.split() else ""
            self.post.seen.append(line.strip())
            if word == "RCPT":
                self.to = line.partition("<")[2].partition(">")[0]
            usual = _USUAL.get(word, "250 yes")
            if word == "EHLO" and self.post.tls is not None:
                usual = "250-yes\r\n250 STARTTLS"
            if not self._say(word, usual) or word == "QUIT":
                return
            if word == "STARTTLS" and not self._close_the_line():
                return
            if word == "DATA" and "DATA" not in self.post.says and not self._text():
                return

    def _close_the_line(self) -> bool:
        assert self.post.tls is not None
        try:
            self.request = self.post.tls.wrap_socket(self.request, server_side=True)
        except OSError:
            return False  # the other side does not trust the certificate
        self.setup()
        return True

    def finish(self) -> None:
        super().finish()
        if isinstance(self.request, ssl.SSLSocket):
            self.request.close()  # the server closes only the line as it was in the open

    def _text(self) -> bool:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        said = self.post.says.get("TEXT", "")
        if not said or said.startswith("taken"):
            self.post.taken.append((self.to, message_from_bytes(b"".join(lines))))
        if said.startswith("taken"):
            return False  # it has the mail, and the line breaks before it can say so
        return self._say("TEXT", "250 taken")

    def _say(self, step: str, usual: str) -> bool:
        said = self.post.says.get(step, usual)
        if said == HANG_UP:
            return False
        self.wfile.write(f"{said}\r\n".encode())
        return True


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def post_office() -> Iterator[Post]:
    """The server, running until the block ends."""
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        post = Post(port=server.server_address[1])
        server.post = post  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield post
        finally:
            server.shutdown()
            thread.join()


def certificate(folder: Path) -> Path:
    """A certificate for this machine with its key, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = timedelta(days=1)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - day)
        .not_valid_after(datetime.now(UTC) + day)
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path = folder / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, form, plain)
    )
    return path
