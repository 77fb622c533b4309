"""Talking to the API as a program does; whatever it answers must be what its OpenAPI document says."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

from broadsheet.accounts.actions import make_token
from broadsheet.accounts.models import User
from broadsheet.site.api import openapi_document

V1 = "/api/v1"
_keys = itertools.count(1)


@dataclass
class Answer:
    """What the API answered."""

    response: HttpResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @cached_property
    def said(self) -> Any:
        """The JSON of it."""
        assert self.response["Content-Type"].startswith("application/json"), self.response.content[:200]
        return json.loads(self.response.content)

    @property
    def code(self) -> str:
        """The refusal's code; "" where it is none."""
        return str(self.said["code"]) if self.status >= 400 else ""

    def __getitem__(self, name: str) -> Any:
        return self.said[name]


def ask(
    client: Client,
    method: str,
    path: str,
    body: object = None,
    /,
    *,
    key: str | None = "",
    headers: dict[str, str] | None = None,
    **query: object,
) -> Answer:
    """Ask the API; `body` is sent as JSON, bytes as they are. A fresh key goes along where none is given, or None."""
    key = fresh_key() if key == "" else key
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    response = client.generic(
        method,
        f"{V1}{path}{'?' + urlencode(query) if query else ''}",
        content,
        CONTENT_TYPE="application/json",
        headers={**({"Idempotency-Key": key} if key is not None else {}), **(headers or {})},
    )
    answer = Answer(response)
    check_documented(answer, method, path)
    return answer


def fresh_key() -> str:
    """Return a key that was not used before."""
    return f"key-of-a-program-{next(_keys)}"


def bot(user: User, right: str = "write") -> Client:
    """Return a program of somebody's, with a token of its own."""
    made = make_token(f"Program {next(_keys)}", by=user, right=right)
    return Client(headers={"Authorization": f"Bearer {made.secret}"})


def check_documented(answer: Answer, method: str, path: str) -> None:
    """Assert that an operation may answer as it did: its status, and of a refusal the code."""
    operation = _operation(method, path)
    if operation is None:
        assert answer.code in ("no-such-address", "method-not-allowed"), answer.response.content
        return
    told = operation["responses"].get(str(answer.status))
    assert told, f"{method} {path} answered {answer.status}, which is told nowhere: {answer.response.content!r}"
    if answer.status >= 400:
        assert answer.said.keys() == {"code", "sentence", "field"}
        assert answer["sentence"]
        assert f"`{answer.code}`" in told["description"], f"{method} {path}: {answer.code} is told nowhere"


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for template, operations in openapi_document()["paths"].items():
        pattern = re.sub(r"{\w+}", "[^/]+", template)
        if re.fullmatch(pattern, f"{V1}{path}") and not (path.endswith("/at") and "{" in template):
            found: dict[str, Any] | None = operations.get("get" if method == "HEAD" else method.lower())
            return found
    return None
