"""The clinic's words of the `euthymia` command: light here, and heavy only when one runs.

Entry point of the group `euthymia.commands`; nothing of Django is imported before a command runs.
"""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from euthymia.core.progress import Progress

Watching: TypeAlias = Callable[[], AbstractContextManager[Progress]]
"""How the command line shows progress."""

Host = Annotated[str, typer.Option("--host", help="Address to listen at.")]
Port = Annotated[int, typer.Option("--port", help="Port to listen at.", min=1, max=65535)]
NoWorker = Annotated[
    bool, typer.Option("--no-worker", help="Start no worker beside it: others do the jobs.")
]
Open = Annotated[bool, typer.Option("--open", help="Open the first page in the browser.")]
Check = Annotated[
    bool, typer.Option("--check", help="Start, fetch the first page, stop; exit code 1 on failure.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON on standard output, and nothing else there.")
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers", help="Processes that check; 0: one for each core but one.", min=0, max=64
    ),
]

PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="File that holds the passphrase alone."),
]

_TERMINAL: ContextVar[Watching] = ContextVar("euthymia_terminal")

clinic = typer.Typer(help="Set up a clinic: first site, users, example.", no_args_is_help=True)


def register(app: typer.Typer, watching: Watching) -> None:
    """Add the clinic's commands to the command line."""
    _TERMINAL.set(watching)
    for command in (serve, worker, backup, restore, verify, rebuild, export):
        app.command(command.__name__)(command)
    clinic.command("rebuild", hidden=True)(rebuild)
    app.add_typer(clinic, name="clinic")


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    no_worker: NoWorker = False,
    open_browser: Open = False,
    check: Check = False,
) -> None:
    """Run the clinic's web application with a worker beside it, until Ctrl-C or SIGTERM.

    Where its data lie and how it is reached is set by EUTHYMIA_HOME, DATABASE_URL,
    EUTHYMIA_HOSTS, EUTHYMIA_HTTPS, EUTHYMIA_TIME_ZONE and EUTHYMIA_IDLE_MINUTES.

    \b
    euthymia serve --open
    DATABASE_URL=postgresql://... euthymia serve --host 0.0.0.0 --no-worker
    """
    _clinic()
    from euthymia.clinic.operation.serving import Listening
    from euthymia.clinic.operation.serving import serve as run

    raise typer.Exit(run(Listening(host, port, not no_worker, open_browser, check)))


