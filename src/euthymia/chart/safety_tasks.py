"""Safety tasks: what answers on suicide ask of a named person, worked out from the entries.

Any answer above zero on a suicide item opens a task. Only a `safety_task_closed` entry closes it:
correcting or retracting the answer does not, because someone has to have asked. A higher answer
entered later by amendment opens it again, and so does retracting the closing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.assess.scales.score import suicide_answer
from euthymia.chart.entries import Amended, Entry, Retracted
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.chart.safety_facts import SafetyTaskClosed


@dataclass(frozen=True, slots=True)
class SafetyTask:
    """One task: the entry that opened it, the answers it is about, and how it stands.

    entry_id: of the filled-in scale; a closing names this one, also where only an amendment of it
    brought the answer.
    items: numbers of the items answered above zero, over all versions of the entry.
    closings: the entries that closed it and still stand, oldest first.
    corrected: the answer was amended to zero or retracted since, which does not close the task.
    """

    entry_id: str
    opened_by: Entry
    scale: str
    items: tuple[int, ...]
    highest: int
    is_open: bool
    closings: tuple[Entry, ...]
    corrected: bool

    @property
    def sentence(self) -> str:
        """What has to be done, or who has done it."""
        about = f"{self.about} ({self.opened_by.title})"
        if self.is_open:
            corrected = "; the answer was corrected since" if self.corrected else ""
            return (
                f"Open safety task: {about}{corrected}; a named person assesses the risk of "
                "suicide and records it with a note"
            )
        closing = self.closings[-1]
        assert isinstance(closing.fact, SafetyTaskClosed)
        return (
            f"Safety task closed by {closing.fact.person} on "
            f"{closing.fact.assessed_on.isoformat()}: {about}"
        )

    @property
    def about(self) -> str:
        """Which answer it is about."""
        noun = "item" if len(self.items) == 1 else "items"
        numbers = ", ".join(str(number) for number in self.items)
        return f"{find_scale(self.scale).name} {noun} {numbers} answered above zero"

    @property
    def asks(self) -> str:
        """What an open task asks for, where its heading says already that it is one."""
        corrected = "; the answer was corrected since" if self.corrected else ""
        return (
            f"{self.about}{corrected}: a named person assesses the risk of suicide and records it "
            "with a note"
        )


@dataclass(slots=True)
class _Task:
    """What is known of a task while the entries are read."""

    opened_by: Entry
    scale: str
    items: set[int]
    highest: int
    seen_by_closing: int = -1
    closings: list[Entry] = field(default_factory=list)
    corrected: bool = False

    def close(self, entry: Entry) -> None:
        self.closings.append(entry)
        self.seen_by_closing = self.highest

    def reopen(self, closing_id: str) -> None:
        """Take back a closing; what the ones before it had seen stays seen only by them."""
        if any(entry.id == closing_id for entry in self.closings):
            self.closings = [entry for entry in self.closings if entry.id != closing_id]
            self.seen_by_closing = -1

    @property
    def is_open(self) -> bool:
        return not self.closings or self.highest > self.seen_by_closing


def safety_tasks(entries: Iterable[Entry]) -> tuple[SafetyTask, ...]:
    """Every safety task that the entries of a chart opened, in their order."""
    tasks: dict[str, _Task] = {}
    for entry in entries:
        match entry.fact:
            case ScaleFilled() as filled:
                _answered(tasks, entry.id, entry, filled)
            case Amended(entry_id=target, fact=ScaleFilled() as filled):
                _answered(tasks, target, entry, filled)
            case SafetyTaskClosed(entry_id=target) if target in tasks:
                tasks[target].close(entry)
            case Retracted(entry_id=target):
                if target in tasks:
                    tasks[target].corrected = True
                for task in tasks.values():
                    task.reopen(target)
    return tuple(
        SafetyTask(
            entry_id=entry_id,
            opened_by=task.opened_by,
            scale=task.scale,
            items=tuple(sorted(task.items)),
            highest=task.highest,
            is_open=task.is_open,
            closings=tuple(task.closings),
            corrected=task.corrected,
        )
        for entry_id, task in tasks.items()
    )


def _answered(tasks: dict[str, _Task], target: str, entry: Entry, filled: ScaleFilled) -> None:
    said = suicide_answer(filled.score)
    task = tasks.get(target)
    if said is None or not said.items:
        if task is not None:
            task.corrected = True
        return
    if task is None:
        tasks[target] = _Task(entry, filled.score.scale, set(said.items), said.highest)
        return
    task.items |= set(said.items)
    task.highest = max(task.highest, said.highest)
    task.corrected = False
