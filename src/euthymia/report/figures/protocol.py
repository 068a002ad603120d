"""A protocol drawn at three zooms: a session's trains, a train's pulses, a burst's pulses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from euthymia.core.errors import InputError
from euthymia.plan.protocol.algebra import Block, Duration, Protocol
from euthymia.plan.protocol.exact import show
from euthymia.plan.protocol.intervals import OffTime
from euthymia.plan.protocol.timeline import PlacedBlock, PlacedTrain
from euthymia.report import palette
from euthymia.report.scales import TimeAxis
from euthymia.report.svg import (
    LARGE,
    NORMAL,
    SMALL,
    Node,
    Picture,
    arrow_head,
    circle,
    group,
    hint,
    line,
    polyline,
    rect,
    shorten,
    text,
    text_width,
)

_WIDTH = 720.0
_SIDE = 10.0
_PANEL = 124.0
_BASE = 96.0
_STEM = 44.0
_LENS_GAP = 22.0
_MOST_PULSES_DRAWN = 400
_PULSES_OF_A_LONG_TRAIN = 60
_PLAIN_PULSES_SHOWN = 4


class Zoom(StrEnum):
    """How closely the protocol is looked at."""

    SESSION = "session"
    """All trains of the session."""
    TRAIN = "train"
    """Every pulse of one train, and the pause after it."""
    BURST = "burst"
    """The first two bursts; in a plain train, its first pulses."""


def draw(protocol: Protocol, zoom: Zoom | str, block: int = 0, name: str = "protocol") -> str:
    """One zoom as SVG. `block` says which block's train or burst is shown, counted from 0."""
    try:
        zoom = Zoom(zoom)
    except ValueError:
        raise InputError(
            f"zoom {zoom!r}", "a protocol has no such zoom", "Choose session, train or burst"
        ) from None
    panel = _panel(protocol, zoom, _placed(protocol, block), _SIDE, _WIDTH - 2 * _SIDE)
    title = f"Protocol, {zoom.value} view"
    return Picture(name, _WIDTH, _PANEL + 4, title, protocol.text, panel.nodes).render()


def draw_all(protocol: Protocol, name: str = "protocol") -> str:
    """All three zooms in one figure; each block with a train of its own gets its own column."""
    shown = _distinct_blocks(protocol)
    session = _session(protocol, _SIDE, _WIDTH - 2 * _SIDE)
    lenses: list[Node] = []
    content: list[Node] = [group(session.nodes)]
    width = (_WIDTH - 2 * _SIDE - 24 * (len(shown) - 1)) / len(shown)
    row = _PANEL + _LENS_GAP
    for column, placed in enumerate(shown):
        left = _SIDE + column * (width + 24)
        train = _panel(protocol, Zoom.TRAIN, placed, left, width)
        burst = _panel(protocol, Zoom.BURST, placed, left, width)
        lenses.append(_lens(session.lens[placed.index], 0, (left, left + width), row))
        lenses.append(_lens(train.lens[0], row, (left, left + width), 2 * row))
        content.append(group(train.nodes, transform=f"translate(0 {row:g})"))
        content.append(group(burst.nodes, transform=f"translate(0 {2 * row:g})"))
    return Picture(
        name,
        _WIDTH,
        2 * row + _PANEL + 4,
        "Protocol in three views",
        _in_words(protocol),
        (*lenses, *content),
    ).render()


@dataclass(frozen=True, slots=True)
class _Panel:
    """A drawn panel, and where on its axis the things lie that the next zoom enlarges."""

    nodes: tuple[Node, ...]
    lens: tuple[tuple[float, float], ...]


def _placed(protocol: Protocol, block: int) -> PlacedBlock:
    placed = tuple(protocol.placed_blocks())
    if not 0 <= block < len(placed):
        raise InputError(
            f"block {block}",
            f"the protocol has {len(placed)} block(s), counted from 0",
            "Name one of them",
        )
    return placed[block]


def _distinct_blocks(protocol: Protocol) -> tuple[PlacedBlock, ...]:
    """The first block of each kind of train and interval, at most three."""
    seen: list[tuple[object, ...]] = []
    kept: list[PlacedBlock] = []
    for placed in protocol.placed_blocks():
        kind = (placed.block.train, placed.block.period_s)
        if kind not in seen:
            seen.append(kind)
            kept.append(placed)
    return tuple(kept[:3])


def _panel(
    protocol: Protocol, zoom: Zoom, placed: PlacedBlock, left: float, width: float
) -> _Panel:
    if zoom is Zoom.SESSION:
        return _session(protocol, left, width)
    return _train(placed, left, width) if zoom is Zoom.TRAIN else _burst(placed, left, width)


def _colour(index: int) -> str:
    return palette.SERIES[index % len(palette.SERIES)]


