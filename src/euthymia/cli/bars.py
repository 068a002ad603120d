"""Progress in the terminal: a bar for each part of the work, or plain lines where nobody watches.

Everything goes to standard error, so that results on standard output stay clean.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from euthymia.cli.output import aside
from euthymia.core.progress import Progress as ProgressInterface
from euthymia.core.progress import Stage

_WORTH_A_TIME_S = 2.0
_LONGEST_TITLE = 52


@contextmanager
def watching() -> Iterator[ProgressInterface]:
    """Progress for the length of a `with` block: bars on a terminal, lines elsewhere."""
    console = aside()
    if not console.is_terminal:
        yield Lines(console)
        return
    bars = Bars(console)
    try:
        yield bars
    finally:
        bars.close()


class Lines:
    """One line when a part begins, and one when it took long enough to be worth a number."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def start(self, title: str, total: float) -> Stage:
        self._say(f"{title} ...")
        return _Timed(title)

    def finish(self, stage: Stage) -> None:
        if isinstance(stage, _Timed) and stage.seconds >= _WORTH_A_TIME_S:
            self._say(f"{stage.title}: {stage.seconds:.0f} s")

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)


class _Timed:
    def __init__(self, title: str) -> None:
        self.title = title
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun

    def advance(self, amount: float = 1.0) -> None:
        return None


class Bars:
    """A bar for each part; finished ones stay on the screen with their time."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}", markup=False, table_column=_title_column(console)),
            BarColumn(bar_width=None, table_column=Column(ratio=1)),
            TimeElapsedColumn(),
            console=console,
            expand=True,
            redirect_stdout=False,
        )
        self._running = False

    def start(self, title: str, total: float) -> Stage:
        if not self._running:
            self._progress.start()
            self._running = True
        # A part that reports nothing on its way has a bar that moves without a measure.
        known = total if total > 1 else None
        return _Bar(self._progress, self._progress.add_task(title, total=known))

    def finish(self, stage: Stage) -> None:
        # A part that an exception or Ctrl-C breaks off must not look done.
        if isinstance(stage, _Bar) and sys.exc_info()[0] is None:
            stage.fill()

    def close(self) -> None:
        """Leave the bars as they are and give the terminal back."""
        if self._running:
            self._progress.stop()
            self._progress.console.print()
            self._running = False


def _title_column(console: Console) -> Column:
    """Wide enough for the longest title where there is room, so that the bars do not move about."""
    return Column(min_width=min(_LONGEST_TITLE, console.width // 2), no_wrap=True)


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def advance(self, amount: float = 1.0) -> None:
        self._progress.advance(self._task, amount)

    def fill(self) -> None:
        """The part is over: the bar is full, and its clock stands."""
        self._progress.update(self._task, total=1.0, completed=1.0)
