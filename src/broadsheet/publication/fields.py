"""Columns of our own. Migrations name them, so they stand apart from the models, which change."""

from __future__ import annotations

from typing import Any

from wagtail.images.models import WagtailImageField, WagtailImageFieldFile

from broadsheet.publication.uploads import CleanPicture, clean_picture


class PictureFile(WagtailImageFieldFile):
    """The file of a picture; whichever way it comes to the storage, it is cleaned first."""

    def save(self, name: str, content: Any, save: bool = True) -> None:
        """Put `content` into the storage, cleaned; raise ValidationError if it is no picture."""
        clean = content if isinstance(content, CleanPicture) else clean_picture(content, name)
        super().save(clean.name, clean, save)


class PictureField(WagtailImageField):
    """A picture's file."""

    attr_class = PictureFile
