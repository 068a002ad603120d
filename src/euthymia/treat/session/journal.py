"""A session worked out from its documents: what was meant, what was given, where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from euthymia.core.errors import InputError
from euthymia.plan.protocol import schema
from euthymia.treat.session.documents import (
    Document,
    SessionInterrupted,
    SessionResumed,
    SessionStarted,
    SessionStopped,
    TrainGiven,
    TrainIntended,
    TrainWithheld,
)
from euthymia.treat.session.prescription import Prescription


@dataclass(frozen=True, slots=True)
class Journal:
    """One session as its documents tell it.

    given: trains of which pulses left the coil, in order. dangling: an intention whose outcome is
    not on the record, because the program died in between; None otherwise.
    """

    started: SessionStarted
    given: tuple[TrainGiven, ...]
    withheld: tuple[TrainWithheld, ...]
    dangling: TrainIntended | None
    interruptions: tuple[SessionInterrupted, ...]
    resumptions: tuple[SessionResumed, ...]
    stopped: SessionStopped | None

    @property
    def session(self) -> int:
        return self.started.session

    @property
    def open(self) -> bool:
        """Whether the session has no end on the record."""
        return self.stopped is None

    @property
    def pulses(self) -> int:
        """Pulses that are known to have been given."""
        return sum(train.delivered for train in self.given)

    @property
    def remaining_pulses(self) -> int:
        return max(0, self.started.pulses - self.pulses)

    @property
    def next_train(self) -> int:
        """The first train that was not given, not even in part."""
        return max((train.train for train in self.given), default=0) + 1

    def prescription(self, given_today: int = 0) -> Prescription:
        """What was prescribed, from the session's first document."""
        started = self.started
        return Prescription(
            session=started.session,
            protocol_id=started.protocol,
            protocol=schema.from_json(started.protocol_json, f"protocol {started.protocol}"),
            outputs_pct_mso=started.outputs_pct_mso,
            coil_pose=started.coil_pose,
            target_field=started.target_field,
            given_today=given_today,
        )


def journals(documents: Iterable[Document]) -> tuple[Journal, ...]:
    """All sessions of a record, in the order in which they began.

    Refuses documents that belong to no session, or that cannot follow each other.
    """
    begun: dict[int, list[Document]] = {}
    for document in documents:
        if isinstance(document, SessionStarted):
            if document.session in begun:
                raise _cannot(document.session, "it begins twice")
            begun[document.session] = [document]
        elif document.session not in begun:
            raise _cannot(document.session, "something is recorded of it before it begins")
        else:
            begun[document.session].append(document)
    return tuple(_journal(found) for found in begun.values())


def open_session(documents: Iterable[Document]) -> Journal | None:
    """The session that has no end on the record; None if there is none."""
    found = [journal for journal in journals(documents) if journal.open]
    return found[-1] if found else None


def _journal(documents: list[Document]) -> Journal:
    started = documents[0]
    assert isinstance(started, SessionStarted)
    given: list[TrainGiven] = []
    dangling: TrainIntended | None = None
    stopped: SessionStopped | None = None
    for document in documents[1:]:
        if stopped is not None:
            raise _cannot(started.session, "something is recorded of it after its end")
        if isinstance(document, TrainIntended):
            if dangling is not None:
                raise _cannot(started.session, f"train {dangling.train} has no outcome")
            dangling = document
        elif isinstance(document, TrainGiven | TrainWithheld):
            if dangling is None or dangling.train != document.train:
                raise _cannot(started.session, f"train {document.train} was never intended")
            dangling = None
            if isinstance(document, TrainGiven):
                given.append(document)
        elif isinstance(document, SessionStopped):
            stopped = document
    return Journal(
        started=started,
        given=tuple(given),
        withheld=tuple(each for each in documents if isinstance(each, TrainWithheld)),
        dangling=dangling,
        interruptions=tuple(each for each in documents if isinstance(each, SessionInterrupted)),
        resumptions=tuple(each for each in documents if isinstance(each, SessionResumed)),
        stopped=stopped,
    )


def _cannot(session: int, problem: str) -> InputError:
    return InputError(
        f"session {session}", problem, "Verify the chart; it does not tell a possible session"
    )
