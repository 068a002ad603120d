"""What every form of the clinic shares: its fields, its refusals, and the page that answers."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.test import RequestFactory
from pydantic import BaseModel, ValidationError, field_validator

from euthymia.clinic.ui.forms import (
    YES_NO,
    OutputsField,
    attempt,
    day_field,
    done,
    form_page,
    offer,
    refuse,
    text_field,
    yes_no_field,
    yes_or_no,
)
from euthymia.core.errors import InputError, MissingPartError


class Asked(forms.Form):
    """A form with one field of each kind."""

    on = day_field("On")
    dose_mg = text_field("Dose", required=False)
    told = yes_no_field("Told")
    outputs = OutputsField(required=False)


def _sent(**changes: str) -> Asked:
    return Asked({"on": "2026-11-28", **changes})


def _raise(problem: Exception) -> Any:
    raise problem


@pytest.mark.parametrize(
    ("subject", "field", "said"),
    [
        ("trial 2, dose mg", "dose_mg", "It is too high. Give less."),
        ("amount", "dose_mg", "It is too high. Give less."),
        ("the weather", "__all__", "The weather: it is too high. Give less."),
    ],
)
def test_a_refusal_stands_at_the_field_that_it_names(subject: str, field: str, said: str) -> None:
    form = _sent()
    problem = InputError(subject, "it is too high", "Give less")
    assert attempt(form, lambda: _raise(problem), {"amount": "dose_mg"}) is None
    assert form.errors == {field: [said]}


@pytest.mark.parametrize(
    "problem", [InputError("a", "b", "C"), MissingPartError("a", "it is absent", "Install it")]
)
def test_what_was_refused_is_not_done(problem: Exception) -> None:
    assert not done(_sent(), lambda: _raise(problem))


class _Fact(BaseModel):
    dose_mg: float

    @field_validator("dose_mg")
    @classmethod
    def _possible(cls, value: float) -> float:
        if value > 100:
            raise ValueError("nobody takes that much")
        return value


def test_every_problem_of_a_fact_stands_at_its_field() -> None:
    form = _sent(dose_mg="200")
    assert form.is_valid()
    with pytest.raises(ValidationError) as caught:
        _Fact(dose_mg=200)
    refuse(form, caught.value)
    assert form.errors == {"dose_mg": ["Nobody takes that much."]}


def test_nothing_is_tried_before_the_form_is_sent_or_while_it_is_wrong() -> None:
    for form in (Asked(), Asked({"on": "yesterday"})):
        assert attempt(form, lambda: _raise(AssertionError())) is None
        assert not done(form, lambda: _raise(AssertionError()))


@pytest.mark.parametrize(
    ("form", "status"), [(Asked(), 200), (_sent(), 200), (Asked({"on": "2026-02-30"}), 422)]
)
def test_a_form_that_is_shown_again_answers_422_with_what_was_typed(
    form: Asked, status: int
) -> None:
    answer = form_page(RequestFactory().get("/"), "ui/form.html", {"other": Asked(), "form": form})
    assert answer.status_code == status
    assert ("error-summary" in answer.content.decode()) is (status == 422)
    assert not form.is_bound or str(form["on"].value()) in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "read"),
    [("62", (62.0,)), (" 62, 58.5 ", (62.0, 58.5)), ("62;58", (62.0, 58.0)), ("", ()), (",", ())],
)
def test_outputs_are_read_as_they_are_typed(typed: str, read: tuple[float, ...]) -> None:
    form = _sent(outputs=typed)
    assert form.is_valid()
    assert form.cleaned_data["outputs"] == read
    assert OutputsField().clean(OutputsField.text(read or (1.0,))) == (read or (1.0,))


@pytest.mark.parametrize("typed", ["0", "101", "-5", "62, 0", "nan", "inf", "much", "\x00"])
def test_an_output_that_no_stimulator_has_is_refused(typed: str) -> None:
    assert "outputs" in _sent(outputs=typed).errors


@pytest.mark.parametrize("typed", ["", " ", ","])
def test_an_output_that_is_needed_must_be_given(typed: str) -> None:
    with pytest.raises(forms.ValidationError, match="required"):
        OutputsField().clean(typed)


@pytest.mark.parametrize("answer", [True, False, None])
def test_yes_and_no_are_read_back_as_they_were_shown(answer: bool | None) -> None:
    form = _sent(told=YES_NO[answer])
    assert form.is_valid()
    assert yes_or_no(form.cleaned_data["told"]) is answer


def test_only_what_is_offered_can_be_chosen() -> None:
    form = _sent(told="perhaps")
    assert not form.is_valid()
    form = _sent(told="perhaps")
    offer(form, "told", [("perhaps", "perhaps")])
    assert form.is_valid()
