"""What the publication is: its name, its logo, its one colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.contrib.settings.registry import register_setting

from broadsheet.publication import colour

if TYPE_CHECKING:
    from broadsheet.publication.models.pictures import Picture


@register_setting(icon="desktop", order=100)
class PublicationSettings(BaseSiteSetting):
    """The identity of a publication. Everything that its languages say differently is on their front pages."""

    name: models.CharField[str, str] = models.CharField(
        _("name"), max_length=80, blank=True, help_text=_("The publication's name.")
    )
    logo: models.ForeignKey[Picture | None, Picture | None] = models.ForeignKey(
        "publication.Picture",
        verbose_name=_("logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Drawn in place of the name at the top of every page, and where other sites show the publication."),
    )
    accent: models.CharField[str, str] = models.CharField(
        _("accent colour"),
        max_length=7,
        default=colour.DEFAULT_ACCENT,
        help_text=_("The one colour beside ink and paper, such as #b12a18. It must be readable on paper."),
    )
    accent_dark: models.CharField[str, str] = models.CharField(
        _("accent colour in the dark"),
        max_length=7,
        blank=True,
        help_text=_("For readers who prefer a dark page. Empty: a lighter shade of the accent colour."),
    )

    select_related = ["logo"]

    panels = [
        FieldPanel("name"),
        FieldPanel("logo"),
        MultiFieldPanel([FieldPanel("accent"), FieldPanel("accent_dark")], heading=_("Colour")),
    ]

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")

    def __str__(self) -> str:
        return self.name

    @property
    def palette(self) -> colour.Palette:
        """All colours that follow from the accent."""
        accent = self.accent if colour.is_colour(self.accent) else colour.DEFAULT_ACCENT
        dark = self.accent_dark if colour.is_colour(self.accent_dark) else ""
        return colour.palette_of(accent, dark)

    def clean(self) -> None:
        """Refuse a colour that cannot be read, and name the nearest that can."""
        super().clean()
        self.accent, self.accent_dark = self.accent.strip().lower(), self.accent_dark.strip().lower()
        errors = {}
        for field, mode in (("accent", "light"), ("accent_dark", "dark")):
            value = getattr(self, field)
            if value or field == "accent":
                problem = _problem(value, mode)
                if problem:
                    errors[field] = problem
        if errors:
            raise ValidationError(errors)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the settings, with what listeners tell the world of it."""
        super().save(*args, **kwargs)


def _problem(value: str, mode: str) -> ValidationError | None:
    if not colour.is_colour(value):
        return ValidationError(_("Give a colour as # and six digits, such as #b12a18."), code="not-a-colour")
    if colour.is_readable(value, mode):
        return None
    return ValidationError(
        _("This colour cannot be read on the page. The nearest that can is %(colour)s."),
        code="unreadable",
        params={"colour": colour.nearest_readable(value, mode)},
    )
