"""Which treatment a line speaks of, and what it was added to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from euthymia.assess.medication.catalogue import Agent, AgentKind
from euthymia.assess.medication.names import find_agent, known_names, match_name, plain
from euthymia.assess.medication.told.scan import Scan
from euthymia.assess.medication.told.words import uncounted_pattern
from euthymia.core.errors import InputError

_WORD = re.compile(r"[^\s,;:+()\x00]+")
_MOST_WORDS = 6
_ADDED_TO = re.compile(
    r"added\s+(?:on\s+)?to|add(?:ed)?[\s-]on\s+to|on\s+top\s+of|augmenting|adjunct(?:ive)?\s+to|"
    r"in\s+addition\s+to|aug(?:m(?:ent(?:ation|ed|s)?)?)?\.?\s+(?:of|to|for)",
    re.IGNORECASE,
)
_TOGETHER = re.compile(
    r"aug(?:m(?:ented)?)?\.?\s+(?:with|by|w/)|w/|combined\s+with|together\s+with|with\b|\+|plus\b|and\b|&",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"(?:switched|changed|cross-?tapered|replaced|converted)\s+(?:to|by|from|with|over\s+to)\s*$|"
    r"(?:before|after|then|followed\s+by)\s*$",
    re.IGNORECASE,
)

_ECT = "ect"
_PLACES = {
    "ect-bilateral": re.compile(
        r"(?<!\w)(?:bilateral(?:ly)?|bitemporal|bifrontal)(?!\w)", re.IGNORECASE
    ),
    "ect-unilateral": re.compile(r"(?<!\w)(?:right\s+)?(?:unilateral|RUL)(?!\w)", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class NamedAgents:
    """The treatment of a line, and the one that it was added to.

    `others`: the part of the line, from and to, whose doses belong to the other treatment.
    """

    agent: Agent
    augments: Agent | None
    others: tuple[int, int] = (0, 0)


def take_agents(scan: Scan) -> NamedAgents:
    """Take the names of treatments; refuses a line that names none, or an unclear one."""
    first = _mention(scan, at_start=True)
    if first is None:
        first = _mention(scan, at_start=False)
    if first is None:
        _refuse(scan)
    agent, _, end = first
    second = _mention(scan, at_start=False, after=end)
    while second is not None and second[0].molecule == agent.molecule:
        # The same treatment by another name, "T3 (Cytomel)": the more exact name holds.
        if agent.id == agent.molecule:
            agent = second[0]
        end = second[2]
        second = _mention(scan, at_start=False, after=end)
    agent = _placed(scan, agent)
    if second is None:
        return NamedAgents(agent, None)
    return _joined(scan, agent, end, second)


def _placed(scan: Scan, agent: Agent) -> Agent:
    """Electroconvulsive therapy by where its electrodes were, if the line says so elsewhere."""
    if agent.id != _ECT:
        return agent
    found = [(match, key) for key, words in _PLACES.items() for match in scan.all(words)]
    if len({key for _, key in found}) != 1:
        return agent
    for match, key in found:
        scan.take(match, f"the treatment {find_agent(key).name}")
    return find_agent(found[0][1])


def _joined(scan: Scan, agent: Agent, end: int, second: tuple[Agent, int, int]) -> NamedAgents:
    """Two names: which was added to which, if either was."""
    other, start, other_end = second
    before = scan.left[:start]
    changed = _CHANGED.search(before)
    if changed:
        scan.blot(*changed.span())
        return NamedAgents(agent, None, (start, other_end))
    if AgentKind.PSYCHOTHERAPY in (agent.kind, other.kind):
        raise InputError(
            "this line",
            f"it names {agent.name} and {other.name}, and each is a treatment of its own",
            "Write a line for each",
        )
    added = list(_ADDED_TO.finditer(before))
    together = list(_TOGETHER.finditer(before))
    for link in (*added, *together):
        scan.blot(*link.span())
    first_added = agent.kind is not AgentKind.ANTIDEPRESSANT
    if added or (together and first_added and other.kind is AgentKind.ANTIDEPRESSANT):
        closed = re.search(r"[,;)]", scan.text[other_end:])
        return NamedAgents(
            agent, other, (start, other_end + closed.start() if closed else other_end)
        )
    if together:
        return NamedAgents(other, agent, (end, start))
    raise InputError(
        "this line",
        f"it names {agent.name} and {other.name}",
        f"Write a line for each, or say which was added: {other.name} added to {agent.name}",
    )


def _mention(scan: Scan, *, at_start: bool, after: int = 0) -> tuple[Agent, int, int] | None:
    """The first and longest name of a treatment in what is left of the line, and its place."""
    words = [match for match in _WORD.finditer(scan.left) if match.start() >= after]
    for place, word in enumerate(words):
        for last in range(min(len(words), place + _MOST_WORDS), place, -1):
            text = scan.text[word.start() : words[last - 1].end()]
            match = match_name(text) if at_start else None
            if match and match.choices:
                find_agent(text)  # refuses it with the choice
            agent = match.agent if match else _known(text)
            if agent is not None:
                end = words[last - 1].end()
                found = re.compile(re.escape(text)).search(scan.text, word.start())
                assert found is not None  # the text was cut from there
                scan.take(found, f"the treatment {agent.name}")
                return agent, word.start(), end
        if at_start:
            return None
    return None


def _known(text: str) -> Agent | None:
    """An agent in the midst of a line: only by a name of the catalogue, as it stands."""
    name = plain(text)
    return match_name(text).agent if name in known_names() and len(name) > 1 else None


def _refuse(scan: Scan) -> NoReturn:
    """Refuse a line without a known name, by what seems to be meant as one."""
    head = re.split(r"[,;:(\x00]|\s\d|\s-\s", scan.left, maxsplit=1)[0].strip()
    words = head.split()
    other = uncounted_pattern().search(scan.left)
    if other is not None:
        raise InputError(
            f"{other[0]!r}",
            "it is none of the treatments that the rules on resistance count",
            "Keep it in a note",
        )
    if not words:
        raise InputError("this line", "it names no treatment", "Begin it with the drug's name")
    find_agent(" ".join(words[:2]) if match_name(words[0]).agent is None else words[0])
    raise AssertionError  # pragma: no cover - find_agent refuses what is not in the catalogue
