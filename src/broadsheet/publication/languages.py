"""The languages an editor names: by their codes, which are offered with their names."""

from __future__ import annotations

import re
from typing import Any

from babel import Locale as BabelLocale
from django import forms
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from broadsheet.publication.provenance import language_name

# Those of a code that people know: the language, with its country or script where that makes another language of it.
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def validate_language_tag(text: str) -> None:
    """Raise ValidationError unless `text` has the form of a language's code."""
    if not _TAG.fullmatch(text):
        raise ValidationError(_("Give the code of a language, such as nb or pt-BR."), code="language-tag")


def offered_languages() -> list[tuple[str, str]]:
    """Return the codes of the languages one may mean, with their names in the active language, by name.

    Those that Django knows, with a country or script where that matters, and all others with a code of two letters.
    """
    known = {code for code, information in LANG_INFO.items() if "fallback" not in information}
    named = BabelLocale.parse((get_language() or settings.LANGUAGE_CODE).replace("-", "_")).languages
    codes = known | {code for code in map(str, named) if len(code) == 2}
    return sorted(((code, language_name(code)) for code in codes), key=lambda pair: pair[1].casefold())


def own_name(code: str) -> str:
    """Return what its speakers call a language, as short as they do: Norsk, العربيّة."""
    try:
        name = str(get_language_info(code)["name_local"]).partition(" (")[0]
    except KeyError:  # a language that Django has not heard of
        return code
    return name[:1].upper() + name[1:]


def direction_of(code: str) -> str:
    """Return `rtl` or `ltr`, for the `dir` of an element in that language."""
    try:
        return "rtl" if get_language_info(code)["bidi"] else "ltr"
    except KeyError:
        return "ltr"


class LanguageInput(forms.TextInput):
    """A line for a language's code, with the languages that one may mean."""

    template_name = "publication/panels/language_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the languages to offer."""
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["list"] = f"{context['widget']['attrs'].get('id', name)}-offered"
        return context | {"languages": offered_languages()}
