"""`broadsheet demo`: a publication to look around in, on this machine only."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from broadsheet.site.environment import SETTINGS_FILE, home_of
from broadsheet.site.home import DATABASE_FILE, DEMO_MARK, MEDIA_FOLDER, is_demo
from broadsheet.site.mistakes import Mistake
from broadsheet.site.preparing import Progress, keep_settings, migrate, start_django

CONTENT = Path(__file__).parent / "demo"
PASSWORD = "slipway-demo"  # noqa: S105 - everybody knows it, which is why a demo home is served on loopback only


@dataclass(frozen=True)
class SignIn:
    """Somebody of the demo's newsroom."""

    group: str
    first_name: str
    last_name: str

    @property
    def email(self) -> str:
        """The address they sign in with."""
        return f"{self.first_name.lower()}@slipway.example"


NEWSROOM = (
    SignIn("Editor", "Mette", "Rud"),
    SignIn("Writer", "Jonas", "Brekke"),
    SignIn("Moderator", "Mo", "Lunde"),
    SignIn("Treasurer", "Tess", "Vik"),
)


def refuse_another_publication(home: Path) -> None:
    """Raise Mistake when the home holds a publication that is no demo."""
    if not is_demo(home) and ((home / SETTINGS_FILE).exists() or (home / DATABASE_FILE).exists()):
        raise Mistake(f"{home} holds a publication of your own. Set BROADSHEET_HOME to another folder for the demo.")


def prepare_demo(progress: Callable[[str], Progress]) -> None:
    """Make the demo publication in the home, or find it there. Killed midway, it is begun again the next time."""
    home = home_of()
    # First of all: from here on nobody else's eyes may fall on this home.
    (home / DEMO_MARK).touch()
    if not (home / SETTINGS_FILE).exists():
        _write_settings(home)
    start_django()
    migrate(progress("Database"))
    from broadsheet.site.setup import has_publication

    if not has_publication():
        shutil.rmtree(home / MEDIA_FOLDER, ignore_errors=True)  # what an attempt that was killed had drawn
        _fill(progress("Articles"))


def sign_ins() -> Iterator[str]:
    """Return what somebody needs to know who wants to look around: addresses, names and the password."""
    from django.conf import settings
    from django.urls import reverse

    from broadsheet.site.demo_mail import has_mails

    yield ""
    yield f"    Read       {settings.PUBLIC_ADDRESS}/"
    yield f"    Newsroom   {settings.PUBLIC_ADDRESS}/admin/"
    if has_mails():
        yield f"    Mails      {settings.PUBLIC_ADDRESS}{reverse('demo_mails')}"
    yield from (f"    {person.group:<11}{person.email}" for person in NEWSROOM)
    yield f"    Password   {PASSWORD}"
    yield ""


def _write_settings(home: Path) -> None:
    publication = tomllib.loads((CONTENT / "publication.toml").read_text(encoding="utf-8"))
    keep_settings(
        home,
        {
            "BROADSHEET_LANGUAGES": ",".join(publication["languages"]),
            "BROADSHEET_TIME_ZONE": publication["time_zone"],
            "BROADSHEET_LOG": "text",
            "BROADSHEET_LOG_LEVEL": "warning",
        },
    )


def _fill(progress: Progress) -> None:
    """Make the newsroom and all it has published, or nothing."""
    from django.contrib.auth.models import Group
    from django.db import transaction

    from broadsheet.accounts.actions import add_colleague
    from broadsheet.site.demo.load import load_demo

    with transaction.atomic():
        for person in NEWSROOM:
            user = add_colleague(
                person.email,
                password=PASSWORD,
                first_name=person.first_name,
                last_name=person.last_name,
                is_superuser=person.group == "Editor",
            )
            user.groups.add(Group.objects.get(name=person.group))
        load_demo(progress)
