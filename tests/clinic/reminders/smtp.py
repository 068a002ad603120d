"""A small real mail server in a thread, which can be told to misbehave at any step."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from euthymia.clinic.config.mail import Mail, Server, Tls

HANG_UP = "hang up"


@dataclass
class Post:
    """What the server has taken, and how it is to answer.

    says: by step (greeting, MAIL, RCPT, DATA, TEXT) another answer than yes; HANG_UP closes.
    """

    says: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, Message]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def mail(self) -> Mail:
        """The settings with which a clinic sends to it."""
        server = Server("127.0.0.1", self.port, Tls.NONE)
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
            usual = {"DATA": "354 go on", "QUIT": "221 bye"}.get(word, "250 yes")
            if not self._say(word, usual) or word == "QUIT":
                return
            if word == "DATA" and "DATA" not in self.post.says and not self._text():
                return

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
