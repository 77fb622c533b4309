"""The tool that gathers the interface's words: what it finds, keeps and leaves out."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import read_mo

from tools import catalogues

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
name = "variable"
a = _("Tide table")
b = ngettext("%(n)d boat", "%(n)d boats", 2)
c = pgettext("of a ship", "Draught")
d = _(name)
e = pgettext("context", name)
# Translators: the part of the harbour
f = _("Mole")
"""
TEMPLATE = """
{% load i18n %}
    {% translate "Landed today" %} it's "quoted
  {% translate "Open" context "of a shop" %}
{% blocktranslate trimmed count number=boats|length %}
  {{ number }} boat lies here.
{% plural %}
  {{ number }} boats lie here.
{% endblocktranslate %}
{% blocktranslate with name=skipper.name %}Skippered by {{ name }}{% endblocktranslate %}
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small product with a module, a template and a migration."""
    for name, text in {
        "quay/models.py": PYTHON,
        "quay/templates/quay/list.html": TEMPLATE,
        "quay/migrations/0001_initial.py": '_("Not for translation")',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(catalogues, "PACKAGE", tmp_path)
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path / "locale")
    return tmp_path


def _found() -> set[tuple[str | None, object]]:
    return {(message.context, message.id) for message in catalogues.messages_of_the_source() if message.id}


def test_words_of_python_and_templates_are_found(source: Path) -> None:
    """With context and plural; not what a variable holds, nor what a migration says."""
    assert _found() == {
        (None, "Tide table"),
        (None, ("%(n)d boat", "%(n)d boats")),
        ("of a ship", "Draught"),
        (None, "Mole"),
        (None, "Landed today"),
        ("of a shop", "Open"),
        (None, ("%(number)s boat lies here.", "%(number)s boats lie here.")),
        (None, "Skippered by %(name)s"),
    }


def test_remarks_for_translators_are_kept(source: Path) -> None:
    """They stand beside the message."""
    mole = catalogues.messages_of_the_source().get("Mole")
    assert mole is not None
    assert mole.auto_comments == ["Translators: the part of the harbour"]


def test_translations_survive_and_what_is_gone_goes(source: Path) -> None:
    """A second run keeps the words that were written in between."""
    catalogues.update("nb")
    path = catalogues.po_file("nb")
    written = path.read_text(encoding="utf-8").replace('msgid "Mole"\nmsgstr ""', 'msgid "Mole"\nmsgstr "Molo"')
    path.write_text(written, encoding="utf-8")
    (source / "quay" / "models.py").write_text('a = _("Mole")\nb = _("Crane")', encoding="utf-8")
    catalogue = catalogues.update("nb")
    assert catalogue.get("Mole").string == "Molo"
    assert catalogue.get("Tide table") is None
    assert "Crane" in {message.id for message in catalogues.untranslated(catalogue)}
    assert "Mole" not in {message.id for message in catalogues.untranslated(catalogue)}


def test_a_second_run_changes_no_byte(source: Path) -> None:
    """No date, no order of files, no line number makes a difference."""
    catalogues.update("ar")
    before = catalogues.po_file("ar").read_bytes(), catalogues.mo_file("ar").read_bytes()
    (source / "quay" / "models.py").write_text("\n\n\n" + PYTHON, encoding="utf-8")
    catalogues.update("ar")
    assert (catalogues.po_file("ar").read_bytes(), catalogues.mo_file("ar").read_bytes()) == before


def test_what_lacks_a_form_is_not_compiled() -> None:
    """Django would show nothing at all for an empty one; so it shows English."""
    catalogue = Catalog(locale="nb", fuzzy=False)
    catalogue.add(("{n} boat", "{n} boats"), ("{n} båt", ""))
    catalogue.add("Mole", "Molo")
    compiled = read_mo(io.BytesIO(catalogues.mo_bytes(catalogue)))
    assert [message.id for message in compiled if message.id] == ["Mole"]
