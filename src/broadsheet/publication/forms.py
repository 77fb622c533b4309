"""The newsroom's forms, where Wagtail's own say too little."""

from __future__ import annotations

from typing import Any

from wagtail.images.forms import BaseImageForm

from broadsheet.publication.uploads import clean_picture


class PictureForm(BaseImageForm):
    """Uploads a picture; one that cannot be read is said so beside its field."""

    def clean_file(self) -> Any:
        """Clean a new file; leave one that is stored already."""
        file = self.cleaned_data.get("file")
        return clean_picture(file, file.name) if file and "file" in self.changed_data else file
