"""Write the reference documentation from the rules that the code applies.

Run it after a change of any rule, coil, chart entry or command:  python tools/make_reference.py
Every page of `docs/reference/` comes from here; a test compares them with what this makes.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, get_args

from euthymia.assess.markdown import cite, page, section, table
from euthymia.assess.reference import reference_pages
from euthymia.chart import entries
from euthymia.chart.facts import title
from euthymia.core.findings import Severity
from euthymia.core.references import Reference, Tag, all_references
from euthymia.core.rule_files import all_rules, rule_files
from euthymia.learn.evidence.reference import claims_markdown, evidence_markdown
from euthymia.model.coil.catalogue import coil, coil_ids, published_depth_and_spread
from euthymia.model.coil.coil import Coil
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.head.spread import spread_parts
from euthymia.model.head.tape_measures import tape_ranges
from euthymia.model.mesh.msh import volume_tag_source, volume_tags
from euthymia.plan.course.reference import rules_markdown as course_rules
from euthymia.plan.dose.reference import rules_markdown as dose_rules
from euthymia.plan.protocol.reference import catalogue_markdown, limits_markdown
from euthymia.plan.target.catalogue import targets, targets_markdown
from euthymia.treat.devices.faults import Fault
from euthymia.treat.reference import devices_page, session_page, threshold_page

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"

NOTE = (
    "<!-- Made by tools/make_reference.py from the rules in src/. Do not edit: "
    "change the rule, then run `make docs`. -->\n"
)

SUMMARIES = {
    "medication": "agents, doses, and what counts as an adequate trial",
    "staging": "points, bands and stages of resistance",
    "burden": "what TMS brings, does not bring, and achieves, for the talk with the patient",
    "safety": "questions, implants, drugs, risk of a seizure",
    "session": "questions before each session, stop rules, new thresholds",
    "eligibility": "labels, clearances and payers (USA)",
    "scales": "range, bands, response and remission of every scale",
    "protocols": "every protocol as cleared or published",
    "limits": "tables of safe trains, what the check does, stimulators",
    "targets": "coordinates, scalp rules, tape measures, and how far heads scatter",
    "dose": "from the motor threshold to the output",
    "courses": "sessions, weeks, and the calendar's conventions",
    "motor-threshold": "how it is searched for, read from EMG, and when it is due",
    "session-limits": "what makes a session pause or end by itself",
    "devices": "drivers, emulated devices, and the pose-stream message",
    "coils": "geometry and largest rate of change of the current",
    "conductivities": "of every tissue, with ranges",
    "known": "what is said of TMS, what is known, and how firmly",
    "evidence": "trials, registries, and what they say together",
    "chart-entries": "every kind of entry that a chart can hold",
    "command-line": "every command with its options",
    "examples": "worked examples of the rules; each is run as a test",
    "unverified": "rules of the assessment that were recalled and still have to be checked",
    "data-files": "which table stands in which file, and how much of it is verified",
    "bibliography": "every source, and what the tags mean",
}
"""The pages in the order of the index, each with a phrase on what it holds."""


def pages() -> Mapping[str, str]:
    """The text of every page, by the name of its file."""
    made = {
        **reference_pages(),
        "protocols": catalogue_markdown(),
        "limits": limits_markdown(),
        "courses": page("Courses and the calendar", course_rules()),
        "dose": page("Dose rules", dose_rules()),
        "motor-threshold": threshold_page(),
        "session-limits": session_page(),
        "devices": devices_page(attribute_docs(Fault)),
        "targets": targets_page(),
        "conductivities": conductivities_page(),
        "known": claims_markdown(),
        "evidence": evidence_markdown(),
        "coils": coils_page(),
        "chart-entries": chart_entries_page(),
        "command-line": command_line_page(),
        "data-files": data_files_page(),
        "bibliography": bibliography_page(),
    }
    if made.keys() != SUMMARIES.keys():
        raise ValueError(f"pages without a summary: {made.keys() ^ SUMMARIES.keys()}")
    made["index"] = index_page(made)
    return {f"{name}.md": f"{NOTE}\n{text.rstrip()}\n" for name, text in made.items()}


def index_page(made: Mapping[str, str]) -> str:
    """The list of all pages, and what severities mean."""
    listed = [
        f"- [{_headline(made[name])}]({name}.md): {phrase}" for name, phrase in SUMMARIES.items()
    ]
    return page(
        "Reference",
        "These pages are made from the rule tables that the code applies. So a page and the rule "
        "behind it cannot drift apart.\n",
        "\n".join(listed) + "\n",
        section(
            "Severities",
            "Every check returns all its findings. Each finding has one of these severities.\n",
            table(("Severity", "Meaning"), _documented(Severity)),
        ),
    )


def _headline(text: str) -> str:
    return text.splitlines()[0].removeprefix("# ")


def _documented(kinds: type[Severity]) -> Iterator[tuple[str, str]]:
    meanings = attribute_docs(kinds)
    for kind in kinds:
        yield kind.label, meanings[kind.name]


def targets_page() -> str:
    """Targets, scalp rules and the motor area to which a dose is compared."""
    motor = targets().motor
    where = ", ".join(f"{value:g}" for value in motor.mni_mm)
    return page(
        "Targets",
        "A source that ends in [M] is unverified: recalled, not read.\n",
        targets_markdown(),
        f"The {motor.name} is taken at MNI {where} mm: {cite(motor.source)}.\n",
        section(
            "Tape measures",
            "In millimetres. Outside the outer limits a measure is refused, outside the inner ones "
            "it is doubted.\n",
            table(("Measure", "Refused beyond", "Usual", "Source"), _tape_rows()),
        ),
        section(
            "How far real heads scatter",
            "Standard deviations between people around a head that is not the patient's own. They "
            "widen the interval of every field on the default head and on a head by tape.\n",
            table(("Of what", "Value", "Source"), _spread_rows()),
        ),
    )


def _tape_rows() -> Iterator[tuple[str, str, str, str]]:
    known = tape_ranges()
    for row in (known.nasion_inion, known.tragus_tragus, known.circumference):
        yield (
            row.name,
            f"{row.lowest:g} to {row.highest:g}",
            f"{row.usual_low:g} to {row.usual_high:g}",
            cite(row.source),
        )
    shape = known.shape
    limits = (f"{shape.largest_stretch:.0%}", f"{shape.usual_stretch:.0%}")
    yield ("stretch of one axis against the mean", *limits, cite(shape.source))


def _spread_rows() -> Iterator[tuple[str, str, str]]:
    for part in spread_parts().values():
        yield part.what, f"{part.value:g} {part.unit}".strip(), cite(part.source)


def conductivities_page() -> str:
    """The conductivity of every tissue with the range that the literature leaves open."""
    known = standard_conductivities()
    rows = [
        (
            tissue.label,
            f"{row.value_s_per_m:g}",
            f"{row.low_s_per_m:g} to {row.high_s_per_m:g}",
        )
        for tissue, row in sorted(known.by_tissue.items())
    ]
    assert known.compact is not None
    return page(
        "Conductivities",
        "In siemens per metre, at the frequencies of TMS pulses.\n",
        table(("Tissue", "Used, S/m", "Range, S/m"), rows),
        "Where spongy bone was told apart, the skull is its compact tables and counts as "
        f"{known.compact.value_s_per_m:g} S/m.\n",
        f"Source: {cite(known.source)}\n",
        section("Tissues of a head mesh"),
        "The volume tags of a Gmsh file, the tissue each becomes, and the conductivity that it "
        "keeps where the tissue has no number of its own for it.\n",
        table(
            ("Tag", "Name", "Becomes", "Own, S/m"),
            [
                (
                    str(tag.number),
                    tag.name,
                    tag.tissue.label,
                    "" if tag.s_per_m is None else f"{tag.s_per_m:g}",
                )
                for tag in volume_tags().values()
            ],
        ),
        f"Source: {cite(volume_tag_source())}\n",
    )


def coils_page() -> str:
    """Every coil of the catalogue with its windings and sources."""
    return page(
        "Coils",
        "Coils are built from published winding geometry. Coil files can be read as well: `.ccd` "
        "(dipoles), `.tcd` (several elements, movable parts), and `.nii`, `.nii.gz` (a sampled "
        "vector potential). `euthymia coil check FILE` says what is odd about one.\n",
        *(_coil(coil(key)) for key in coil_ids()),
    )


def _coil(known: Coil) -> str:
    wing = known.wings[0]
    didt = known.max_didt_a_per_us
    rows = [
        ("id", f"`{known.id}`"),
        ("class", known.coil_class),
        (
            "windings",
            f"{len(known.wings)} of {wing.turns} turns, layers: {wing.layers}, "
            f"{wing.inner_diameter_mm:g} to {wing.outer_diameter_mm:g} mm across",
        ),
        ("wire", f"{wing.wire_width_mm:g} × {wing.wire_height_mm:g} mm"),
        ("bend of each wing", f"{abs(wing.tilt_deg):g}°"),
        ("face to middle of the winding", f"{wing.face_mm:g} mm"),
        ("dipoles in the model", f"{len(known.positions_mm):,}"),
        (
            "largest dI/dt",
            f"{didt:g} A/µs on {known.stimulator}" if didt else "not known",
        ),
        ("waveform there", known.waveform or "not known"),
        ("half-value depth and spread as printed", _depth_and_spread(known.id)),
        ("sources", "; ".join(cite(source) for source in known.sources)),
    ]
    return section(known.name, table(("What", "Value"), rows))


def data_files_page() -> str:
    """Every data file with its rules, and how many of them were never read in their source."""
    rows = []
    for file in rule_files():
        rules = [rule for rule in all_rules() if rule.path == file.path]
        recalled = sum(not rule.verified for rule in rules)
        first = ", ".join(f"`{rule.id}`" for rule in rules[:2])
        rows.append((f"`{file.path}`", str(len(rules)), str(recalled or ""), first))
    return page(
        "Data files",
        "Every clinical number stands in one of these files under `src/euthymia/`, with its "
        "source. `euthymia rules list --table TABLE` lists the rules of a table, "
        "`euthymia rules show ID` prints one, and `euthymia rules check` checks them all.\n",
        table(("File", "Rules", "Unverified", "For example"), rows),
    )


def _depth_and_spread(key: str) -> str:
    printed = published_depth_and_spread(key)
    return f"{printed[0]:g} cm, {printed[1]:g} cm²" if printed else "not printed"


def bibliography_page() -> str:
    """All registered references, and what the verification tags mean."""
    tags = [(tag.value, tag.meaning) for tag in Tag]
    listed = [_reference(reference) for reference in all_references()]
    return page(
        "Bibliography and tags",
        "A rule names its source and carries a tag. The tag says how far the fact was checked "
        "against that source. It belongs to the fact, not to the source: one paper can be read "
        "for one fact and recalled for another.\n",
        section("Tags", table(("Tag", "Meaning"), tags)),
        section("References", "\n".join(listed) + "\n"),
    )


def _reference(reference: Reference) -> str:
    text = reference.text
    if reference.link:
        # The address stands in the text already; make that part a link.
        shown = f"doi:{reference.doi}" if reference.doi else reference.link
        text = text.replace(shown, f"[{shown}]({reference.link})")
    return f"- `{reference.id}`: {text}"


def chart_entries_page() -> str:
    """Every kind of entry with its fields, and the parts that fields are made of."""
    parts = dict(sorted(entries.schema()["$defs"].items()))
    facts = {fact.__name__: fact for fact in get_args(entries.AnyFact)}
    kinds = [
        section(f"`{fact.model_fields['kind'].default}`", _fields(parts[name], fact))
        for name, fact in facts.items()
    ]
    others = [
        f"### {name}\n\n{_fields(parts[name], _class_named(name))}"
        for name in parts
        if name not in facts
    ]
    return page(
        "Chart entries",
        "A chart is a file of lines (`chart.jsonl`), one entry a line. The content of an entry "
        "depends on its kind. Beside its content every entry carries its number (`seq`), a UUID "
        "(`id`), its time (`at`), its author, a reason, the hash of the line before (`prev`) and "
        "its own hash. Unknown fields are refused. A date after the entry's own time is refused, "
        "except where a date is meant to lie ahead.\n",
        *kinds,
        section("Parts of entries", *others),
    )


def _fields(part: Mapping[str, Any], kind: type) -> str:
    """The description of one schema and the table of its fields or values."""
    told, notes = _split_notes(part.get("description", ""), part.get("properties", {}))
    told = f"{told or title(kind) + '.'}\n"
    meanings = {**attribute_docs(kind), **notes}
    if "enum" in part:
        values = [(f"`{member.value}`", meanings.get(member.name, "")) for member in kind]  # type: ignore[attr-defined]
        return f"{told}\n{table(('Value', 'Meaning'), values)}"
    rows = [
        (
            f"`{name}`",
            _type(field),
            "yes" if name in part.get("required", ()) else "",
            meanings.get(name, ""),
        )
        for name, field in part["properties"].items()
        if "const" not in field
    ]
    return f"{told}\n{table(('Field', 'Type', 'Needed', 'Note'), rows)}"


def _split_notes(docstring: str, fields: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """A docstring without its lines "field: note" or "field, field: note", and those notes."""
    told: list[str] = []
    notes: dict[str, str] = {}
    names: list[str] = []
    for line in docstring.splitlines():
        head, colon, note = line.partition(": ")
        found = [name.strip() for name in head.split(",")]
        if colon and all(name in fields for name in found):
            names = found
            notes |= dict.fromkeys(names, note)
        elif names and line.strip():
            notes |= {name: f"{notes[name]} {line.strip()}" for name in names}
        else:
            names = []
            told.append(line)
    return "\n".join(told).strip(), notes


def _type(field: Mapping[str, Any]) -> str:
    """The type of a field in words."""
    match field:
        case {"$ref": str(place)}:
            name = place.rsplit("/", 1)[1]
            told = f"[{name}](#{name.lower()})"
        case {"enum": list(values)}:
            told = ", ".join(f"`{value}`" for value in values)
        case {"anyOf": list(options)}:
            told = " or ".join(_type(option) for option in options)
        case {"oneOf": _}:
            told = "an entry's content, of the same kind"
        case {"type": "array", "items": dict(items)}:
            told = f"list of {_type(items)}"
        case {"type": "string", "format": str(form)}:
            told = {"date-time": "time with offset", "time": "time of day"}.get(form, form)
        case _:
            kind = str(field.get("type", "any"))
            told = _WORDS.get(kind, kind)
    return told


_WORDS = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true/false",
    "null": "unknown",
}


def attribute_docs(kind: type) -> Mapping[str, str]:
    """The docstrings that stand under the fields or members of a class, by name."""
    (body,) = ast.parse(inspect.cleandoc(f"\n{inspect.getsource(kind)}")).body
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    name = ""
    for statement in body.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                pass
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name] = " ".join(text.split())
            case _:
                name = ""
    return found


def _class_named(name: str) -> type:
    """The class of that name among the modules of the house."""
    for module in list(sys.modules):
        found = vars(sys.modules[module]).get(name) if module.startswith("euthymia.") else None
        if isinstance(found, type):
            return found
    raise LookupError(f"no class {name}")


def command_line_page() -> str:
    """Every command with its arguments and options, as the program itself describes them."""
    from typer.main import get_command  # noqa: PLC0415

    from euthymia.cli.main import app  # noqa: PLC0415

    parts = list(_commands(get_command(app), ("euthymia",)))
    return page("Command line", *parts)


def _commands(command: Any, path: Sequence[str]) -> Iterator[str]:
    """The command's section and those of all commands below it."""
    yield f"## `{' '.join(path)}`\n\n{_help(command.help)}\n\n{_parameters(command)}"
    for name, below in sorted(getattr(command, "commands", {}).items()):
        if not below.hidden:
            yield from _commands(below, (*path, name))


