"""Collecting static files into the home, when those the code brings have changed since the last time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

import broadsheet


def collect_static(say: Callable[[str], object]) -> None:
    """Collect the static files unless those in STATIC_ROOT are the ones this code brings. Takes some ten seconds.

    Files of earlier versions stay: a page that a browser or a proxy kept still finds what it names.
    """
    mark = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = _fingerprint()
    if mark.is_file() and mark.read_text() == fingerprint:
        return
    say("Collecting static files ...")
    mark.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(fingerprint)


def _fingerprint() -> str:
    """Return a digest of the version and of name, size and time of every file that would be collected."""
    digest = hashlib.sha256(broadsheet.__version__.encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
