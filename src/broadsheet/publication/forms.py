"""The newsroom's forms, where Wagtail's own say too little."""

from __future__ import annotations

from typing import Any

from django.forms import FileField
from wagtail.images.fields import ImageFileExtensionValidator, WagtailImageField
from wagtail.images.forms import BaseImageForm

from broadsheet.publication.uploads import CleanPicture, clean_picture


class PictureUpload(WagtailImageField):
    """Takes a picture's file. Wagtail's field unpacks it before it asks how large it is, and fails on a broken one."""

    def to_python(self, data: Any) -> CleanPicture | None:
        """Return the picture, cleaned; one that cannot be taken is said so beside the field."""
        file = FileField.to_python(self, data)
        if file is None:
            return None
        self.check_image_file_size(file)
        ImageFileExtensionValidator(file)
        return clean_picture(file, file.name or "")


class PictureForm(BaseImageForm):
    """Uploads a picture and what is known of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            field = self.fields["file"]
            self.fields["file"] = PictureUpload(label=field.label, required=field.required, widget=field.widget)