def _help(text: str | None) -> str:
    """The help of a command; what the terminal keeps as it stands becomes a block of code."""
    shown = inspect.cleandoc((text or "").split("\f")[0])
    paragraphs = [part.strip("\n") for part in re.split(r"\n\s*\n", shown)]
    return "\n\n".join(
        f"```sh\n{part.lstrip(_KEPT).strip()}\n```" if part.startswith(_KEPT) else part
        for part in paragraphs
    )


_KEPT = "\b"
"""What a paragraph of help begins with when its lines are to be kept."""


def _parameters(command: Any) -> str:
    context = command.make_context(command.name, [], resilient_parsing=True)
    records = [parameter.get_help_record(context) for parameter in command.params]
    # An argument's name comes with its type, which its own name says already.
    rows = [
        (_code(name if name.startswith("-") else name.split(" <")[0]), meaning)
        for name, meaning in filter(None, records)
    ]
    return table(("Argument or option", "Meaning"), rows) if rows else ""


def _code(text: str) -> str:
    """A code word for a table; within Markdown's own marks a bar would show its escape."""
    return f"<code>{escape(text).replace('|', '&#124;')}</code>"


def write(folder: Path = REFERENCE) -> None:
    """Write all pages into the folder, and remove pages that are no longer made."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for stale in folder.glob("*.md"):
        if stale.name not in made:
            stale.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
