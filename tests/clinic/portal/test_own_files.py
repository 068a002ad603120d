"""The clinic's own files: used where they hold, told at the start where they do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from clinic.conftest import SmallClinic
from euthymia.clinic.accounts.models import Site
from euthymia.clinic.portal.checks import own_files
from euthymia.clinic.portal.crisis import crisis_lines, known_lines, own_lines
from euthymia.clinic.portal.wordings import questionnaires
from euthymia.core.errors import InputError

LINE = '[[line]]\nname = "Crisis team"\nshow = "555 0199"\ncall = "5550199"\n'


@pytest.fixture
def own_file() -> Iterator[Path]:
    """Where the clinic's own crisis lines stand, removed after the test."""
    path = settings.PLACE.home / "crisis.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    yield path
    path.unlink(missing_ok=True)


def test_own_lines_come_first_and_the_countrys_follow(own_file: Path) -> None:
    own_file.write_text(LINE, encoding="utf-8")
    lines = crisis_lines("US")
    assert lines[0].show == "555 0199"
    assert "988" in [line.call for line in lines[1:]]
    assert own_files(None) == []


def test_a_line_for_one_site_shows_there_alone(own_file: Path) -> None:
    own_file.write_text(LINE + 'site = "North"\n', encoding="utf-8")
    assert crisis_lines("US", "North")[0].call == "5550199"
    assert crisis_lines("US", "South")[0].call == "988"


def test_an_own_line_of_the_same_number_replaces_the_shipped_one(own_file: Path) -> None:
    own_file.write_text(LINE.replace("5550199", "988"), encoding="utf-8")
    assert [line.name for line in crisis_lines("US")] == ["Crisis team", "Emergency"]


@pytest.mark.parametrize(
    "text",
    ["[[line", LINE.replace('"5550199"', '"call us"'), '[[line]]\nname = ""', "\udce9"],
    ids=["not TOML", "no number", "parts missing", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_is_told_at_the_start_and_hides_no_number(
    own_file: Path, clinic: SmallClinic, text: str
) -> None:
    own_file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match="cannot be read"):
        own_lines()
    (told,) = own_files(None)
    assert told.id == "portal.E001"
    assert "crisis.toml" in told.msg
    page = Client().get("/about/feeling-worse/")
    assert page.status_code == 200
    assert 'href="tel:988"' in page.content.decode()


def test_a_slip_in_one_wording_takes_no_other_questionnaire_away() -> None:
    path = settings.PLACE.home / "wordings" / "who5.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = questionnaires()
    try:
        path.write_text("licence = ", encoding="utf-8")
        assert questionnaires() == before
        (told,) = own_files(None)
        assert told.id == "portal.E002"
    finally:
        path.unlink()


@pytest.mark.django_db
def test_a_site_in_a_country_without_numbers_shows_its_own_phone() -> None:
    Site.objects.create(name="Elsewhere", country="ZZ", phone="+99 1 (22) 33-44")
    page = Client().get("/about/feeling-worse/").content.decode()
    assert 'href="tel:+991223344"' in page
    assert "emergency number of your country" in page
    assert all(f'href="tel:{line.call}"' not in page for line in known_lines())
