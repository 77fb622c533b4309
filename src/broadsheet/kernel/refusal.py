"""A "no" that a person can act on."""

from __future__ import annotations


class Refusal(Exception):
    """The request was understood and is declined.

    `code` is stable and for machines (`comment-too-long`), `status` is the HTTP status (4xx), `sentence` says in the
    reader's language what to do about it (a lazy translation is welcome), `field` names the input it is about.
    """

    def __init__(self, code: str, sentence: object, *, status: int = 422, field: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.sentence = sentence
        self.field = field

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"
