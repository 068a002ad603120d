"""A search for a motor threshold that goes on after a reload: replayed from its answers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from euthymia.chart.chart import Chart
from euthymia.chart.threshold_inputs import last_threshold, threshold_fact
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who, check
from euthymia.clinic.chair.engine.clocks import RealClock
from euthymia.clinic.chair.models import ThresholdSearch
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.quantities import Estimate
from euthymia.plan.dose.values import Observation
from euthymia.plan.protocol.pulses import Train
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.devices.stimulator import TrainSettings
from euthymia.treat.threshold.drift import Threshold, drift_findings, emg_equivalent
from euthymia.treat.threshold.emg import MOST_PEAK_TO_PEAK_UV
from euthymia.treat.threshold.method import Advice, ThresholdMethod, Trial
from euthymia.treat.threshold.named import method_named
from euthymia.treat.threshold.rules import threshold_rules
from euthymia.treat.threshold.simulate import SimulatedPatient

TWITCH, EMG, MICROVOLT = "twitch", "emg", "microvolt"
FREE_OUTPUT = frozenset({"bayesian", "ml-pest"})
"""Methods that take any output; the others count answers at the outputs that they ask for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A search as it stands: the method's advice, or why the answers cannot be."""

    trials: tuple[Trial, ...]
    method: ThresholdMethod
    advice: Advice | None
    problem: str = ""


def open_search(patient: Patient) -> ThresholdSearch | None:
    """The search under way for this patient."""
    return ThresholdSearch.objects.filter(patient=patient, closed_at__isnull=True).first()


def begin(who: Who, patient: Patient, **chosen: Any) -> ThresholdSearch:
    """A new search; refused while another one of this patient is open."""
    check(Action.MEASURE_THRESHOLD, who, patient)
    if chosen.get("simulated") and not may_simulate(patient):
        raise InputError(
            _("the simulated muscle"),
            _("this patient is real"),
            _("Use it for synthetic patients of an example clinic"),
        )
    assert who.user_id is not None  # the policy has seen to it
    try:
        with transaction.atomic():
            return ThresholdSearch.objects.create(
                patient=patient, begun_by_id=who.user_id, begun_at=clock.now(), **chosen
            )
    except IntegrityError:
        raise InputError(
            _("motor threshold"),
            _("another search of this patient is under way"),
            _("Go on with that one, or give it up"),
        ) from None


def may_simulate(patient: Patient) -> bool:
    """Whether a simulated muscle may answer for this patient."""
    return bool(settings.PLACE.example and patient.synthetic)


def standing(search: ThresholdSearch, chart: Chart) -> Standing:
    """The search replayed from its answers."""
    before = last_threshold(chart)
    method = method_named(
        search.method,
        start_pct=search.start_pct,
        prior=search.prior,
        before=before.pct_mso if before else None,
    )
    trials = tuple(Trial(each["pct"], each["answered"], each["uv"]) for each in search.answers)
    try:
        return Standing(trials, method, method.advise(trials))
    except InputError as error:
        return Standing(trials, method, None, str(error))


def answer(search_id: UUID, number: int, trial: Trial) -> None:
    """Add the answer to pulse `number`; one that was given before is not given twice."""
    with transaction.atomic():
        search = _locked(search_id)
        if number != len(search.answers) + 1:
            return
        search.answers.append(
            {"pct": trial.pct_mso, "answered": trial.answered, "uv": trial.amplitude_uv}
        )
        search.pending = None
        search.save(update_fields=["answers", "pending"])


def undo(search_id: UUID, number: int) -> None:
    """Take back the answer to pulse `number`, if it is the last one."""
    with transaction.atomic():
        search = _locked(search_id)
        if number == len(search.answers) and search.answers:
            search.answers.pop()
            search.pending = None
            search.save(update_fields=["answers", "pending"])


def give_up(search_id: UUID) -> None:
    """Close the search without a result."""
    with transaction.atomic():
        search = _locked(search_id)
        search.closed_at = clock.now()
        search.save(update_fields=["closed_at"])


