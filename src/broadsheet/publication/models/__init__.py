"""What a publication is made of."""

from broadsheet.publication.models.identity import PublicationSettings
from broadsheet.publication.models.pages import (
    ArticlePage,
    ArticleQuerySet,
    ArticleTag,
    Byline,
    FrontPage,
    ProvenanceStep,
    Section,
    StandardPage,
)
from broadsheet.publication.models.people import Biography, Person
from broadsheet.publication.models.pictures import Picture, PictureRendition
from broadsheet.publication.models.texts import Correction, PublishedText

__all__ = [
    "ArticlePage",
    "ArticleQuerySet",
    "ArticleTag",
    "Biography",
    "Byline",
    "Correction",
    "FrontPage",
    "Person",
    "Picture",
    "PictureRendition",
    "ProvenanceStep",
    "PublicationSettings",
    "PublishedText",
    "Section",
    "StandardPage",
]
