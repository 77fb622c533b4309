"""The workbench's form: pasted text on one side, named turns on the other, and what the article needs besides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from broadsheet.publication import interview
from broadsheet.publication.addresses import validate_web_address
from broadsheet.publication.interview import Turn
from broadsheet.publication.languages import offered_languages
from broadsheet.publication.models import Person, ProvenanceStep, Section

PASTE_LIMIT = 500_000  # characters: a book of interviews; a single one has a tenth of it
TURN_LIMIT = 1_500  # rows of the workbench; each is three fields of the request
_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n")

# The steps most interviews have, in the order they happen; a row left empty is no step.
USUAL_STEPS = (ProvenanceStep.Kind.INTERVIEW, ProvenanceStep.Kind.ORIGINAL, ProvenanceStep.Kind.TRANSLATED)


class InterviewForm(forms.Form):
    """What makes an interview an article: where it stands, what it is called, who speaks and who worked on it."""

    section = forms.ModelChoiceField(Section.objects.none(), label=_("Section"), empty_label=None)
    headline = forms.CharField(label=_("Headline"), max_length=255)
    standfirst = forms.CharField(
        label=_("Standfirst"), max_length=600, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    asked_by = forms.CharField(
        label=_("Who asks"), max_length=120, required=False, help_text=_("Empty: the name the text gives, if any.")
    )
    answered_by = forms.CharField(
        label=_("Who answers"), max_length=120, required=False, help_text=_("Empty: the name the text gives, if any.")
    )
    interviewer = forms.CharField(
        label=_("Interviewer"), max_length=120, required=False, widget=forms.TextInput(attrs={"list": "people"})
    )
    translator = forms.CharField(
        label=_("Translator"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "people"}),
        help_text=_("Empty: the person of the step Translated."),
    )

    def __init__(self, *args: Any, sections: Sequence[Section], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["section"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - narrows the type, the class says so above
        field.queryset = Section.objects.filter(pk__in=[section.pk for section in sections]).order_by("path")
        field.label_from_instance = _section_label  # type: ignore[method-assign, assignment]

    @property
    def people(self) -> list[str]:
        """The names to choose from."""
        return list(Person.objects.values_list("name", flat=True))


class StepForm(forms.Form):
    """One provenance step as a row."""

    kind = forms.ChoiceField(label=_("What happened"), choices=ProvenanceStep.Kind.choices)
    publisher = forms.CharField(label=_("Publisher"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    person = forms.CharField(
        label=_("Person"), max_length=120, required=False, widget=forms.TextInput(attrs={"list": "people"})
    )
    date = forms.DateField(
        label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    url = forms.CharField(label=_("Address"), max_length=500, required=False, validators=[validate_web_address])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - narrows the type, the class says so above
        field.choices = [("", "—"), *offered_languages()]

    @property
    def is_a_step(self) -> bool:
        """Whether the editor wrote anything into the row; the kind alone, which is preset, is nothing."""
        return any(self.cleaned_data.get(name) for name in ("publisher", "language", "person", "date", "url"))


StepFormSet = formset_factory(StepForm, extra=0, min_num=4, max_num=12, absolute_max=12)


def step_rows(sent: Mapping[str, Any] | None = None) -> BaseFormSet[StepForm]:
    """The rows for provenance: as they were sent, else the usual steps and one more."""
    if sent is not None:
        return StepFormSet(sent, prefix="step")
    kinds = [*USUAL_STEPS, ProvenanceStep.Kind.REPUBLISHED]
    return StepFormSet(prefix="step", initial=[{"kind": kind} for kind in kinds])


def read_paste(text: str, *, asked_by: str = "", answered_by: str = "") -> tuple[list[str], list[Turn]]:
    """The introduction and the turns of pasted text, with the voices the editor named."""
    introduction, turns = interview.turns_of(text)
    return introduction, interview.name_voices(turns, asked_by=asked_by, answered_by=answered_by)


def turns_sent(sent: Mapping[str, Any]) -> list[Turn]:
    """The turns as the workbench's rows have them, with what the editor changed in their words."""
    count = _count(sent.get("turns", ""))
    return [
        Turn(
            str(sent.get(f"turn-{at}-speaker", "")).strip(),
            paragraphs_typed(str(sent.get(f"turn-{at}-text", ""))),
            is_question=sent.get(f"turn-{at}-side") == "question",
        )
        for at in range(count)
    ]


def paragraphs_typed(text: str) -> list[str]:
    """Paragraphs stand apart by an empty line; a single line break within one is kept as a space."""
    parts = _PARAGRAPH_BREAK.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return [" ".join(part.split("\n")).strip() for part in parts if part.strip()]


def change(turns: Sequence[Turn], wish: str) -> list[Turn]:
    """Carry out what a button of the workbench says: `swap:3`, `swap-from:3`, `split:3:1`, `merge:3`.

    A wish that makes no sense for these turns (a forged one, or a turn without a second paragraph to split at) raises
    ValueError and changes nothing.
    """
    verb, _colon, rest = wish.partition(":")
    places = [int(part) for part in rest.split(":") if part.isascii() and part.isdigit() and len(part) < 6]
    try:
        match verb, places:
            case "swap", [at]:
                return interview.swap(turns, at)
            case "swap-from", [at]:
                return interview.swap_from(turns, at)
            case "split", [at, paragraph]:
                return interview.split(turns, at, paragraph)
            case "merge", [at]:
                return interview.merge(turns, at)
    except IndexError:
        pass
    raise ValueError(wish)


def _count(value: object) -> int:
    text = str(value)
    return min(int(text), TURN_LIMIT) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _section_label(section: Section) -> str:
    codes = {code for code, _name in settings.LANGUAGES}
    return f"{section.title} ({section.locale.language_code})" if len(codes) > 1 else section.title
