"""A protocol as a plain dictionary with stable keys."""

from __future__ import annotations

from euthymia.cli.plain import Data, citation_data
from euthymia.cli.protocol_files import NamedProtocol
from euthymia.plan.protocol.algebra import Block, Duration, Protocol
from euthymia.plan.protocol.catalogue import CatalogueEntry
from euthymia.plan.protocol.courses import CourseRule
from euthymia.plan.protocol.schema import to_dict


def protocol_data(found: NamedProtocol) -> Data:
    """What `euthymia protocol show --json` prints.

    `protocol` is the published JSON format; null for an entry that is not published whole.
    """
    return {
        "name": found.name,
        "catalogue": entry_data(found.entry) if found.entry else None,
        "timing": timing_data(found.protocol) if found.protocol else None,
        "protocol": to_dict(found.protocol) if found.protocol else None,
    }


def timing_data(protocol: Protocol) -> Data:
    """Pulses and lengths, and each block in one sentence."""
    return {
        "text": protocol.text,
        "pulses": protocol.pulse_count,
        "trains": protocol.train_count,
        "clock": protocol.clock,
        "duration_s": {
            convention.name.lower(): float(protocol.duration_s(convention))
            for convention in Duration
        },
        "blocks": [_block(block) for block in protocol.blocks],
    }


def entry_data(entry: CatalogueEntry) -> Data:
    """What the catalogue says beside the protocol itself."""
    return {
        "id": entry.id,
        "title": entry.title,
        "also_called": list(entry.also),
        "indication": entry.indication,
        "status": entry.status.value,
        "coil_class": entry.coil,
        "pulses": entry.pulses,
        "missing": list(entry.missing),
        "clearances": [
            {
                "number": record.number,
                "device": record.device,
                "indication": record.indication,
                "date": record.date,
                "number_source": citation_data(record.number_source),
                "date_source": citation_data(record.date_source),
            }
            for record in entry.clearance_records
        ],
        "published_durations": [
            {
                "seconds": published.seconds,
                "convention": published.convention.name.lower(),
                "source": citation_data(published.source),
            }
            for published in entry.durations
        ],
        "course": course_data(entry.course_rule),
        "notes": list(entry.notes),
        "sources": {group: citation_data(source) for group, source in entry.sources.groups()},
    }


def course_data(rule: CourseRule | None) -> Data | None:
    """How many sessions on which rhythm."""
    if rule is None:
        return None
    return {
        "id": rule.id,
        "title": rule.title,
        "sessions": rule.sessions_total,
        "sessions_per_day": rule.sessions_per_day,
        "weeks": rule.weeks,
        "phases": [
            {
                "name": phase.name,
                "sessions": phase.sessions,
                "sessions_per_week": list(phase.sessions_per_week),
                "sessions_per_day": phase.sessions_per_day,
            }
            for phase in rule.phases
        ],
        "source": citation_data(rule.source),
    }


def _block(block: Block) -> Data:
    off = block.stated_off_s
    return {
        "text": block.text,
        "site": block.site.text,
        "intensity_pct": block.intensity.percent,
        "intensity_of": block.intensity.of.value,
        "rate_hz": float(block.train.rate_hz),
        "pulses_per_burst": block.train.burst.pulse_count,
        "pulses_per_train": block.train.pulse_count,
        "trains": block.train_count,
        "train_s": float(block.train.nominal_s),
        "off_s": float(off) if off is not None else None,
        "onset_to_onset_s": float(block.period_s),
        "pulses": block.pulse_count,
    }