def _session(protocol: Protocol, left: float, width: float) -> _Panel:
    """Every train as a bar on the time of the session."""
    whole = protocol.duration_s(Duration.WITH_LAST_INTERVAL)
    axis = TimeAxis(0.0, float(whole), left, left + width - 34)
    nodes: list[Node] = [
        _heading(
            left,
            width,
            f"Session: {protocol.pulse_count:,} pulses in {_count(protocol.train_count, 'train')}",
            f"{_length(whole)} with the last interval; first to last pulse {protocol.clock}",
        )
    ]
    lens = []
    for placed in protocol.placed_blocks():
        nodes.append(_block_words(placed, axis))
        for train in placed.trains():
            x = axis(float(train.onset_s))
            right = axis(float(train.nominal_end_s))
            bar = rect(x, _BASE - _STEM, max(right - x, 0.8), _STEM, fill=_colour(placed.index))
            onset = f"train {train.index + 1}, begins at {show(train.onset_s)} s"
            nodes.append(hint(bar, onset))
            if train.index == 0:
                lens.append((x, max(right, x + 0.8)))
    nodes.append(axis.draw(_BASE, about=10))
    return _Panel(tuple(nodes), tuple(lens))


def _block_words(placed: PlacedBlock, axis: TimeAxis) -> Node:
    """Where and how strongly a block is given, in two lines above its first train."""
    x = axis(float(placed.onset_s))
    block = placed.block
    room = max(axis(float(placed.cycle_end_s)) - x - 6, 40)
    lines = (block.site.text, block.intensity.text)
    return group(
        text(x, _BASE - _STEM - 19 + 13 * row, shorten(words, room, SMALL), SMALL)
        for row, words in enumerate(lines)
    )


def _train(placed: PlacedBlock, left: float, width: float) -> _Panel:
    """Each pulse of the block's first train as a stem, with its length and the pause after it."""
    block = placed.block
    first = next(placed.trains())
    times = [(float(time - first.onset_s), amp) for time, amp in _pulses(first)]
    drawn = times if len(times) <= _MOST_PULSES_DRAWN else times[:_PULSES_OF_A_LONG_TRAIN]
    cut = len(drawn) < len(times)
    shown_s = drawn[-1][0] * 1.04 if cut else float(block.train.nominal_s) * 1.02
    room = 96.0 if block.interval and not cut else 34.0
    axis = TimeAxis(0.0, max(shown_s, 1e-3), left, left + width - room)
    nodes: list[Node] = [_heading(left, width, *_train_words(block, len(drawn) if cut else None))]
    nodes += [_stem(axis(time), amp, _colour(placed.index), 1.1) for time, amp in drawn]
    nodes.append(axis.draw(_BASE, about=8))
    if not cut:
        on_s, words = _on_time(block)
        nodes += _dimension(axis(0), axis(float(on_s)), _BASE - _STEM - 9, words)
    if block.interval and not cut:
        nodes += _pause(axis.end, left + width, f"{show(block.stated_off_s or Fraction(0))} s off")
    right = float(block.train.period_s) * (
        1.0 if block.train.is_theta_burst else _PLAIN_PULSES_SHOWN
    )
    return _Panel(tuple(nodes), ((axis(0) - 2, min(axis(right), axis.end)),))


def _on_time(block: Block) -> tuple[Fraction, str]:
    """The train's length in the convention of its interval, so that on and off add up."""
    if isinstance(block.interval, OffTime):
        return block.train.span_s, f"{show(block.train.span_s)} s from first to last pulse"
    return block.train.nominal_s, f"{show(block.train.nominal_s)} s on"


def _train_words(block: Block, drawn: int | None) -> tuple[str, str]:
    train = block.train
    what = "bursts" if train.is_theta_burst else "pulses"
    title = f"Train: {train.burst_count} {what} at {show(train.rate_hz)} Hz"
    if train.is_theta_burst:
        title += f" = {train.pulse_count} pulses"
    if drawn is not None:
        return title, f"first {drawn} of {train.pulse_count:,} pulses shown"
    if block.interval is None:
        return title, "one train, no interval"
    return title, f"{show(block.period_s)} s from onset to onset"


def _burst(placed: PlacedBlock, left: float, width: float) -> _Panel:
    """The first two bursts with both intervals, or the first pulses of a plain train."""
    train = placed.block.train
    first = next(placed.trains())
    if not train.is_theta_burst:
        return _plain_pulses(placed, first, left, width)
    bursts = list(first.bursts())[:2]
    end_s = bursts[-1].offset_s - first.onset_s
    axis = TimeAxis(0.0, float(end_s) * 1.08 or 1e-3, left + 8, left + width - 34)
    inner = train.burst.interval_s
    gap = train.period_s - train.burst.span_s
    title = f"Burst: {train.burst.pulse_count} pulses at {show(train.highest_rate_hz)} Hz"
    note = f"bursts {_ms(train.period_s)} from onset to onset"
    nodes: list[Node] = [_heading(left, width, title, note)]
    for burst in bursts:
        for time, pulse in burst.pulses():
            x = axis(float(time - first.onset_s))
            nodes.append(_stem(x, pulse.relative_amplitude, _colour(placed.index), 2.0, head=True))
    top = _BASE - _STEM - 9
    nodes += _dimension(axis(0), axis(float(inner)), top, _ms(inner), outside=True)
    if len(bursts) == 2:
        start = float(train.burst.span_s)
        nodes += _dimension(
            axis(start), axis(start + float(gap)), _BASE - _STEM / 2, f"{_ms(gap)} between bursts"
        )
    nodes.append(axis.draw(_BASE, about=8))
    return _Panel(tuple(nodes), ())


