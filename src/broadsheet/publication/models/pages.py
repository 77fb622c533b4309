"""The pages of a publication: front page, sections, articles, and those that stand by themselves."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Prefetch
from django.http import HttpRequest
from django.urls import LocalePrefixPattern, URLPattern, URLResolver, get_resolver
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import Tag, TaggedItemBase
from wagtail.admin.panels import (
    CommentPanel,
    FieldPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
    TabbedInterface,
    TitleFieldPanel,
)
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from broadsheet.delivery.shown import shows, true_until
from broadsheet.delivery.topics import topic
from broadsheet.publication.addresses import validate_web_address
from broadsheet.publication.blocks import SPOKEN_FEATURES, NavigationBlock, StoryBlock
from broadsheet.publication.languages import LanguageInput, validate_language_tag
from broadsheet.publication.lists import front_page_lists, page_of
from broadsheet.publication.models.people import Biography
from broadsheet.publication.models.texts import CORRECTION_LIMIT, Correction
from broadsheet.publication.provenance import Step
from broadsheet.publication.restrictions import is_restricted

if TYPE_CHECKING:
    from broadsheet.publication.models.people import Person
    from broadsheet.publication.models.pictures import Picture


class AnnouncedPage(Page):
    """Wagtail publishes and announces in several statements; here they are one transaction."""

    class Meta:
        abstract = True

    @transaction.atomic
    def publish(self, *args: Any, **kwargs: Any) -> None:
        """Make a revision what readers get, with everything that follows from it, or nothing at all."""
        super().publish(*args, **kwargs)

    @transaction.atomic
    def unpublish(self, *args: Any, **kwargs: Any) -> None:
        """Take the page from the readers, with everything that follows from it, or nothing at all."""
        super().unpublish(*args, **kwargs)

    @transaction.atomic
    def move(self, *args: Any, **kwargs: Any) -> None:
        """Put the page elsewhere, with everything that follows from it, or nothing at all."""
        super().move(*args, **kwargs)

    # The request that the page is drawn for, by which addresses of other pages are looked up once (public.path_of).
    near: HttpRequest | None = None

    @property
    def language(self) -> str:
        """The code of the language the page is written in."""
        return str(self.locale.language_code)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the page with what its template draws besides."""
        self.near = request
        shows(*self.shown_topics())
        true_until(self.expire_at)
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return context | self.shown_with(request)

    def shown_with(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the page's template draws besides the page."""
        return {}

    def shown_topics(self) -> list[str]:
        """Return what the page shows: itself and what is around every page, and lists of articles."""
        return [topic("publication", "everywhere"), topic("publication", "lists")]


class PageBesideLists(AnnouncedPage):
    """A page below the front page, where the publication's own pages of lists have their addresses too."""

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse an address under which readers would find one of the publication's own pages instead of this."""
        super().clean()
        _refuse_taken_address(self.slug)


class FrontPage(AnnouncedPage):
    """The first page of the publication in one language; its title is the publication's name in that language."""

    motto: models.CharField[str, str] = models.CharField(
        _("motto"), max_length=200, blank=True, help_text=_("A line below the name.")
    )
    footer = RichTextField(
        _("footer"), features=SPOKEN_FEATURES, blank=True, help_text=_("At the foot of every page in this language.")
    )
    navigation = StreamField(
        NavigationBlock(),
        verbose_name=_("navigation"),
        blank=True,
        help_text=_("What is reached from the top of every page. Empty: every section."),
    )

    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["publication.Section", "publication.StandardPage"]

    edit_handler = TabbedInterface(
        [
            ObjectList(
                [TitleFieldPanel("title"), FieldPanel("motto"), FieldPanel("navigation"), FieldPanel("footer")],
                heading=_("Front page"),
            ),
            ObjectList(
                [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("search_description"), PublishingPanel()],
                heading=_("Promote"),
            ),
        ]
    )

    class Meta:
        verbose_name = _("front page")
        verbose_name_plural = _("front pages")

    def shown_with(self, request: HttpRequest) -> dict[str, Any]:
        """Return the newest story, the next ones, and the newest others of every section."""
        return front_page_lists(ArticlePage.objects.in_language(self.language), self.sections())

    def route(self, request: HttpRequest, path_components: list[str]) -> Any:
        """Find the page below this one; a section, which most requests ask for, in one query."""
        if path_components:
            sections = Section.objects.child_of(self).select_related("locale")
            section = sections.filter(slug=path_components[0]).first()
            if section:
                return section.route(request, path_components[1:])
        return super().route(request, path_components)

    def sections(self) -> list[Section]:
        """Return the sections that readers may enter, in the order the newsroom gave them."""
        return list(Section.objects.child_of(self).live().exclude(is_restricted()).order_by("path"))

    def clean(self) -> None:
        """Refuse a second front page in one language."""
        super().clean()
        if FrontPage.objects.filter(locale_id=self.locale_id).exclude(pk=self.pk).exists():
            raise ValidationError(_("There is a front page in this language already."))


class Section(PageBesideLists):
    """A part of the publication that articles stand in."""

    introduction: models.CharField[str, str] = models.CharField(
        _("introduction"), max_length=500, blank=True, help_text=_("What is found here.")
    )

    parent_page_types = ["publication.FrontPage"]
    subpage_types = ["publication.ArticlePage"]

    search_fields = [*Page.search_fields, index.SearchField("introduction")]
    edit_handler = TabbedInterface(
        [
            ObjectList([TitleFieldPanel("title"), FieldPanel("introduction")], heading=_("Section")),
            ObjectList(
                [
                    FieldPanel("slug"),
                    FieldPanel("show_in_menus"),
                    FieldPanel("seo_title"),
                    FieldPanel("search_description"),
                    PublishingPanel(),
                ],
                heading=_("Promote"),
            ),
        ]
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")

    def shown_with(self, request: HttpRequest) -> dict[str, Any]:
        """Return the section's articles, newest first, a page at a time."""
        return {"articles": page_of(self.articles(), request), "heading": self.title, "section": self}

    def route(self, request: HttpRequest, path_components: list[str]) -> Any:
        """Find the article below this section, with what its page is sure to draw, in one query."""
        if path_components:
            articles = ArticlePage.objects.child_of(self).select_related("locale", "lead_picture")
            article = articles.filter(slug=path_components[0]).first()
            if article:
                article._cached_parent_obj = self
                return article.route(request, path_components[1:])
        return super().route(request, path_components)

    def articles(self) -> ArticleQuerySet:
        """Return what readers find here, stories that stand here besides their own section too."""
        articles: ArticleQuerySet = ArticlePage.objects.child_of(self).readable()
        return articles


class StandardPage(PageBesideLists):
    """A page that is no story: about us, imprint, privacy, house rules."""

    body = StreamField(StoryBlock(), verbose_name=_("body"), blank=True)

    parent_page_types = ["publication.FrontPage", "publication.StandardPage"]
    subpage_types = ["publication.StandardPage"]

    search_fields = [*Page.search_fields, index.SearchField("body")]
    edit_handler = TabbedInterface(
        [
            ObjectList([TitleFieldPanel("title"), FieldPanel("body")], heading=_("Page")),
            ObjectList(
                [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("search_description"), PublishingPanel()],
                heading=_("Promote"),
            ),
            ObjectList([CommentPanel()], heading=_("Notes")),
        ]
    )

    class Meta:
        verbose_name = _("standard page")
        verbose_name_plural = _("standard pages")


class ArticleTag(TaggedItemBase):
    """A word an article is filed under."""

    content_object = ParentalKey("publication.ArticlePage", on_delete=models.CASCADE, related_name="tagged_items")


class ArticleQuerySet(PageQuerySet):
    """Questions about articles. Every list, feed, search and map starts from `readable`."""

    def readable(self) -> Self:
        """What an anonymous reader may read, newest first."""
        newest_first = (models.F("first_published_at").desc(nulls_last=True), "-pk")
        readable: Self = self.live().exclude(is_restricted()).order_by(*newest_first)
        return readable

    def originals(self) -> Self:
        """Leave out aliases: the same story standing in a second place."""
        originals: Self = self.filter(alias_of__isnull=True)
        return originals

    def in_language(self, code: str) -> Self:
        """Those written in one language."""
        written: Self = self.filter(locale__language_code=code)
        return written

    def for_lists(self) -> Self:
        """Fetch along what a list draws of each: picture, bylines with the names in every language, locale."""
        fetched: Self = self.select_related("locale", "lead_picture").prefetch_related(
            Prefetch("bylines", Byline.objects.select_related("person")),
            Prefetch("bylines__person__biographies", Biography.objects.select_related("locale")),
        )
        return fetched


ArticleManager = PageManager.from_queryset(ArticleQuerySet)


class ArticlePage(AnnouncedPage):
    """A story: its text, its dates, its identity. What hangs off it belongs to other modules."""

    kicker: models.CharField[str, str] = models.CharField(
        _("kicker"), max_length=80, blank=True, help_text=_("Beside the section's name, such as: the long interview.")
    )
    standfirst: models.TextField[str, str] = models.TextField(
        _("standfirst"), max_length=600, blank=True, help_text=_("Two sentences below the headline that invite.")
    )
    lead_picture: models.ForeignKey[Picture | None, Picture | None] = models.ForeignKey(
        "publication.Picture",
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    lead_alt: models.CharField[str, str] = models.CharField(
        _("alternative text"),
        max_length=255,
        blank=True,
        help_text=_("What the picture shows, for those who do not see it. Empty: the picture's own description."),
    )
    lead_caption: models.CharField[str, str] = models.CharField(_("caption"), max_length=500, blank=True)
    lead_credit: models.CharField[str, str] = models.CharField(
        _("credit"), max_length=255, blank=True, help_text=_("Empty: the picture's own credit.")
    )
    body = StreamField(StoryBlock(), verbose_name=_("body"), blank=True)
    tags = ClusterTaggableManager(
        through=ArticleTag, blank=True, verbose_name=_("tags"), help_text=_("Words to find it by, with commas between.")
    )
    # How long one reads what is published, noted when it is; 0: nothing is published yet.
    minutes: models.PositiveSmallIntegerField[int, int] = models.PositiveSmallIntegerField(default=0, editable=False)
    pending_correction: models.CharField[str, str] = models.CharField(
        _("correction to publish"),
        max_length=CORRECTION_LIMIT,
        blank=True,
        help_text=_(
            "What was wrong and what is right. It waits with the draft; when the article is published it is printed "
            "below the text and in the log of corrections."
        ),
    )

    objects = ArticleManager()

    parent_page_types = ["publication.Section"]
    subpage_types: list[str] = []
    exclude_fields_in_copy = ["pending_correction"]

    search_fields = [
        *Page.search_fields,
        index.SearchField("kicker"),
        index.SearchField("standfirst", boost=1.5),
        index.SearchField("lead_caption"),
        index.SearchField("body"),
        index.FilterField("alias_of"),
    ]
    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    TitleFieldPanel("title", heading=_("Headline"), placeholder=_("Headline")),
                    FieldPanel("kicker"),
                    FieldPanel("standfirst"),
                    MultiFieldPanel(
                        [
                            FieldPanel("lead_picture"),
                            FieldPanel("lead_alt"),
                            FieldPanel("lead_caption"),
                            FieldPanel("lead_credit"),
                        ],
                        heading=_("Lead picture"),
                    ),
                    FieldPanel("body"),
                ],
                heading=_("Story"),
            ),
            ObjectList(
                [
                    InlinePanel(
                        "provenance_steps",
                        heading=_("Provenance"),
                        label=_("Step"),
                        help_text=_("Where the text comes from, the first step first. Each may lack anything."),
                    ),
                    InlinePanel("bylines", heading=_("Bylines"), label=_("Byline")),
                ],
                heading=_("Provenance and bylines"),
            ),
            ObjectList(
                [FieldPanel("pending_correction"), HelpPanel(template="publication/panels/corrections.html")],
                heading=_("Corrections"),
            ),
            ObjectList(
                [
                    FieldPanel("tags"),
                    FieldPanel("slug"),
                    FieldPanel("seo_title"),
                    FieldPanel("search_description"),
                    PublishingPanel(),
                    CommentPanel(),
                ],
                heading=_("Promote"),
            ),
        ]
    )

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    def shown_with(self, request: HttpRequest) -> dict[str, Any]:
        """Return the section the article stands in."""
        return {"section": self.section}

    @property
    def topic(self) -> str:
        """What delivery calls this article."""
        return topic("article", self.pk)

    def shown_topics(self) -> list[str]:
        """Return what the page shows: a story that stands in a second place also what becomes of the original."""
        keys = [key for key in (self.pk, self.alias_of_id) if key]
        return [topic("publication", "everywhere"), *(topic("article", key) for key in keys)]

    @cached_property
    def section(self) -> Section | None:
        """The section it stands in."""
        parent = getattr(self, "_cached_parent_obj", None)  # at hand when a request was led here through it
        return parent if isinstance(parent, Section) else Section.objects.parent_of(self).first()

    @cached_property
    def filed_under(self) -> list[Tag]:
        """The words it is filed under."""
        return list(self.tags.all())

    @cached_property
    def versions(self) -> list[ArticlePage]:
        """Every language version that readers may read, this one among them, in the order of the languages."""
        order = {code: place for place, (code, _name) in enumerate(settings.LANGUAGES)}
        found = ArticlePage.objects.filter(translation_key=self.translation_key).readable().originals()
        versions = found.select_related("locale").defer_streamfields()
        return sorted(versions, key=lambda version: order.get(version.language, len(order)))

    def language_versions(self) -> list[ArticlePage]:
        """Return the other languages' versions that readers may read."""
        return [version for version in self.versions if version.locale_id != self.locale_id]

    @cached_property
    def credits(self) -> list[Byline]:
        """Who had which part in it, in order, each part once, with their names in every language."""
        found = self.bylines.all()
        if "bylines" not in getattr(self, "_prefetched_objects_cache", {}):
            found = found.select_related("person")
        bylines = list({(byline.person_id, byline.role): byline for byline in found}.values())
        words = Prefetch("person__biographies", Biography.objects.select_related("locale"))
        models.prefetch_related_objects(bylines, words)
        return bylines

    @cached_property
    def provenance_chain(self) -> list[Step]:
        """Where the text comes from, the first step first."""
        return [step.as_step() for step in self.provenance_steps.all()]

    @cached_property
    def shown_corrections(self) -> list[Correction]:
        """What was corrected in it, newest first; a story that stands in a second place shows the original's."""
        return list(Correction.objects.filter(page_id=self.alias_of_id or self.pk))


