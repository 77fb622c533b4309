"""Pictures as a page draws them: several sizes to choose from, none loaded before it is near."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, prefetch_related_objects
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from wagtail.images.models import SourceImageIOError
from willow.image import BadImageOperationError

from broadsheet.publication.models.pictures import Picture, PictureRendition

if TYPE_CHECKING:
    from broadsheet.publication.models.pages import ArticlePage

logger = logging.getLogger(__name__)


class Place(Enum):
    """Where a picture stands: the sizes it is drawn in, and how much of the window it takes."""

    LEAD = ("width-{}", (480, 800, 1200, 1800), "(min-width: 82rem) 74rem, 100vw")
    STORY = ("width-{}", (480, 800, 1200), "(min-width: 46rem) 38rem, 100vw")
    LIST = ("fill-{}x{}", ((480, 320), (800, 533)), "(min-width: 46rem) 24rem, 100vw")
    FRONT = ("fill-{}x{}", ((480, 300), (800, 500), (1200, 750)), "(min-width: 46rem) 50rem, 100vw")
    PORTRAIT = ("fill-{}x{}", ((160, 160), (320, 320)), "10rem")
    LOGO = ("max-{}x{}", ((400, 120), (800, 240)), "20rem")

    def specs(self) -> tuple[str, ...]:
        """Name the renditions that are drawn here, the smallest first."""
        pattern, shapes, _sizes = self.value
        sides = (shape if isinstance(shape, tuple) else (shape,) for shape in shapes)
        return tuple(f"{pattern.format(*side)}|format-webp|webpquality-80" for side in sides)


class Arrival(Enum):
    """When a picture is loaded: with the page, or when the reader comes near it."""

    NOW = "now"
    NEAR = "near"


@dataclass(frozen=True)
class Drawing:
    """What an `img` element needs to know."""

    src: str
    srcset: str
    sizes: str
    width: int
    height: int
    alt: str


# What other sites show of an article: their readers' browsers and programs are not all ours, so not WebP.
SHARED = "fill-1200x675|format-jpeg|jpegquality-80"


def lead_picture_of(article: ArticlePage) -> Picture | None:
    """Return the article's lead picture with what is drawn and shared of it, in one query for both."""
    picture = article.lead_picture
    if picture and not hasattr(picture, "prefetched_renditions"):
        prefetch_related_objects([picture], renditions_of([*Place.LEAD.specs(), SHARED]))
    return picture


def fetch_renditions(pictures: Iterable[Picture], *places: Place) -> None:
    """Fetch what is drawn of all `pictures` at `places`, in one query."""
    specs = [spec for place in places for spec in place.specs()]
    wanted = [picture for picture in pictures if not hasattr(picture, "prefetched_renditions")]
    prefetch_related_objects(wanted, renditions_of(specs))


def renditions_of(specs: Iterable[str], prefix: str = "") -> Any:
    """Return the prefetch of the renditions named, for a queryset of pictures or, with `prefix`, of what has one."""
    renditions = PictureRendition.objects.filter(filter_spec__in=list(specs))
    return Prefetch(f"{prefix}renditions", renditions, to_attr="prefetched_renditions")


def drawing_of(picture: Picture, place: Place, alt: str = "") -> Drawing | None:
    """Return how to draw `picture` at `place`, its sizes made when first asked for; None when its file is lost."""
    try:
        renditions = list(picture.get_renditions(*place.specs()).values())
    except (SourceImageIOError, OSError, BadImageOperationError):
        logger.warning("The file of a picture cannot be read.", extra={"picture": picture.pk})
        return None
    # A picture smaller than a place's largest size comes in its own size several times.
    by_width = {rendition.width: rendition for rendition in renditions}
    largest = by_width[max(by_width)]
    return Drawing(
        src=largest.url,
        srcset=", ".join(f"{by_width[width].url} {width}w" for width in sorted(by_width)),
        sizes=place.value[2],
        width=largest.width,
        height=largest.height,
        alt=alt or picture.default_alt_text,
    )


def img(drawing: Drawing, arrival: Arrival) -> SafeString:
    """Write the `img` element."""
    return render_to_string("publication/parts/img.html", {"drawing": drawing, "is_lazy": arrival is Arrival.NEAR})
