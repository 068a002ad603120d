"""A treatment history as every instrument judges it: verdicts, stages, definitions, overlaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from euthymia.assess.medication.adequacy import adequacy
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.overlap import Concurrence, concurrences
from euthymia.assess.medication.trial import EpisodeFacts, MedicationTrial, refuse_future
from euthymia.assess.medication.verdicts import TrialVerdict
from euthymia.assess.staging.definitions import resistance
from euthymia.assess.staging.maudsley import maudsley
from euthymia.assess.staging.others import athf_sf, european, mgh_s, thase_rush
from euthymia.assess.staging.results import DefinitionResult, StageResult
from euthymia.assess.staging.rules import staging_rules


@dataclass(frozen=True, slots=True)
class JudgedHistory:
    """What the rules say of a treatment history on a day.

    `verdicts` holds every trial as each instrument judges it, in the order of the history;
    `together` the drugs that were, or may have been, taken at the same time.
    """

    on: date
    episode: EpisodeFacts
    verdicts: Mapping[Instrument, tuple[TrialVerdict, ...]]
    together: tuple[Concurrence, ...]
    maudsley: StageResult
    other_stages: tuple[StageResult, ...]
    definitions: tuple[DefinitionResult, ...]

    @property
    def trials(self) -> tuple[TrialVerdict, ...]:
        """Every trial as the ATRQ judges it, on which the definition of resistance rests."""
        return self.verdicts[Instrument.ATRQ]

    @property
    def stages(self) -> tuple[StageResult, ...]:
        return (self.maudsley, *self.other_stages)

    @property
    def missing(self) -> tuple[str, ...]:
        """What would narrow the Maudsley stage or settle a definition, each point once."""
        points = [*self.maudsley.missing]
        points += [point for result in self.definitions for point in result.missing]
        return tuple(dict.fromkeys(points))


def judge_history(
    trials: Sequence[MedicationTrial], episode: EpisodeFacts, on: date
) -> JudgedHistory:
    """Judge a history by every instrument; refuses unknown drugs and dates after `on`."""
    refuse_future(trials, episode, on)
    verdicts = {
        instrument: tuple(adequacy(trial, instrument, on) for trial in trials)
        for instrument in Instrument
    }
    return JudgedHistory(
        on=on,
        episode=episode,
        verdicts=verdicts,
        together=concurrences(verdicts[Instrument.ATRQ]),
        maudsley=maudsley(verdicts[Instrument.MAUDSLEY], episode, on),
        other_stages=(
            thase_rush(verdicts[Instrument.THASE_RUSH], episode),
            mgh_s(verdicts[Instrument.MGH_S], episode),
            european(verdicts[Instrument.EUROPEAN], episode, on),
            athf_sf(verdicts[Instrument.ATHF_SF], episode),
        ),
        definitions=tuple(
            resistance(row, verdicts[row.instrument], episode) for row in staging_rules().definition
        ),
    )
