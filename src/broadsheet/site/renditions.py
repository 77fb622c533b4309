"""Forgetting the sizes of pictures that are gone: each process has notes of its own on where their files are."""

from __future__ import annotations

from collections.abc import Sequence

from broadsheet.delivery.changes import Change
from broadsheet.publication.models import PictureRendition
from broadsheet.publication.signals import SIZE_GONE


class RenditionNotes:
    """Listens for the feed, in front of the store: a page that is drawn anew leads to no file that is gone."""

    def moved(self, changes: Sequence[Change]) -> None:
        """Forget all notes where a size is gone, whoever deleted it."""
        if any(change.change == SIZE_GONE for change in changes):
            self.lost_track()

    def lost_track(self) -> None:
        """Forget all notes; they are made again from the database."""
        PictureRendition.cache_backend.clear()
