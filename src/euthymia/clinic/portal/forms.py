"""The forms of the patient's pages and of those who invite patients."""

from __future__ import annotations

from datetime import MAXYEAR, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from euthymia.chart.patient_facts import OLDEST_BIRTH_YEAR
from euthymia.clinic.portal.wordings import Question, Questionnaire
from euthymia.clinic.records.entry_forms import EntryForm

LASTS = ((1, _("1 day")), (7, _("1 week")), (56, _("8 weeks")), (182, _("half a year")))


class YearForm(forms.Form):
    """The one question that a link asks, so that a lost phone or a wrong address opens nothing."""

    year = forms.IntegerField(
        label=_("In which year were you born?"),
        min_value=OLDEST_BIRTH_YEAR,
        max_value=MAXYEAR,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "bday-year"}),
    )


class AnswersForm(EntryForm):
    """One questionnaire. An item may be left out; the total is then a range, and says so."""

    def __init__(self, questionnaire: Questionnaire, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.questionnaire = questionnaire
        for question in questionnaire.questions:
            self.fields[f"item_{question.number}"] = forms.TypedChoiceField(
                label=f"{question.number}. {question.text}",
                choices=question.answers,
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    @property
    def asked(self) -> list[tuple[Question, forms.BoundField]]:
        """Each question with its field."""
        return [(each, self[f"item_{each.number}"]) for each in self.questionnaire.questions]

    @property
    def items(self) -> tuple[int | None, ...]:
        """The answers in the order of the scale."""
        return tuple(
            self.cleaned_data.get(f"item_{each.number}") for each in self.questionnaire.questions
        )

    @property
    def speaks_of_suicide(self) -> bool:
        """Whether an item on suicide was answered from its threshold up, valid or not otherwise."""
        rule = self.questionnaire.scale.suicide
        if rule is None or not self.is_bound:
            return False
        self.full_clean()
        answers = (self.cleaned_data.get(f"item_{number}") for number in rule.items)
        return any(answer is not None and answer >= rule.at_least for answer in answers)


class InviteForm(forms.Form):
    """For how long a new link works."""

    days = forms.TypedChoiceField(
        label=_("The link works for"), choices=LASTS, coerce=int, initial=56
    )

    @property
    def lasts(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])
