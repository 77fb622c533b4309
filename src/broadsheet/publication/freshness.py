"""Whether what a reader holds is still true: told by the versions of what publication announces."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

import broadsheet
from broadsheet.delivery.announce import versions_of
from broadsheet.delivery.topics import topic
from broadsheet.publication.topics import PUBLICATION_TOPICS, show_publication


def etag_of_publication(request: HttpRequest, **_which: Any) -> str:
    """Return a tag that changes with all that readers see of the publication, and with the program that draws it."""
    show_publication()
    versions = versions_of(topic("publication", key) for key in PUBLICATION_TOPICS)
    state = repr((broadsheet.__version__, get_language(), request.get_full_path(), sorted(versions.items())))
    return f'"{hashlib.sha256(state.encode()).hexdigest()[:24]}"'
