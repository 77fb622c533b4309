"""`broadsheet init`: a few questions, and an empty publication that serves."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from broadsheet.site.environment import SettingError, given_settings, home_of, read_setting
from broadsheet.site.mistakes import Mistake
from broadsheet.site.preparing import Progress, adopt_settings, keep_settings, migrate, start_django

Ask = Callable[[str, str], str]  # a question and the answer that Enter gives; returns what was typed
Say = Callable[[str], object]

PASSWORD_BYTES = 12  # of randomness in a password we make up: sixteen characters


@dataclass(frozen=True)
class Question:
    """Something `init` wants to know: its option, how it is asked, and what reads the answer.

    `setting` names the setting that the answer becomes; without one the answer goes into the database.
    """

    option: str
    text: str
    setting: str = ""
    default: str = ""
    check: Callable[[str], object] = str

    def read(self, answer: str) -> str:
        """Return the answer as it is kept. Raises Mistake with a hint when it is wrong."""
        answer = answer.strip()
        try:
            if self.setting:
                read_setting(self.setting, answer)
            else:
                self.check(answer)
        except (SettingError, ValueError) as error:
            raise Mistake(str(error)) from None
        return answer


def _name(answer: str) -> None:
    if not answer or len(answer) > 80 or not answer.isprintable():
        raise ValueError("give a name of at most 80 characters.")


def _person(answer: str) -> None:
    if len(answer) > 60 or not answer.isprintable():
        raise ValueError("give at most 60 characters.")


def _email(answer: str) -> None:
    if not re.fullmatch(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+", answer):
        raise ValueError("give an e-mail address, such as ed@slipway.example.")


QUESTIONS = (
    Question("name", "Name of the publication", check=_name),
    Question("languages", "Languages, the main one first", "BROADSHEET_LANGUAGES", "en"),
    Question("time-zone", "Time zone", "BROADSHEET_TIME_ZONE", "UTC"),
    Question("address", "Public address (empty: this machine only)", "BROADSHEET_ADDRESS"),
    Question("email", "First editor's e-mail address", check=_email),
    Question("editor", "First editor's name (may be empty)", check=_person),
    Question("mail", "Mail server, smtp://user:password@host:587 (empty: into files)", "BROADSHEET_MAIL"),
)


@dataclass(frozen=True)
class Outcome:
    """What was made: where it answers, and how its editor signs in. `password` is set when we made it up."""

    address: str
    email: str
    password: str


def collect_answers(given: Mapping[str, str | None], ask: Ask | None, say: Say) -> dict[str, str]:
    """Return an answer for every question: what was given, else what `ask` brings, else the default.

    A wrong answer is asked again. Without anybody to ask, a wrong or missing one raises Mistake.
    """
    known = given_settings()
    answers = {}
    for question in QUESTIONS:
        default = known.get(question.setting) or question.default
        typed = given.get(question.option)
        if typed is not None or ask is None:
            answers[question.option] = _read_or_name_option(question, default if typed is None else typed)
        else:
            answers[question.option] = _ask_until_right(question, default, ask, say)
    return answers


def _read_or_name_option(question: Question, answer: str) -> str:
    try:
        return question.read(answer)
    except Mistake as mistake:
        raise Mistake(f"--{question.option}: {mistake}") from None


def _ask_until_right(question: Question, default: str, ask: Ask, say: Say) -> str:
    while True:
        try:
            return question.read(ask(question.text, default) or default)
        except Mistake as mistake:
            say(str(mistake))


def refuse_an_inhabited_home() -> None:
    """Raise Mistake when the home's own database holds a publication. Looks only, and needs no Django."""
    database = home_of() / "broadsheet.sqlite3"
    if database.is_file():
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            try:
                found = connection.execute("SELECT 1 FROM publication_frontpage").fetchone()
            except sqlite3.OperationalError:  # no such table: an init that was killed before
                return
        if found:
            raise Mistake(_already_there(home_of()))


def begin(answers: Mapping[str, str], read_password: Callable[[], str], say: Say, progress: Progress) -> Outcome:
    """Make the publication that `answers` describe, in the home. Killed midway, it may be run again.

    `read_password` returns the editor's password, or nothing to have one made up; it is called until one is good.
    """
    adopt_settings({question.setting: answers[question.option] for question in QUESTIONS if question.setting})
    home = home_of()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    start_django()
    password, made_up = _good_password(answers["email"], read_password, say)
    from django.conf import settings

    from broadsheet.site.setup import begin_publication, has_publication

    migrate(progress)
    if has_publication():
        raise Mistake(_already_there(home))
    keep_settings(home, given_settings())
    begin_publication(answers["name"], email=answers["email"], password=password, editor=answers["editor"])
    return Outcome(settings.PUBLIC_ADDRESS, answers["email"], password if made_up else "")


def _good_password(email: str, read_password: Callable[[], str], say: Say) -> tuple[str, bool]:
    """Return a password and whether we made it up."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from broadsheet.accounts.models import User

    while typed := read_password():
        try:
            validate_password(typed, User(email=email))
        except ValidationError as error:
            say(" ".join(error.messages))
        else:
            return typed, False
    return secrets.token_urlsafe(PASSWORD_BYTES), True


def _already_there(home: Path) -> str:
    return (
        f"{home} holds a publication already. Serve it with `broadsheet serve`,"
        " or set BROADSHEET_HOME to another folder for a new one."
    )
