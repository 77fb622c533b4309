"""Pictures: what is uploaded, made clean, and the sizes drawn from it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition, Image, get_upload_to

from broadsheet.publication.fields import PictureField
from broadsheet.publication.uploads import CleanPicture, clean_picture


class Picture(AbstractImage):
    """A picture of the newsroom. Its file bears no word about the camera, the place or the person behind it."""

    file: Any = PictureField(
        verbose_name=_("file"), upload_to=get_upload_to, width_field="width", height_field="height"
    )
    credit: models.CharField[str, str] = models.CharField(
        _("credit"), max_length=255, blank=True, help_text=_("Who made it, as printed.")
    )
    # Wagtail's field, without a way back: nobody asks an account for its pictures.
    uploaded_by_user: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_by_user.wagtail_reference_index_ignore = True

    admin_form_fields = (*Image.admin_form_fields, "credit")

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the picture; a new file is cleaned before its size, its hash and its shape are noted."""
        file = self.file
        if file and not file._committed and not isinstance(file.file, CleanPicture):
            self.file = clean_picture(file, file.name)
            self._set_image_file_metadata()
        with transaction.atomic():  # with what listeners tell the world of it
            super().save(*args, **kwargs)

    @property
    def default_alt_text(self) -> str:
        """What stands for the picture where a story gives no words of its own; empty rather than a file's name."""
        return str(self.description)


class PictureRendition(AbstractRendition):
    """A picture in one size and format."""

    image: models.ForeignKey[Picture, Picture] = models.ForeignKey(
        Picture, on_delete=models.CASCADE, related_name="renditions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="publication_one_rendition_per_size"
            )
        ]

    def __str__(self) -> str:
        return f"{self.image_id}: {self.filter_spec}"
