"""The history as it was told: shown as it is read, recorded when confirmed, nothing lost."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now, errors_of, hidden, text_of
from euthymia.assess.medication.told.lines import read_history
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.records.models import LedgerEntry, Patient, Reading

TOLD = """Zoloft 50->150 mg, Mar-Sep 2021, no response, weight gain
Effexor XR 225 mg, about 6 weeks in spring 2022, stopped due to nausea, blue pills
qwertol 20 mg, 2020
ECT bilateral, 8 sessions, 2019 to 2020
Episode: since January 2021, severe, not psychotic"""
ON = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
EVERYTHING = ["line1", "line2", "line4", "episode", "unread"]


@pytest.fixture
def browser(clinic: SmallClinic) -> Client:
    return clinic.client(Role.PSYCHIATRIST)


def _read(browser: Client, patient: Patient, text: str = TOLD):  # type: ignore[no-untyped-def]
    url = address("told", patient)
    first = hidden(browser.get(url).content.decode())
    return browser.post(url, {**first, "told": text, "read": "1"})


def _record(browser: Client, patient: Patient, page, text: str = TOLD, take=EVERYTHING):  # type: ignore[no-untyped-def]
    values = {**hidden(page.content.decode()), "told": text, "record": "1", "take": take}
    return browser.post(address("told", patient), values)


def test_the_reading_stands_line_by_line_and_nothing_is_recorded_yet(
    browser: Client, patient: Patient
) -> None:
    before = LedgerEntry.objects.count()
    page = _read(browser, patient)
    said = text_of(page)
    assert (
        "3 treatments read; and the episode; 1 line with words left over; 1 line not read." in said
    )
    assert "doses one after the other: 50, 150 mg" in said
    assert "Not understood, and not counted: blue pills" in said
    assert "drug 'qwertol': it is not in the catalogue" in said
    assert "Missing to be sure: how long venlafaxine XR was taken at 150 mg" in said
    assert LedgerEntry.objects.count() == before


def test_what_is_ticked_becomes_trials_the_episode_and_a_note(
    browser: Client, patient: Patient
) -> None:
    with clock.at(ON):
        answer = _record(browser, patient, _read(browser, patient))
    assert answer.status_code == 302
    chart = chart_now(patient)
    told = read_history(TOLD, ON.date())
    assert tuple(found.fact.trial for found in chart.trials) == told.trials
    assert chart.episode is not None
    assert chart.episode.fact.episode == told.episode
    assert [note.fact.text for note in chart.notes] == ["As it was told:\nqwertol 20 mg, 2020"]
    assert chart.trials[0].entries[0].author.role == "psychiatrist"


def test_sent_twice_it_is_recorded_once(browser: Client, patient: Patient) -> None:
    page = _read(browser, patient)
    _record(browser, patient, page)
    count = LedgerEntry.objects.count()
    assert _record(browser, patient, page).status_code == 302
    assert LedgerEntry.objects.count() == count


def test_a_text_that_was_changed_is_shown_again_before_it_is_recorded(
    browser: Client, patient: Patient
) -> None:
    page = _read(browser, patient)
    before = LedgerEntry.objects.count()
    changed = TOLD.replace("150 mg", "200 mg")
    answer = _record(browser, patient, page, changed)
    assert "The text was changed" in text_of(answer)
    assert "doses one after the other: 50, 200 mg" in text_of(answer)
    assert LedgerEntry.objects.count() == before
    assert _record(browser, patient, answer, changed).status_code == 302
    assert chart_now(patient).trials[0].fact.trial.highest_dose_mg == 200


def test_what_is_not_ticked_is_not_recorded(browser: Client, patient: Patient) -> None:
    _record(browser, patient, _read(browser, patient), take=["line4"])
    chart = chart_now(patient)
    assert [found.fact.trial.sessions for found in chart.trials] == [8]
    assert chart.episode is None
    assert chart.notes == ()


def test_nothing_ticked_is_said_and_the_text_stays(browser: Client, patient: Patient) -> None:
    answer = _record(browser, patient, _read(browser, patient), take=[])
    assert answer.status_code == 422
    assert "Nothing is ticked" in text_of(answer)
    assert "qwertol 20 mg, 2020" in answer.content.decode()


def test_what_the_chart_holds_already_is_said_and_not_ticked(
    browser: Client, patient: Patient
) -> None:
    _record(browser, patient, _read(browser, patient), take=["line1"])
    page = _read(browser, patient).content.decode()
    assert "in the chart already" in page
    assert 'value="line1">' in page
    assert 'value="line2" checked>' in page


def test_what_is_told_of_the_episode_adds_to_what_is_known(
    browser: Client, patient: Patient
) -> None:
    for text in ("Episode: since March 2020, severe", "never had ECT", "Episode: psychotic"):
        _record(browser, patient, _read(browser, patient, text), text, ["episode"])
    recorded = chart_now(patient).episode
    assert recorded is not None
    episode = recorded.fact.episode
    assert episode.earliest_onset == date(2020, 3, 1)
    assert (episode.severity, episode.ect_used, episode.psychotic) == ("severe", False, True)


def test_an_empty_text_is_refused_beside_the_box(browser: Client, patient: Patient) -> None:
    assert "told" in errors_of(_read(browser, patient, "  \n"))
    assert "told" in errors_of(_read(browser, patient, "# only a remark"))


def test_the_live_reading_records_and_logs_nothing(
    browser: Client, clinic: SmallClinic, patient: Patient
) -> None:
    entries, readings = LedgerEntry.objects.count(), Reading.objects.count()
    answer = browser.post(address("told_reading", patient), {"told": TOLD})
    assert "3 treatments read" in text_of(answer)
    assert (LedgerEntry.objects.count(), Reading.objects.count()) == (entries, readings)
    stranger = clinic.client(Role.OPERATOR).post(address("told_reading", patient), {"told": TOLD})
    assert stranger.status_code == 403


def test_the_live_reading_and_the_sent_one_are_of_one_text(
    browser: Client, patient: Patient
) -> None:
    live = browser.post(address("told_reading", patient), {"told": TOLD.replace("\n", "\r\n")})
    shown = hidden(live.content.decode())["shown"]
    assert shown == hidden(_read(browser, patient).content.decode())["shown"]


_TYPED = """Zoloft Effexor lithium ECT 50 mg -> 150 2021 spring March about weeks failed not since
until <script> & " ' % {{ x }} 0 31 2099 Episode: severe psychotic ½ 抗鬱薬 , ; - +"""
_WORDS = st.sampled_from([*_TYPED.split(), "\x00"])
_LINES = st.lists(st.lists(_WORDS, max_size=9).map(" ".join), max_size=6).map("\n".join)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_any_text_gets_an_answer_and_is_given_back_whole(browser: Client, patient: Patient) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(text=st.one_of(_LINES, st.text(max_size=120)))
    def check(text: str) -> None:
        page = _read(browser, patient, text)
        assert page.status_code in (200, 422)
        assert "<script> " not in page.content.decode()
        if page.status_code == 200:
            keys = [line.key for line in page.context["reading"].recordable]
            answer = _record(browser, patient, page, text, [*keys, "episode", "unread"])
            assert answer.status_code in (302, 422)
            if answer.status_code == 422:
                assert answer.context["form"]["told"].value() == text

    check()
