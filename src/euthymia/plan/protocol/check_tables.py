"""Checks against the safety tables: train duration (S1, S2), interval (S3), theta bursts."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from euthymia.core.findings import Finding, Severity
from euthymia.plan.protocol.algebra import Block
from euthymia.plan.protocol.case import BlockDose, Case
from euthymia.plan.protocol.dosing import Threshold
from euthymia.plan.protocol.exact import show
from euthymia.plan.protocol.limits import (
    Spacing,
    TrainRuling,
    Verdict,
    interval_table,
    train_tables,
)
from euthymia.plan.protocol.pulses import Train

_CLEARED = " The protocol is cleared: it may be given once a clinician has acknowledged this."


def train_findings(case: Case) -> Iterator[Finding]:
    """Every train against every train-duration table."""
    for dose in case.doses():
        if dose.block.train.is_theta_burst:
            yield _theta_burst(case, dose)
        elif dose.table_pct is None:
            yield _not_entered(dose)
        else:
            for table in train_tables():
                train = dose.block.train
                ruling = table.rule(train.nominal_s, train.rate_hz, dose.table_pct)
                yield _train_finding(case, dose, ruling)


def scale_findings(case: Case) -> Iterator[Finding]:
    """Where the tables' scale, % of the EMG rMT of the hand, is not the block's own."""
    for dose in case.doses():
        yield from _other_threshold(dose)
        if dose.threshold is not None and dose.threshold.by_visual_twitch:
            yield _visual_threshold(case, dose)


def interval_findings(case: Case) -> Iterator[Finding]:
    """The off-time between trains, within blocks and between blocks on one site."""
    for dose in case.doses():
        off_s = dose.block.stated_off_s
        if off_s is not None and dose.block.train_count > 1 and dose.tabulated:
            yield _interval_finding(case, dose, off_s, dose.subject)
    yield from _gaps_between_blocks(case)


def _train_finding(case: Case, dose: BlockDose, ruling: TrainRuling) -> Finding:
    train = dose.block.train
    table = ruling.table
    verdict = ruling.verdict
    words = {
        Verdict.WITHIN: f"is within table {table.id}",
        Verdict.BEYOND_TESTED: (
            f"is longer than any that was tested (table {table.id}); "
            "this does not say that it is unsafe"
        ),
        Verdict.EXCEEDS: f"exceeds table {table.id}",
        Verdict.OUTSIDE: (
            f"is outside table {table.id}, which ends at {table.rates_hz[-1]:g} Hz and "
            f"{table.intensities_pct[-1]:g} %"
        ),
    }[verdict]
    severity = case.policy.train_severity(verdict, cleared=case.cleared)
    tail = _CLEARED if case.cleared and severity is Severity.ACKNOWLEDGE else ""
    return Finding(
        code=f"train-duration.{table.id.lower()}",
        severity=severity,
        subject=dose.subject,
        message=f"{_train_text(train, dose.table_pct)} {words}.{tail}",
        found=f"{show(train.nominal_s)} s",
        limit=ruling.limit_text,
        nearest_allowed=_nearest_train(train, ruling) if verdict is Verdict.EXCEEDS else "",
        source=table.source,
    )


def _nearest_train(train: Train, ruling: TrainRuling) -> str:
    """A shorter train at this intensity, or a lower intensity for this train."""
    table, choices = ruling.table, []
    pulses = train.pulses_that_fit(ruling.cell.seconds)
    if pulses:
        choices.append(f"{pulses} pulses a train at {ruling.intensity_pct:g} %")
    lower = [
        percent
        for percent in table.intensities_pct
        if table.rule(train.nominal_s, train.rate_hz, percent).verdict is Verdict.WITHIN
    ]
    if lower:
        choices.append(f"{max(lower):g} % for this train")
    return ", or ".join(choices) or "none at this rate"


def _interval_finding(case: Case, dose: BlockDose, off_s: Fraction, subject: str) -> Finding:
    table = interval_table()
    assert dose.table_pct is not None
    ruling = table.rule(off_s, dose.block.train.rate_hz, dose.table_pct)
    many = dose.block.train_count > table.max_trains
    tested = f" (tested for up to {table.max_trains} trains)" if many else ""
    words = {
        Spacing.SAFE: f"is safe by table {table.id}{tested}",
        Spacing.INSUFFICIENT: (
            f"is as long as table {table.id} asks for, which has too few data at "
            f"{ruling.intensity_pct:g} %{tested}"
        ),
        Spacing.UNSAFE: f"is too short by table {table.id} ({ruling.words})",
        Spacing.OUTSIDE: (
            f"is outside table {table.id}, which ends at {table.max_rate_hz:g} Hz and "
            f"{table.intensities_pct[-1]:g} %"
        ),
    }[ruling.verdict]
    unsafe = ruling.verdict is Spacing.UNSAFE
    return Finding(
        code=f"interval.{table.id.lower()}",
        severity=case.policy.spacing_severity(ruling.verdict, cleared=case.cleared),
        subject=subject,
        message=f"An interval of {show(off_s)} s between trains at {dose.table_pct:.4g} % {words}.",
        found=f"{show(off_s)} s",
        limit=f"at least {show(table.safe_from_s)} s",
        nearest_allowed=f"{show(table.safe_from_s)} s" if unsafe else "",
        source=table.source,
    )


def _gaps_between_blocks(case: Case) -> Iterator[Finding]:
    """Blocks on one site that follow so closely that they are one long train in effect."""
    doses = {dose.block: dose for dose in case.doses()}
    told: set[tuple[Block, Block]] = set()
    for one, other in pairwise(case.protocol.placed_blocks()):
        pair = (one.block, other.block)
        gap_s = other.onset_s - one.onset_s - one.block.nominal_end_s
        close = gap_s < interval_table().safe_from_s and one.block.site == other.block.site
        both = [doses[block] for block in pair]
        if not close or pair in told or not all(dose.tabulated for dose in both):
            continue
        told.add(pair)
        stronger = max(both, key=lambda dose: dose.table_pct or 0.0)
        subject = f"between blocks {one.index + 1} and {other.index + 1}"
        yield _interval_finding(case, stronger, gap_s, subject)


def _theta_burst(case: Case, dose: BlockDose) -> Finding:
    remark = case.policy.theta_burst
    off_s = dose.block.stated_off_s
    spaced = "" if off_s is None else f" The trains are {show(off_s)} s apart."
    return Finding(
        code="train-duration.theta-burst",
        severity=Severity.NOTE,
        subject=dose.subject,
        message=remark.message + spaced,
        found=f"{show(dose.block.train.nominal_s)} s at {dose.block.intensity.text}",
        limit="not tabulated",
        source=remark.source,
    )


def _not_entered(dose: BlockDose) -> Finding:
    return Finding(
        code="train-duration.no-threshold",
        severity=Severity.CAUTION,
        subject=dose.subject,
        message="The train tables are in % of the rMT of the hand, which is not known for this "
        "fixed output; the train was not checked against them.",
        found=dose.block.intensity.text,
    )


def _other_threshold(dose: BlockDose) -> Iterator[Finding]:
    of = dose.block.intensity.of
    if of is Threshold.RMT_HAND or not dose.tabulated:
        return
    yield Finding(
        code="train-duration.other-threshold",
        severity=Severity.NOTE,
        subject=dose.subject,
        message=f"The train tables are in % of the EMG rMT of the hand; the intensity is in % of "
        f"{of.label} and was looked up at {dose.table_pct:.4g} %.",
        found=dose.block.intensity.text,
        source=train_tables()[0].source,
    )


def _visual_threshold(case: Case, dose: BlockDose) -> Finding:
    """A threshold by visible twitch stands for a stronger stimulus than the tables mean."""
    rule = case.policy.visual_threshold
    percent = dose.block.intensity.percent
    worse = [] if dose.table_pct is None else _worse_tables(dose, dose.table_pct * rule.ratio)
    tail = f" At that intensity this train {' and '.join(worse)}." if worse else ""
    return Finding(
        code="intensity.visual-threshold",
        severity=Severity.CAUTION if worse else Severity.NOTE,
        subject=dose.subject,
        message=f"The threshold was read from visible twitches, which gives a higher one than EMG: "
        f"{percent:g} % of it is about {percent * rule.ratio:.0f} % of the EMG threshold, on which "
        f"the safety tables stand.{tail}",
        found=f"{percent:g} % of the visual threshold",
        limit=f"about {percent * rule.ratio:.0f} % of the EMG threshold",
        source=rule.source,
    )


_AGAINST = {
    Verdict.BEYOND_TESTED: "is beyond the tested range of table {}",
    Verdict.OUTSIDE: "is outside table {}",
    Verdict.EXCEEDS: "exceeds table {}",
}


def _worse_tables(dose: BlockDose, emg_pct: float) -> list[str]:
    """What tables say at the EMG equivalent, where it is worse than at the stated percentage."""
    if not dose.tabulated or dose.table_pct is None:
        return []
    order = (Verdict.WITHIN, Verdict.BEYOND_TESTED, Verdict.OUTSIDE, Verdict.EXCEEDS)
    train = dose.block.train
    worse = []
    for table in train_tables():
        stated, actual = (
            table.rule(train.nominal_s, train.rate_hz, percent).verdict
            for percent in (dose.table_pct, emg_pct)
        )
        if order.index(actual) > order.index(stated):
            worse.append(_AGAINST[actual].format(table.id))
    return worse


def _train_text(train: Train, percent: float | None) -> str:
    return f"A train of {show(train.nominal_s)} s at {show(train.rate_hz)} Hz and {percent:.4g} %"