def worker() -> None:
    """Do the clinic's jobs in this process, beside other workers, until Ctrl-C or SIGTERM."""
    _clinic()
    from euthymia.clinic.operation.startup import work

    work()


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file, .tar.gz.")],
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Encrypt it; asks for a passphrase if none is given.")
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write everything into one file, while the clinic goes on working.

    It holds names and charts. With a passphrase it is encrypted, else keep it as safe as the clinic
    itself. The passphrase comes from --passphrase-file, from EUTHYMIA_BACKUP_PASSPHRASE_FILE (the
    name of such a file), from EUTHYMIA_BACKUP_PASSPHRASE, or with --encrypt is asked for. Whoever
    forgets it cannot read the backup, and nobody can help.

    \b
    euthymia backup /mnt/safe/clinic-2026-11-28.tar.gz
    euthymia backup /mnt/safe/clinic-2026-11-28.sealed --encrypt
    """
    _clinic()
    from euthymia.clinic.operation.backup import back_up
    from euthymia.clinic.operation.passphrase import asked_passphrase, given_passphrase

    passphrase = given_passphrase(passphrase_file)
    if passphrase is None and encrypt:
        passphrase = asked_passphrase(twice=True)
    with _watching() as progress:
        typer.echo(back_up(file, progress, passphrase=passphrase).sentence)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that backup wrote.")],
    passphrase_file: PassphraseFile = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only read it to its end; restore nothing.")
    ] = False,
) -> None:
    """Read a backup into an empty installation, on either kind of database, and verify it.

    If it is encrypted the passphrase comes from where `backup` takes it, or is asked for.
    """
    _clinic()
    from euthymia.clinic.operation.archive import needs_passphrase
    from euthymia.clinic.operation.passphrase import asked_passphrase, given_passphrase
    from euthymia.clinic.operation.restore import check_backup
    from euthymia.clinic.operation.restore import restore as read_back

    passphrase = None
    if needs_passphrase(file):
        passphrase = given_passphrase(passphrase_file) or asked_passphrase(twice=False)
    with _watching() as progress:
        if check:
            typer.echo(check_backup(file, progress, passphrase))
        else:
            typer.echo(read_back(file, progress, passphrase).sentence)


def verify(as_json: AsJson = False, workers: Workers = 0) -> None:
    """Check every entry, anchor, document, projection and log of identity of the clinic.

    Exit code 2 if anything is not as it was written; each fault names its entry.
    """
    _clinic()
    from euthymia.clinic.operation.parallel import usual_workers
    from euthymia.clinic.operation.verifying import run

    with _watching() as progress:
        raise typer.Exit(run(progress, as_json=as_json, workers=workers or usual_workers()))


def rebuild() -> None:
    """Make all projections (lists, calendar, worklists) anew from the ledger."""
    _clinic()
    from euthymia.clinic.operation.startup import rebuilt

    with _watching() as progress:
        typer.echo(rebuilt(progress))


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder.")],
) -> None:
    """Write everything in open formats: charts, documents, identities, registry."""
    _clinic()
    from euthymia.clinic.operation.exporting import export as write_all

    with _watching() as progress:
        typer.echo(write_all(folder, progress).sentence)


@clinic.command("init")
def init(
    site: Annotated[str, typer.Option("--site", help="Name of the first site.")],
    username: Annotated[str, typer.Option("--admin", help="Name to log in with.")],
    name: Annotated[str, typer.Option("--name", help='As in "Dr Ada Meyer".')],
    country: Annotated[str, typer.Option("--country", help="ISO 3166, for holidays.")] = "US",
) -> None:
    """Set up an empty installation: the first site and its first administrator.

    Prints a password that is good for one login.

    \b
    euthymia clinic init --site "North Clinic" --admin ada --name "Ada Meyer"
    """
    _clinic()
    from euthymia.clinic.operation.people import first_administrator

    typer.echo(first_administrator(site, country, username, name))


@clinic.command("user")
def user(
    username: Annotated[str, typer.Argument(metavar="USERNAME")],
    name: Annotated[str, typer.Option("--name", help="Name as it stands in charts.")] = "",
    role: Annotated[
        list[str] | None, typer.Option("--role", help="A role; may be given several times.")
    ] = None,
    site: Annotated[str, typer.Option("--site", help="Site; default: the only one.")] = "",
    reset: Annotated[
        bool, typer.Option("--reset", help="New one-time password, no second factor.")
    ] = False,
) -> None:
    """Make a user with roles at a site, or with --reset let one in again who is locked out.

    \b
    euthymia clinic user jo --name "Jo Park" --role operator
    euthymia clinic user ada --reset
    """
    _clinic()
    from euthymia.clinic.operation.people import new_user, reset_user

    if reset:
        typer.echo(reset_user(username))
    else:
        typer.echo(new_user(username, name, tuple(role or ()), site))


@clinic.command("example")
def example(
    serve: Annotated[bool, typer.Option("--serve", help="Then run it until Ctrl-C.")] = False,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    open_browser: Open = False,
    check: Check = False,
) -> None:
    """Make the example clinic: synthetic patients only, and passwords that everyone knows.

    It has a folder of its own and is made once; with --serve it is run, too.
    """
    _clinic(example=True)
    from euthymia.clinic.operation.examples import make_example

    with _watching() as progress:
        typer.echo(make_example(progress))
    if serve or check:
        from euthymia.clinic.operation.serving import Listening
        from euthymia.clinic.operation.serving import serve as run

        raise typer.Exit(run(Listening(host, port, True, open_browser, check)))


def _clinic(*, example: bool = False) -> None:
    """Have the settings read and the applications ready, or say in one sentence what is missing."""
    from euthymia.clinic.operation.ready import ready

    ready(example=example)


def _watching() -> AbstractContextManager[Progress]:
    return _TERMINAL.get()()