def _plain_pulses(placed: PlacedBlock, first: PlacedTrain, left: float, width: float) -> _Panel:
    train = placed.block.train
    shown = [(float(time - first.onset_s), amp) for time, amp in _pulses(first)]
    shown = shown[:_PLAIN_PULSES_SHOWN]
    period = float(train.period_s)
    axis = TimeAxis(0.0, period * (len(shown) - 1 + 0.4), left + 8, left + width - 34)
    title = f"Pulses: single, at {show(train.rate_hz)} Hz"
    nodes: list[Node] = [_heading(left, width, title, f"{_count(len(shown), 'first pulse')} shown")]
    for time, amp in shown:
        nodes.append(_stem(axis(time), amp, _colour(placed.index), 2.0, head=True))
    if len(shown) > 1:
        nodes += _dimension(axis(0), axis(period), _BASE - _STEM - 9, _ms(train.period_s))
    nodes.append(axis.draw(_BASE, about=8))
    return _Panel(tuple(nodes), ())


def _pulses(train: PlacedTrain) -> list[tuple[Fraction, float]]:
    return [
        (time, pulse.relative_amplitude)
        for burst in train.bursts()
        for time, pulse in burst.pulses()
    ]


def _heading(left: float, width: float, title: str, note: str) -> Node:
    parts: list[Node] = [text(left, 13, title, LARGE, bold=True)]
    x = left + text_width(title, LARGE * 1.06) + 14
    parts.append(text(x, 13, shorten(note, left + width - x, SMALL), SMALL, fill=palette.SOFT_INK))
    return group(parts)


def _stem(x: float, amplitude: float, colour: str, width: float, head: bool = False) -> Node:
    """One pulse: a stem as high as its relative amplitude."""
    top = _BASE - _STEM * min(amplitude, 1.25)
    stem = line(x, _BASE, x, top, stroke=colour, stroke_width=width, class_="pulse")
    return group([stem, circle(x, top, 2.8, fill=colour)]) if head else stem


def _dimension(x0: float, x1: float, y: float, words: str, outside: bool = False) -> list[Node]:
    """A measured length: a line with an arrow at each end and its words above or beside it."""
    parts: list[Node] = [line(x0, y, x1, y, stroke=palette.SOFT_INK, stroke_width=0.9)]
    for x, angle in ((x0, 180.0), (x1, 0.0)):
        parts.append(line(x, y - 4, x, y + 4, stroke=palette.SOFT_INK, stroke_width=0.9))
        if x1 - x0 > 14:
            parts.append(arrow_head(x, y, angle, 5, fill=palette.SOFT_INK))
    if outside or x1 - x0 < text_width(words, SMALL) + 6:
        parts.append(text(x1 + 6, y + 3.5, words, SMALL))
    else:
        parts.append(text((x0 + x1) / 2, y - 4, words, SMALL, "middle", halo=palette.PAPER))
    return parts


def _pause(x0: float, x1: float, words: str) -> list[Node]:
    """The pause after a train, not to scale: a dashed arrow to the next train."""
    y = _BASE - _STEM / 2
    return [
        line(x0 + 6, y, x1 - 8, y, stroke=palette.SOFT_INK, stroke_dasharray="4 3"),
        arrow_head(x1 - 4, y, 0, 6, fill=palette.SOFT_INK),
        text((x0 + x1) / 2, y - 7, words, NORMAL, "middle", bold=True),
        text((x0 + x1) / 2, y + 14, "next train", SMALL, "middle", fill=palette.SOFT_INK),
    ]


def _lens(
    source: tuple[float, float], top: float, target: tuple[float, float], bottom: float
) -> Node:
    """A faint funnel from the part that is enlarged to the panel that enlarges it."""
    y0, y1 = top + _BASE + 1, bottom - 2
    corners = [(source[0], y0), (source[1], y0), (target[1], y1), (target[0], y1)]
    return polyline(corners, closed=True, fill=palette.WASH)


def _ms(seconds: Fraction) -> str:
    return f"{show(seconds * 1000, 1)} ms" if seconds < 1 else f"{show(seconds)} s"


def _length(seconds: Fraction) -> str:
    return f"{show(seconds)} s" if seconds < 600 else f"{show(seconds / 60, 2)} min"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _in_words(protocol: Protocol) -> str:
    whole = _length(protocol.duration_s(Duration.WITH_LAST_INTERVAL))
    return f"{protocol.text}. The session lasts {whole} with its last interval."
