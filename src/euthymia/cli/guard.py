"""How a command may end: every way out becomes an exit code and at most one line.

0 done; 2 what was given cannot be used, one sentence on standard error; 130 interrupted; 1 a bug,
one line that says where to report it. A reader that closes the pipe ends the command silently.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from typer import Abort
from typer.core import TyperGroup

from euthymia.core.errors import EuthymiaError

DONE = 0
BUG = 1
REFUSED = 2
INTERRUPTED = 130

DEBUG_FLAG = "--debug"


class CarefulGroup(TyperGroup):
    """The root of the command line; it alone turns exceptions into exit codes."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run a command and leave with its exit code."""
        if options.get("standalone_mode") is False:
            return super().main(*args, **options)
        given = args[0] if args else options.pop("args", None)
        words, debug = _without_debug(sys.argv[1:] if given is None else list(given))
        options["standalone_mode"] = False
        run = super().main
        sys.exit(_exit_code(lambda: run(words, *args[1:], **options), debug))


def _without_debug(words: list[str]) -> tuple[list[str], bool]:
    """The words without the flag, which may stand anywhere, and whether it was there."""
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word != DEBUG_FLAG]
    return kept + words[end:], len(kept) < end


def _exit_code(run: Callable[[], Any], debug: bool) -> int:
    _never_fail_to_print()
    try:
        code = _ended(run, debug)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return DONE
    return code


def _ended(run: Callable[[], Any], debug: bool) -> int:
    """Run it; what it raised becomes a line on standard error and a code."""
    try:
        code = run()
    except BrokenPipeError:
        raise
    except (KeyboardInterrupt, Abort):
        code = INTERRUPTED
    except EuthymiaError as refusal:
        return _refused(str(refusal), debug)
    except MemoryError:
        return _refused(
            "memory: it does not suffice for this. Close other programs, or use a coarser head.",
            debug,
        )
    except OSError as problem:
        return _refused(_about_the_system(problem), debug)
    except Exception as problem:
        return _ended_by(problem, debug)
    if code == INTERRUPTED:
        _say("interrupted; what was finished before is kept, nothing is left half written.")
    return code if isinstance(code, int) else DONE


def _ended_by(problem: Exception, debug: bool) -> int:
    """What is neither a refusal nor the system's fault: wrong usage, or a bug."""
    if type(problem).__name__ == "NoArgsIsHelpError":
        # Its help was printed when it was made.
        return REFUSED
    told = getattr(problem, "format_message", None)
    if callable(told):
        return _refused(_about_usage(str(told()), getattr(problem, "ctx", None)), debug)
    if debug:
        traceback.print_exception(problem)
        again = "Please report it with the lines above"
    else:
        again = f"Please report it with what the same command prints with {DEBUG_FLAG}"
    kind = type(problem).__name__
    _say(f"unexpected {kind} ({problem}): this is a bug in Euthymia. {again}, {_where()}.")
    return BUG


def _refused(sentence: str, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    _say(sentence)
    return REFUSED


def _about_usage(message: str, context: Any) -> str:
    command = getattr(context, "command_path", "euthymia")
    ended = message if message.endswith((".", "?", "!")) else f"{message}."
    return f"{ended} See: {command} --help"


def _about_the_system(problem: OSError) -> str:
    place = problem.filename or "file"
    why = problem.strerror or str(problem) or type(problem).__name__
    return f"{place}: {why}. Check the place, its permissions and the free space."


def _where() -> str:
    """Where to report a bug: the project's own address for issues, if the package names one."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for line in importlib.metadata.metadata("euthymia").get_all("Project-URL") or ():
            name, _, address = line.partition(",")
            if name.strip().casefold() in ("issues", "issue tracker", "bug tracker"):
                return f"at {address.strip()}"
    return "where you have Euthymia from"


def _say(sentence: str) -> None:
    """One line on standard error, whatever line ends the words carry."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"euthymia: {' '.join(sentence.split())}\n")
        sys.stderr.flush()


def _never_fail_to_print() -> None:
    """A terminal that lacks a letter shows a question mark instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if callable(reconfigure):
            reconfigure(errors="replace")


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter's own flush stays silent."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
