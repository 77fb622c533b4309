"""Clients that post and vote until it is acknowledged, whatever happens to the server meanwhile (crash.py)."""

from __future__ import annotations

import http.client
import os
import random
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

REPLIES = 0.5  # of the comments
VOTES = 0.2  # so many for each comment
LATELY = 200  # acknowledged comments that are answered and voted on
HANGING_UP = 0.03  # of the posts, at the first attempt
AGAIN = 0.05  # seconds until a client tries again
GIVING_UP = 120.0  # seconds of trying
NUMBER = re.compile(r"^Entry no\. (\d+) of the log")


@dataclass(frozen=True)
class Under:
    """An article that is written under."""

    key: str
    url: str


@dataclass(frozen=True)
class Sending:
    """Something that a client sends until it is acknowledged."""

    path: str
    fields: dict[str, str]
    client: str
    vote_on: str = ""
    number: int = 0


@dataclass
class Log:
    """What was acknowledged, one line each, as the clients wrote it down: by no process that is killed."""

    path: Path

    def __post_init__(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, *words: object) -> None:
        """Write one line in one call."""
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())

    def lines(self) -> list[list[str]]:
        """Read everything back."""
        return [line.split() for line in self.path.read_text().splitlines()]


@dataclass
class Desk:
    """Hands out numbers to clients, and keeps what they tell."""

    port: int
    articles: Sequence[Under]
    log: Log
    seed: int
    dealt: int = 0
    allowed: int = 0
    acknowledged: int = 0
    is_over: bool = False
    lately: deque[str] = field(default_factory=lambda: deque(maxlen=LATELY))
    attempts: Counter[int] = field(default_factory=Counter)  # how many were acknowledged after so many attempts
    answers: Counter[int] = field(default_factory=Counter)  # statuses of answers
    hung_up: int = 0
    troubles: list[str] = field(default_factory=list)
    last: datetime | None = None
    longest_silence: float = 0.0

    def __post_init__(self) -> None:
        self._changed = threading.Condition()

    def deal(self) -> int | None:
        """Return the next number, once it may be posted; None when there is nothing more to do."""
        with self._changed:
            self._changed.wait_for(lambda: self.is_over or self.dealt < self.allowed)
            if self.is_over:
                return None
            self.dealt += 1
            return self.dealt

    def allow(self, most: int) -> None:
        """Let everything up to a number be posted."""
        with self._changed:
            self.allowed = most
            self._changed.notify_all()

    def close(self) -> None:
        """Let the clients go home."""
        with self._changed:
            self.is_over = True
            self._changed.notify_all()

    def note(self, sending: Sending, reference: str, attempts: int, sent: datetime) -> None:
        """Note an acknowledgement: in the log first."""
        if sending.vote_on:
            self.log.note("vote", sending.vote_on, sending.fields["key"])
            return
        self.log.note("comment", sending.number, reference, attempts, sent.isoformat())
        with self._changed:
            self.acknowledged += 1
            self.attempts[attempts] += 1
            self.lately.append(reference)
            self._changed.notify_all()

    def wait_for(self, number: int, limit: float) -> bool:
        """Wait until so many comments are acknowledged."""
        with self._changed:
            return self._changed.wait_for(lambda: self.acknowledged >= number or bool(self.troubles), limit)


class Client(threading.Thread):
    """Somebody who sends one thing after another over a connection that stays open, and does not give up."""

    def __init__(self, desk: Desk, name: int, *, hanging_up: float = HANGING_UP) -> None:
        super().__init__(name=f"client-{name}", daemon=True)
        self.desk = desk
        self.hanging_up = hanging_up
        self.chance = random.Random(f"{desk.seed} {name} {desk.dealt}")
        self.connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30)

    def run(self) -> None:
        """Post what the desk hands out, and vote."""
        try:
            while (number := self.desk.deal()) is not None:
                self.send(self.comment(number))
                if self.desk.lately and self.chance.random() < VOTES:
                    self.send(self.vote())
        except Exception as error:  # noqa: BLE001 - a client that fails fails the run
            self.desk.troubles.append(f"{self.name}: {type(error).__name__}: {error}")
        finally:
            self.connection.close()

    def comment(self, number: int) -> Sending:
        """Make a comment, on an article or on what was said lately."""
        words = f"Entry no. {number} of the log: *wind* from the north-west.\n\n> The ferry left on time.\n\nIt did."
        fields = {"body": words, "name": f"Keeper {number}", "key": self.key()}
        lately = self.desk.lately
        if lately and self.chance.random() < REPLIES:
            return Sending(f"/comments/{self.chance.choice(lately)}/reply/", fields, self.address(), number=number)
        under = self.desk.articles[number % len(self.desk.articles)]
        return Sending(f"/threads/{under.key}/comments/", fields, self.address(), number=number)

    def vote(self) -> Sending:
        """Make a vote, by somebody new."""
        on = self.chance.choice(self.desk.lately)
        value = self.chance.choice(("1", "1", "-1"))
        return Sending(f"/comments/{on}/vote/", {"value": value, "key": self.key()}, self.address(), vote_on=on)

    def key(self) -> str:
        """What the browser's script would make up."""
        return f"{self.chance.getrandbits(128):032x}"

    def address(self) -> str:
        """Everybody writes from a place of their own: what one network may post is limited."""
        return f"2001:db8:{self.chance.randrange(65_536):x}:{self.chance.randrange(65_536):x}::1"

    def send(self, sending: Sending) -> None:
        """Send it until it is acknowledged, each time the very same."""
        deadline, attempts = time.monotonic() + GIVING_UP, 0
        while time.monotonic() < deadline:
            attempts += 1
            sent = datetime.now(UTC)
            try:
                self._ask(sending)
                if attempts == 1 and self.chance.random() < self.hanging_up:
                    time.sleep(self.chance.random() * 0.03)
                    self.desk.hung_up += 1
                    self.connection.close()
                    continue
                answer = self.connection.getresponse()
                status, location = answer.status, answer.headers.get("Location", "")
                body = answer.read()
            except (OSError, http.client.HTTPException):
                self.connection.close()
                time.sleep(AGAIN)
                continue
            self.desk.answers[status] += 1
            if status == 303:
                self.desk.note(sending, _reference(location), attempts, sent)
                return
            if status < 500:
                raise RuntimeError(f"{sending.path} answered {status}: {_said(body)}")
            time.sleep(AGAIN)
        raise RuntimeError(f"{sending.path} was not acknowledged in {GIVING_UP:.0f} s")

    def _ask(self, sending: Sending) -> None:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Forwarded-For": sending.client,
            "Sec-Fetch-Site": "same-origin",
            "Accept": "text/html",
        }
        self.connection.request("POST", sending.path, urlencode(sending.fields), headers)


def _reference(location: str) -> str:
    """Return the comment that an answer leads to."""
    return location.partition("#comment-")[2]


def _said(body: bytes) -> str:
    found = re.search(r'role="alert"[^>]*>(.*?)</', body.decode("utf-8", "replace"), re.DOTALL)
    return " ".join((found[1] if found else "").split())