class Byline(Orderable):
    """One person's part in an article."""

    class Role(models.TextChoices):
        """What somebody did for an article."""

        WRITER = "writer", _("Writer")
        INTERVIEWER = "interviewer", _("Interviewer")
        TRANSLATOR = "translator", _("Translator")
        EDITOR = "editor", _("Editor")
        PHOTOGRAPHER = "photographer", _("Photographer")

    page = ParentalKey(ArticlePage, on_delete=models.CASCADE, related_name="bylines")
    person: models.ForeignKey[Person, Person] = models.ForeignKey(
        "publication.Person", verbose_name=_("person"), on_delete=models.PROTECT, related_name="bylines"
    )
    role: models.CharField[str, str] = models.CharField(
        _("role"), max_length=16, choices=Role.choices, default=Role.WRITER
    )

    panels = [FieldPanel("person"), FieldPanel("role")]

    class Meta(Orderable.Meta):
        verbose_name = _("byline")
        verbose_name_plural = _("bylines")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=["writer", "interviewer", "translator", "editor", "photographer"]),
                name="publication_byline_role_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"


class ProvenanceStep(Orderable):
    """One step on a text's way here."""

    class Kind(models.TextChoices):
        """What happened to the text in a step."""

        INTERVIEW = "interview", _("Interview given to")
        ORIGINAL = "original", _("Originally published by")
        REPUBLISHED = "republished", _("Republished from")
        TRANSLATED = "translated", _("Translated")
        ADAPTED = "adapted", _("Adapted")

    page = ParentalKey(ArticlePage, on_delete=models.CASCADE, related_name="provenance_steps")
    kind: models.CharField[str, str] = models.CharField(
        _("kind"), max_length=16, choices=Kind.choices, default=Kind.ORIGINAL
    )
    publisher: models.CharField[str, str] = models.CharField(_("publisher"), max_length=200, blank=True)
    url: models.CharField[str, str] = models.CharField(
        _("address"),
        max_length=500,
        blank=True,
        validators=[validate_web_address],
        help_text=_("Where the text, or else the publisher, is found: https://…"),
    )
    language: models.CharField[str, str] = models.CharField(
        _("language"),
        max_length=35,
        blank=True,
        validators=[validate_language_tag],
        help_text=_("Of the text, or translated from."),
    )
    person: models.CharField[str, str] = models.CharField(
        _("person"), max_length=120, blank=True, help_text=_("Such as the translator.")
    )
    date: models.DateField[datetime.date | None, datetime.date | None] = models.DateField(
        _("date"), null=True, blank=True
    )
    licence: models.CharField[str, str] = models.CharField(
        _("licence"), max_length=200, blank=True, help_text=_("Its name or its address, such as CC BY 4.0.")
    )

    panels = [
        FieldPanel("kind"),
        FieldPanel("publisher"),
        FieldPanel("url"),
        FieldPanel("language", widget=LanguageInput),
        FieldPanel("person"),
        FieldPanel("date"),
        FieldPanel("licence"),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("provenance step")
        verbose_name_plural = _("provenance steps")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["interview", "original", "republished", "translated", "adapted"]),
                name="publication_step_kind_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.publisher or self.person}".strip()

    def as_step(self) -> Step:
        """Return the step as a value that needs no database."""
        return Step(
            kind=self.kind,
            publisher=self.publisher,
            url=self.url,
            language=self.language,
            person=self.person,
            date=self.date,
            licence=self.licence,
        )


def _refuse_taken_address(slug: str) -> None:
    """Raise ValidationError when readers who ask for a page with this slug below the front page get something else."""
    languages = {code for code, _name in settings.LANGUAGES}
    if slug in languages or slug in _first_words(get_resolver().url_patterns):
        raise ValidationError({"slug": _("This address belongs to another page of the publication.")})


def _first_words(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[str]:
    """What the addresses of these routes begin with, up to the first slash."""
    for route in patterns:
        word = str(route.pattern).lstrip("^").partition("/")[0]
        is_only_language = isinstance(route.pattern, LocalePrefixPattern) or not word
        if isinstance(route, URLResolver) and is_only_language:
            yield from _first_words(route.url_patterns)
        else:
            yield word
