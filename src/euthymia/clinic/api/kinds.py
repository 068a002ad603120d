"""Which right each kind of entry needs when a program records it.

Kinds that are missing here cannot be recorded by a program: signatures, and what a session or the
registration of a patient writes by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from euthymia.chart.entries import kinds
from euthymia.clinic.accounts.policy import Action

ACTION_OF: Mapping[str, Action] = {
    "referral_received": Action.RECORD_REFERRAL,
    "consent_recorded": Action.RECORD_CONSENT,
    "authorization_recorded": Action.RECORD_AUTHORIZATION,
    "episode_recorded": Action.RECORD_HISTORY,
    "medication_trial_recorded": Action.RECORD_HISTORY,
    "medicines_recorded": Action.RECORD_HISTORY,
    "screen_answered": Action.RECORD_SCREEN,
    "implant_recorded": Action.RECORD_SCREEN,
    "scale_filled": Action.RECORD_SCALE,
    "head_measured": Action.MEASURE_HEAD,
    "image_attached": Action.MEASURE_HEAD,
    "motor_threshold_measured": Action.MEASURE_THRESHOLD,
    "availability_recorded": Action.SET_APPOINTMENTS,
    "appointments_set": Action.SET_APPOINTMENTS,
    "appointment_moved": Action.SET_APPOINTMENTS,
    "appointment_missed": Action.RECORD_MISSED,
    "plan_requested": Action.REQUEST_PLAN,
    "placement_chosen": Action.CHOOSE_PLACEMENT,
    "prescription_written": Action.WRITE_PRESCRIPTION,
    "adverse_event_recorded": Action.RECORD_ADVERSE_EVENT,
    "course_ended": Action.END_COURSE,
    "follow_up_set": Action.SET_FOLLOW_UP,
    "follow_up_done": Action.DO_FOLLOW_UP,
    "reminder_sent": Action.DO_FOLLOW_UP,
    "note_written": Action.WRITE_NOTE,
}

NOT_BY_PROGRAMS = frozenset(kinds()) - frozenset(ACTION_OF)
"""The rest: every kind of entry is either here or above."""
