"""The people behind the stories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.fields import RichTextField
from wagtail.search import index
from wagtail.snippets.models import register_snippet

from broadsheet.publication.blocks import SPOKEN_FEATURES

if TYPE_CHECKING:
    from broadsheet.accounts.models import User
    from broadsheet.publication.models.pictures import Picture


class PersonQuerySet(models.QuerySet["Person"]):
    """Questions about the newsroom's people."""

    def with_words(self) -> PersonQuerySet:
        """Fetch names and biographies of every language along, so that none costs a query of its own."""
        return self.prefetch_related("biographies__locale")


@register_snippet
class Person(index.Indexed, ClusterableModel):
    """Somebody whose name stands by a story: a writer, a translator, a photographer."""

    name: models.CharField[str, str] = models.CharField(_("name"), max_length=120)
    slug: models.SlugField[str, str] = models.SlugField(
        _("address"),
        max_length=120,
        unique=True,
        allow_unicode=True,
        blank=True,
        help_text=_("The last part of the address of this person's own page. Empty: made from the name."),
    )
    portrait: models.ForeignKey[Picture | None, Picture | None] = models.ForeignKey(
        "publication.Picture",
        verbose_name=_("portrait"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    user: models.OneToOneField[User | None, User | None] = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="person",
        help_text=_("The account this person signs in with, if any."),
    )

    objects = PersonQuerySet.as_manager()

    panels = [
        FieldPanel("name"),
        FieldPanel("portrait"),
        InlinePanel("biographies", heading=_("Biographies"), label=_("Biography")),
        FieldPanel("slug"),
        FieldPanel("user"),
    ]
    search_fields = [
        index.SearchField("name"),
        index.AutocompleteField("name"),
        index.FilterField("name"),
    ]

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Make an address of the name where none is given, then check everything."""
        self._fill_slug()
        super().full_clean(*args, **kwargs)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the person, with what listeners tell the world of it; without an address, one is made from the name."""
        self._fill_slug()
        super().save(*args, **kwargs)

    @property
    def url(self) -> str:
        """The path of this person's page in the active language."""
        return str(reverse("publication:person", args=[self.slug]))

    def name_in(self, language: str) -> str:
        """The name as one writes it in `language`."""
        words = self._words_in(language)
        return words.name if words and words.name else self.name

    def biography_in(self, language: str) -> str:
        """The biography in `language`, as stored rich text; '' where there is none."""
        words = self._words_in(language)
        return words.text if words else ""

    @property
    def local_name(self) -> str:
        """The name as one writes it in the active language."""
        return self.name_in(get_language() or "")

    def _words_in(self, language: str) -> Biography | None:
        return next((words for words in self.biographies.all() if words.locale.language_code == language), None)

    def _fill_slug(self) -> None:
        if self.slug:
            return
        # "x" for a name of signs only: an address needs something.
        base = slugify(self.name, allow_unicode=True)[:100] or "x"
        taken = set(Person.objects.filter(slug__startswith=base).exclude(pk=self.pk).values_list("slug", flat=True))
        candidates = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
        self.slug = next(slug for slug in candidates if slug not in taken)


class Biography(models.Model):
    """What a publication says of a person in one of its languages."""

    person = ParentalKey(Person, on_delete=models.CASCADE, related_name="biographies")
    locale = models.ForeignKey(
        "wagtailcore.Locale", verbose_name=_("language"), on_delete=models.CASCADE, related_name="+"
    )
    name: models.CharField[str, str] = models.CharField(
        _("name in this language"), max_length=120, blank=True, help_text=_("Empty: the name as above.")
    )
    text = RichTextField(_("biography"), features=SPOKEN_FEATURES, blank=True)

    panels = [FieldPanel("locale"), FieldPanel("name"), FieldPanel("text")]

    class Meta:
        verbose_name = _("biography")
        verbose_name_plural = _("biographies")
        # A unique_together rather than a constraint: the editor's form checks these, and says so in a sentence.
        unique_together = [("person", "locale")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.locale_id}"
