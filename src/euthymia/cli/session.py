"""`euthymia session`: a session at the chair, from its plan to its record."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import CaseFolder, HeadName, JsonFlag

app = typer.Typer(help="Sessions at the chair: dry-run, run, resume, show.", no_args_is_help=True)

Protocol = Annotated[
    str | None,
    typer.Option(help="Protocol of the catalogue (default: the chart's plan).", show_default=False),
]
Output = Annotated[
    list[float] | None,
    typer.Option(
        "--output",
        metavar="PCT",
        help="Output in % MSO, one for each block (default: from the chart's threshold).",
        show_default=False,
    ),
]
Number = Annotated[
    int | None,
    typer.Option("--session", help="Its number (default: the next one).", show_default=False),
]
Ramp = Annotated[
    bool, typer.Option("--ramp", help="Lower outputs in the first sessions (tolerability).")
]
Operator = Annotated[str, typer.Option("--operator", help="Who sits at the chair.")]
Device = Annotated[
    str, typer.Option("--device", help="`simulated`, or a stimulator of the site's file.")
]
SiteFile = Annotated[
    Path | None,
    typer.Option("--site", help="The site's file of real stimulators (TOML).", show_default=False),
]
Fast = Annotated[
    bool,
    typer.Option("--fast", help="Simulated time: for synthetic patients, simulated device only."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Confirm every question: simulated device only.")]
Poses = Annotated[
    str | None,
    typer.Option(
        "--poses",
        help="Where the coil is: `simulated`, udp:PORT, tcp:PORT, file:PATH or igtl:DEVICE.",
        show_default=False,
    ),
]
PlannedPose = Annotated[
    Path | None,
    typer.Option("--pose", help="Planned pose (JSON), needed for --poses.", show_default=False),
]
FieldFlag = Annotated[
    bool,
    typer.Option(
        "--field",
        help="Record the field at the target under the coil's actual pose (needs --poses).",
    ),
]
CoilName = Annotated[
    str | None,
    typer.Option(
        "--coil",
        metavar="ID|FILE",
        help="For --field: the coil in use (default: of the chart's plan).",
        show_default=False,
    ),
]
TargetName = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="TARGET|X,Y,Z",
        help="For --field: a target of `target list`, or RAS millimetres of the head "
        "(default: of the chart's plan).",
        show_default=False,
    ),
]


@app.command("dry-run")
def dry_run(
    case: CaseFolder,
    protocol: Protocol = None,
    output: Output = None,
    session: Number = None,
    ramp: Ramp = False,
    as_json: JsonFlag = False,
) -> None:
    """Walk through a session without a device, and record nothing.

    \b
    euthymia session dry-run examples/clear-candidate --protocol iTBS-600 --output 60
    """
    from euthymia.cli.session_prepare import prepared
    from euthymia.cli.session_view import show_dry_run

    show_dry_run(prepared(case, protocol, output, session, ramp), as_json)


@app.command("run")
def run(
    case: CaseFolder,
    protocol: Protocol = None,
    output: Output = None,
    session: Number = None,
    ramp: Ramp = False,
    operator: Operator = "operator",
    device: Device = "simulated",
    site: SiteFile = None,
    poses: Poses = None,
    pose: PlannedPose = None,
    field: FieldFlag = False,
    head: HeadName = "default",
    coil: CoilName = None,
    target: TargetName = None,
    fast: Fast = False,
    yes: Yes = False,
    as_json: JsonFlag = False,
) -> None:
    """Run a session train by train; every train is on record before the next is armed.

    While it runs: p and Enter pauses, g and Enter goes on, s and Enter stops, Enter alone says
    that you are there. The stimulator is simulated unless the site has turned a real one on.
    For --field the head is prepared once (minutes), and kept.

    \b
    euthymia session run examples/clear-candidate --protocol iTBS-600 --output 60 --fast --yes
    """
    from euthymia.cli.session_prepare import prepared
    from euthymia.cli.session_run import Chair, FieldWish, run_session

    wish = FieldWish.of(field, head, coil, target)
    chair = Chair(case, operator, device, site, poses, pose, fast, yes, wish)
    run_session(prepared(case, protocol, output, session, ramp), chair, as_json)


@app.command("resume")
def resume(
    case: CaseFolder,
    close: Annotated[
        bool, typer.Option("--close", help="Close it as it stands, instead of going on.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why it is closed.")] = "closed after a break",
    operator: Operator = "operator",
    device: Device = "simulated",
    site: SiteFile = None,
    poses: Poses = None,
    pose: PlannedPose = None,
    field: FieldFlag = False,
    head: HeadName = "default",
    coil: CoilName = None,
    target: TargetName = None,
    fast: Fast = False,
    yes: Yes = False,
    as_json: JsonFlag = False,
) -> None:
    """Take up a session that broke off: its last train is settled from the stimulator's counter,
    then the session goes on, or is closed.
    """
    from euthymia.cli.session_run import Chair, FieldWish, resume_session

    wish = FieldWish.of(field, head, coil, target)
    chair = Chair(case, operator, device, site, poses, pose, fast, yes, wish)
    resume_session(chair, close, reason, as_json)


@app.command("show")
def show(case: CaseFolder, session: Number = None, as_json: JsonFlag = False) -> None:
    """Show what was prescribed and given: the course, or one session train by train."""
    from euthymia.cli.session_view import show_sessions

    show_sessions(case, session, as_json)


@app.command("adverse")
def adverse(
    case: CaseFolder,
    event: Annotated[str, typer.Option(help="What happened, for example headache.")],
    severity: Annotated[str, typer.Option(help="mild, moderate or severe.")],
    author: Annotated[str, typer.Option(help="Who records it.")],
    related: Annotated[
        str, typer.Option(help="unrelated, possible, probable, definite or unknown.")
    ] = "unknown",
    serious: Annotated[
        bool, typer.Option("--serious", help="Death, danger to life, hospital, lasting harm.")
    ] = False,
    action: Annotated[str, typer.Option(help="What was done.")] = "",
    session: Number = None,
    role: Annotated[str, typer.Option(help="In which role.")] = "operator",
) -> None:
    """Record an adverse event with its grade, its relation and what was done."""
    from euthymia.cli.session_view import record_adverse

    record_adverse(case, event, severity, related, serious, action, session, author, role)