def trial_of(search: ThresholdSearch, pct: float, said: str) -> Trial:
    """What the operator said as a trial: yes, no, or an amplitude in µV."""
    if search.answer_by != MICROVOLT:
        if said not in ("yes", "no"):
            raise InputError(_("answer"), _("it is neither yes nor no"), _("Choose one"))
        return Trial(pct, said == "yes")
    try:
        amplitude = float(said.replace(",", "."))
    except ValueError:
        amplitude = -1.0
    if not 0.0 <= amplitude < MOST_PEAK_TO_PEAK_UV:
        raise InputError(
            _("amplitude"), _("it is no number of microvolts"), _("Type it peak to peak, in µV")
        )
    return Trial(pct, amplitude >= threshold_rules().answer.amplitude_uv, amplitude)


def measured(search: ThresholdSearch, estimate: Estimate) -> Threshold:
    """The result, with what it holds for."""
    seen = Observation.VISUAL if search.answer_by == TWITCH else Observation.EMG
    return Threshold(estimate, clock.today(), seen, search.muscle, search.stimulator, search.coil)


def findings(search: ThresholdSearch, estimate: Estimate, chart: Chart) -> tuple[Finding, ...]:
    """What the change against the last threshold asks for."""
    before = last_threshold(chart)
    return drift_findings(before, measured(search, estimate)) if before else ()


def by_emg(search: ThresholdSearch, estimate: Estimate) -> Estimate | None:
    """What a threshold by visible twitch stands for on average; for show only."""
    return emg_equivalent(estimate) if search.answer_by == TWITCH else None


def conclude(who: Who, patient: Patient, search: ThresholdSearch, chart: Chart) -> None:
    """Record the result; sent twice, it is recorded once."""
    if search.simulated and not may_simulate(patient):
        raise InputError(_("motor threshold"), _("it was simulated"), _("Measure it"))
    found = standing(search, chart)
    if found.advice is None or found.advice.estimate is None:
        raise InputError(
            _("motor threshold"),
            _("none was found"),
            _("Look for the hot spot again, or begin at another output"),
        )
    fact = threshold_fact(measured(search, found.advice.estimate), search.method, len(found.trials))
    record(who, patient, fact, Action.MEASURE_THRESHOLD, entry_id=str(search.pk))
    ThresholdSearch.objects.filter(pk=search.pk).update(closed_at=clock.now(), entry_id=search.pk)


def fire_simulated(search_id: UUID, number: int, pct: float) -> None:
    """Give one simulated pulse and keep what the simulated muscle did; no pulse leaves anything."""
    _single_pulse(pct)
    with transaction.atomic():
        search = _locked(search_id)
        if not search.simulated or number != len(search.answers) + 1:
            return
        draw = np.random.default_rng(_seed(search.pk, number))
        patient = SimulatedPatient(_true_threshold(search.patient_id))
        answered = patient.answers(pct, draw)
        least = threshold_rules().answer.amplitude_uv
        uv = least * float(draw.uniform(1.0, 6.0) if answered else draw.uniform(0.1, 0.9))
        search.pending = {"pct": pct, "answered": answered, "uv": round(uv)}
        search.save(update_fields=["pending"])


def _single_pulse(pct: float) -> None:
    at = RealClock()
    device = SimulatedStimulator(at)
    device.connect()
    device.configure(TrainSettings(pct, Train.of(1, 1)))
    device.arm()
    while not device.status().ready:
        at.sleep_until(at.now_s() + 0.02)
    device.fire()
    while device.status().firing:
        at.sleep_until(at.now_s() + 0.01)
    device.disconnect()


def _true_threshold(patient_id: UUID) -> float:
    """The simulated muscle's own threshold: always the same for one patient."""
    return float(np.random.default_rng(_seed(patient_id, 0)).uniform(38.0, 62.0))


def _seed(ident: UUID, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{ident}-{number}".encode()).digest()[:8], "big")


def _locked(search_id: UUID) -> ThresholdSearch:
    found = (
        ThresholdSearch.objects.select_for_update()
        .filter(pk=search_id, closed_at__isnull=True)
        .first()
    )
    if found is None:
        raise InputError(_("motor threshold"), _("this search is closed"), _("Begin a new one"))
    return found
