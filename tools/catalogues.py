"""Brings the translations' catalogues up to date with the source, without any tool outside Python.

    python -m tools.catalogues

Every message of the Python files and templates is gathered; each `locale/<language>/LC_MESSAGES/django.po` keeps the
translations it has, gets the new messages empty and loses those that are gone; `django.mo` is compiled from it.
"""

from __future__ import annotations

import datetime
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from tests.places import ROOT

PACKAGE = ROOT / "src" / "broadsheet"
LOCALE = PACKAGE / "locale"
# The interface's languages beside English, which the messages themselves are written in.
LANGUAGES = ("nb", "ar")
# Which arguments of a call are the context, the message and its plural.
CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
REMARK = "Translators:"
# Dates and names that change with every run and every machine say nothing about the words.
PASSING = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid-Bugs-To|'
    r"Project-Id-Version):.*\n",
    re.MULTILINE,
)
# What a compiled file says instead of when it was made, so that the same words are the same bytes.
NO_DATE = datetime.datetime.fromtimestamp(0, datetime.UTC)


def messages_of_the_source() -> Catalog:
    """Return every message of the product, each with the files it stands in."""
    catalogue = Catalog(fuzzy=False)
    for place, text in sorted((path.relative_to(PACKAGE).as_posix(), text) for path, text in _sources()):
        for _line, function, found, remarks in extract_python(io.BytesIO(text.encode()), CALLS, [REMARK], {}):
            context, words = _told_apart(function, found)
            if words:
                _check_plural(catalogue, words, context)
                # Sorted and without the line, as they are read again: what is written twice is the same twice.
                catalogue.add(words, context=context, locations=[(place, None)], auto_comments=remarks)
    return catalogue


def catalogue_of(language: str) -> Catalog:
    """Return the catalogue as it is stored; an empty one for a language that has none."""
    path = po_file(language)
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def po_file(language: str) -> Path:
    """Return where the translations of a language are written."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def mo_file(language: str) -> Path:
    """Return what Django reads."""
    return po_file(language).with_suffix(".mo")


def update(language: str) -> Catalog:
    """Write both files of a language as the source says today, and return the catalogue."""
    catalogue = catalogue_of(language)
    catalogue.update(messages_of_the_source(), no_fuzzy_matching=True)
    po_file(language).parent.mkdir(parents=True, exist_ok=True)
    po_file(language).write_bytes(po_bytes(catalogue))
    mo_file(language).write_bytes(mo_bytes(catalogue_of(language)))
    return catalogue_of(language)


def po_bytes(catalogue: Catalog) -> bytes:
    """Return the catalogue as text that is the same for the same words."""
    written = io.BytesIO()
    catalogue.header_comment = ""
    write_po(written, catalogue, width=110, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
    return PASSING.sub("", written.getvalue().decode("utf-8")).lstrip("#\n").encode("utf-8")


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return the catalogue as Django reads it; what lacks a form is left out, so that English is shown."""
    for message in untranslated(catalogue):
        catalogue.delete(message.id, message.context)
    catalogue.creation_date = catalogue.revision_date = NO_DATE
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def untranslated(catalogue: Catalog) -> list[Message]:
    """Return the messages that lack words in any of their forms."""
    return [message for message in catalogue if message.id and not all(_forms(message.string))]


def _sources() -> Iterator[tuple[Path, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.glob("*/templates/**/*")):
        if path.is_file():
            yield path, _as_python(templatize(path.read_text(encoding="utf-8")))


def _as_python(templatized: str) -> str:
    """Make what Django prepares for xgettext digestible for Python's tokenizer, which minds indentation."""
    return "\n".join(line.strip() for line in templatized.splitlines())


def _told_apart(
    function: str, found: str | tuple[str | None, ...] | None
) -> tuple[str | None, str | tuple[str, str] | None]:
    """Return a call's context and its message, with the plural where there is one; no message when it is no literal."""
    words = found if isinstance(found, tuple) else (found,)
    at_context, at_message, at_plural = CALLS[function]
    wanted = [words[at] if at < len(words) else None for at in (at_context, at_message, at_plural) if at is not None]
    if not all(wanted):
        return None, None
    context = words[at_context] if at_context is not None else None
    message, plural = words[at_message] or "", words[at_plural] if at_plural is not None else None
    return context, (message, plural) if plural else message


def _check_plural(catalogue: Catalog, words: str | tuple[str, str], context: str | None) -> None:
    """Raise ValueError for a second plural of one singular: Django looks messages up by the singular alone."""
    known = catalogue.get(words, context)
    if known and isinstance(words, tuple) and known.pluralizable and known.id != words:
        raise ValueError(f"{known.id} and {words} need a context that tells them apart.")


def _forms(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


def main() -> int:
    """Update every language and say what is left to translate."""
    for language in LANGUAGES:
        catalogue = update(language)
        missing = untranslated(catalogue)
        print(f"{language}: {len(catalogue)} messages, {len(missing)} to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
