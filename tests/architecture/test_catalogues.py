"""The interface speaks every language it says it speaks: complete, current, and with the same gaps to fill."""

from __future__ import annotations

import ast
import gettext
import io
import re

import pytest
from babel.messages import Message
from django.conf import settings

from tests.architecture.source import name_of, python_files
from tools import catalogues

GAP = re.compile(r"%\([a-z_]+\)[sd]|%[sd%]|\{[a-z_]*\}")


def _key(message: Message) -> tuple[str | None, object]:
    return message.context, message.id


def _words(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


@pytest.fixture(scope="module", params=catalogues.LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language beside English, in turn."""
    return str(request.param)


def test_the_catalogues_are_those_of_the_interface() -> None:
    """A language that the settings offer has a catalogue."""
    assert set(catalogues.LANGUAGES) == set(settings.INTERFACE_LANGUAGES) - {"en"}


def test_no_message_hides_in_an_f_string() -> None:
    """Before Python 3.12 an f-string is one token, and what it asks to be translated would not be found."""
    hidden = [
        f"{file.place}:{call.lineno}"
        for file in python_files()
        for string in ast.walk(file.tree)
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and name_of(call.func) in catalogues.CALLS
    ]
    assert hidden == []


def test_numbers_choose_the_forms_that_translators_expect() -> None:
    """Arabic has six: none, one, two, few, many and any other, in gettext's usual order."""
    read = gettext.c2py(catalogues.catalogue_of("ar").plural_expr)
    assert [read(number) for number in (0, 1, 2, 3, 10, 11, 99, 100, 102, 103)] == [0, 1, 2, 3, 3, 4, 4, 5, 5, 3]


def test_every_message_of_the_source_is_there(language: str) -> None:
    """`make catalogues` has been run since the last change of words."""
    source = {_key(message) for message in catalogues.messages_of_the_source() if message.id}
    stored = {_key(message) for message in catalogues.catalogue_of(language) if message.id}
    assert len(source) > 100, "the messages were not found"
    assert sorted(map(str, source - stored)) == []
    assert sorted(map(str, stored - source)) == []


def test_every_message_is_translated(language: str) -> None:
    """In every form that the language's numbers ask for, and none is a guess."""
    catalogue = catalogues.catalogue_of(language)
    assert [message.id for message in catalogues.untranslated(catalogue)] == []
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    plurals = [message for message in catalogue if message.id and message.pluralizable]
    assert plurals
    assert {len(_words(message)) for message in plurals} == {catalogue.num_plurals}


def test_translations_have_the_same_gaps(language: str) -> None:
    """A name lost in translation would be lost on the page, a new one an error. One and two may do without a number."""
    wrong = [
        (message.id, word)
        for message in catalogues.catalogue_of(language)
        if message.id
        for word in _words(message)
        if not _gaps_fit(message, word)
    ]
    assert wrong == []


def _gaps_fit(message: Message, word: str) -> bool:
    if isinstance(message.id, str):
        return sorted(GAP.findall(word)) == sorted(GAP.findall(message.id))
    allowed = {gap for form in message.id for gap in GAP.findall(form)}
    # An Arabic dual is a word of its own; any other name has to be in every form.
    return set(GAP.findall(word)) <= allowed and len(allowed - set(GAP.findall(word))) <= 1


def test_translations_keep_the_form_of_the_message(language: str) -> None:
    """Space at the ends, line ends and markup are part of the page, not of the language."""
    wrong = [
        (message.id, word)
        for message in catalogues.catalogue_of(language)
        if isinstance(message.id, str) and message.id
        for word in _words(message)
        if (word and (word[:1].isspace(), word[-1:].isspace()) != (message.id[:1].isspace(), message.id[-1:].isspace()))
        or re.findall(r"</?[a-z]+", word) != re.findall(r"</?[a-z]+", str(message.id))
    ]  # fmt: skip
    assert wrong == []


def test_what_django_reads_is_what_is_written(language: str) -> None:
    """The compiled file holds the words of the written one."""
    written = catalogues.catalogue_of(language)
    assert catalogues.po_bytes(written) == catalogues.po_file(language).read_bytes()
    compiled = gettext.GNUTranslations(io.BytesIO(catalogues.mo_file(language).read_bytes()))
    assert [message.id for message in written if message.id and not _is_said(compiled, message)] == []


def _is_said(compiled: gettext.GNUTranslations, message: Message) -> bool:
    context = message.context
    if isinstance(message.id, str):
        said = compiled.pgettext(context, message.id) if context else compiled.gettext(message.id)
        return said == message.string
    one, many = message.id
    forms = {
        compiled.npgettext(context, one, many, number) if context else compiled.ngettext(one, many, number)
        for number in range(201)
    }
    return forms == set(message.string)
