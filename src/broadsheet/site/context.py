"""What every page needs to know of the publication: its identity, its front page, its ways in and its languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, get_language_info


@dataclass(frozen=True)
class Way:
    """One entry of the navigation."""

    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True)
class Tongue:
    """One language of the publication: its code, its own name for itself and where to go for it."""

    code: str
    name: str
    direction: str
    url: str
    is_current: bool


def publication(request: HttpRequest) -> dict[str, object]:
    """Add `publication`, `front`, `navigation` and `languages`, each asked of the database only when drawn."""
    front = SimpleLazyObject(lambda: _front_page(get_language()))
    return {
        "publication": SimpleLazyObject(lambda: _identity(request)),
        "front": front,
        "navigation": SimpleLazyObject(lambda: _navigation(front, request)),
        "languages": SimpleLazyObject(_languages),
    }


def direction_of(code: str) -> str:
    """`rtl` or `ltr`, for the `dir` attribute."""
    try:
        return "rtl" if get_language_info(code)["bidi"] else "ltr"
    except KeyError:
        return "ltr"


def own_name(code: str) -> str:
    """What speakers of a language call it: Norsk, العربية."""
    try:
        name = str(get_language_info(code)["name_local"])
    except KeyError:
        return code
    return name[:1].upper() + name[1:]


def _model(name: str) -> Any:
    return apps.get_model("publication", name)


def _identity(request: HttpRequest) -> object | None:
    try:
        return _model("PublicationSettings").for_request(request)
    except LookupError:
        return None


def _front_page(code: str | None) -> Any:
    try:
        return _model("FrontPage").objects.live().filter(locale__language_code=code).first()
    except LookupError:
        return None


def _navigation(front: Any, request: HttpRequest) -> list[Way]:
    if not front:
        return []
    return [
        Way(section.title, section.url, request.path.startswith(section.url))
        for section in front.get_children().live().in_menu()
    ]


def _languages() -> list[Tongue]:
    active = get_language()
    try:
        fronts = {front.locale.language_code: front.url for front in _model("FrontPage").objects.live()}
    except LookupError:
        fronts = {}
    return [
        Tongue(code, own_name(code), direction_of(code), fronts[code], code == active)
        for code, _name in settings.LANGUAGES
        if code in fronts
    ]
