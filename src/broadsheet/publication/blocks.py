"""What an article's body is made of; every part keeps its id from one published text to the next."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

from broadsheet.publication.addresses import check_web_address

# Few features: what a story needs, and nothing that draws its own look or fetches from elsewhere.
STORY_FEATURES = ["h2", "h3", "bold", "italic", "link", "ol", "ul"]
SPOKEN_FEATURES = ["bold", "italic", "link"]

# Ids stand in addresses and in what Wagtail's editor writes its page with, where a quotation mark is the end of them.
_SOUND_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PLACE_OF_IDS = uuid.UUID("5a1d7a0e-6b0c-4c9f-9a55-0d2f2b7c1e84")


def sound_id(block_id: Any) -> str:
    """Return a block's id; in place of one that no block of ours was given another one, always the same."""
    text = str(block_id or "")
    return text if not text or _SOUND_ID.fullmatch(text) else str(uuid.uuid5(_PLACE_OF_IDS, repr(text)))


class SoundStream(blocks.StreamBlock):
    """Blocks with ids that are only ids, whether they come from a form, from storage or from elsewhere.

    Wagtail believes whatever id a form sends, and its editor runs it.
    """

    def value_from_datadict(self, data: Any, files: Any, prefix: str) -> Any:
        """Read the blocks of a form."""
        ids = {name for name in data if name.startswith(f"{prefix}-") and name.endswith("-id")}
        if any(data[name] != sound_id(data[name]) for name in ids):
            data = data.copy()
            for name in ids:
                data[name] = sound_id(data[name])
        return super().value_from_datadict(data, files, prefix)

    def to_python(self, value: Any) -> Any:
        """Read the blocks as they are stored."""
        if isinstance(value, str):
            try:
                value = json.loads(value or "[]")
            except ValueError:
                return super().to_python(value)
        return super().to_python(_with_sound_ids(value) if isinstance(value, list) else value)


def _with_sound_ids(stored: Any) -> Any:
    """The same blocks, those within them included."""
    if isinstance(stored, list):
        return [_with_sound_ids(part) for part in stored]
    if not isinstance(stored, Mapping):
        return stored
    parts = {name: _with_sound_ids(part) for name, part in stored.items()}
    return parts | {"id": sound_id(parts["id"])} if {"type", "value", "id"} <= parts.keys() else parts


class PictureBlock(blocks.StructBlock):
    """A picture within the story."""

    picture = ImageChooserBlock(label=_("Picture"))
    alt = blocks.CharBlock(
        label=_("Alternative text"),
        required=False,
        max_length=255,
        help_text=_("What the picture shows, for those who do not see it. Empty: the picture's own description."),
    )
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=500)
    credit = blocks.CharBlock(
        label=_("Credit"), required=False, max_length=255, help_text=_("Empty: the picture's own credit.")
    )

    class Meta:
        icon = "image"
        label = _("Picture")


class QuoteBlock(blocks.StructBlock):
    """A sentence worth repeating in large letters."""

    text = blocks.TextBlock(label=_("Words"), max_length=1000)
    attribution = blocks.CharBlock(
        label=_("Said by"), required=False, max_length=200, help_text=_("Empty when the story itself says it.")
    )

    class Meta:
        icon = "openquote"
        label = _("Pull quote")


class WebAddressBlock(blocks.URLBlock):
    """An http or https address."""

    def clean(self, value: Any) -> Any:
        """Refuse other schemes and addresses that pretend to be somewhere else."""
        value = super().clean(value)
        if value:
            check_web_address(value)
        return value


class LinkCardBlock(blocks.StructBlock):
    """A link set off from the text. Its words are the editor's; nothing is fetched from the address."""

    url = WebAddressBlock(label=_("Address"))
    title = blocks.CharBlock(label=_("Title"), max_length=200)
    text = blocks.CharBlock(label=_("Text"), required=False, max_length=500)

    class Meta:
        icon = "link"
        label = _("Link card")


class VoiceBlock(blocks.StructBlock):
    """Somebody who speaks in an interview."""

    name = blocks.CharBlock(label=_("Name"), max_length=120)
    role = blocks.CharBlock(label=_("Role"), required=False, max_length=120, help_text=_("Such as: harbour master."))

    class Meta:
        icon = "user"
        label = _("Voice")


class TurnBlock(blocks.StructBlock):
    """What one voice says until another speaks."""

    voice = blocks.CharBlock(label=_("Voice"), required=False, max_length=120)
    text = blocks.RichTextBlock(label=_("Words"), features=SPOKEN_FEATURES)


class QuestionBlock(TurnBlock):
    """What is asked."""

    class Meta:
        icon = "help"
        label = _("Question")
        help_text = _("Leave the voice empty for the first of the interview's voices.")


class AnswerBlock(TurnBlock):
    """What is answered."""

    class Meta:
        icon = "comment"
        label = _("Answer")
        help_text = _("Leave the voice empty for the second of the interview's voices.")


class ExchangeBlock(blocks.StreamBlock):
    """One question with its answer; where several people answer, several answers."""

    question = QuestionBlock()
    answer = AnswerBlock()

    class Meta:
        icon = "comment"
        label = _("Exchange")


class InterviewBlock(blocks.StructBlock):
    """Exchanges between voices that are named once."""

    voices = blocks.ListBlock(
        VoiceBlock(),
        label=_("Voices"),
        help_text=_("The first asks, the second answers; others are named where they speak."),
    )
    exchanges = blocks.ListBlock(ExchangeBlock(), label=_("Exchanges"))

    class Meta:
        icon = "group"
        label = _("Interview")


class StoryBlock(SoundStream):
    """The body of an article."""

    text = blocks.RichTextBlock(label=_("Text"), features=STORY_FEATURES, icon="pilcrow")
    picture = PictureBlock()
    quote = QuoteBlock()
    link_card = LinkCardBlock()
    interview = InterviewBlock()


class PageWayBlock(blocks.StructBlock):
    """A way to one of the publication's pages."""

    page = blocks.PageChooserBlock(label=_("Page"))
    label = blocks.CharBlock(label=_("Label"), required=False, max_length=60, help_text=_("Empty: the page's title."))

    class Meta:
        icon = "doc-empty"
        label = _("Page")


class AddressWayBlock(blocks.StructBlock):
    """A way to an address, here or elsewhere."""

    url = blocks.CharBlock(label=_("Address"), max_length=500, help_text=_("https://… or a path such as /archive/"))
    label = blocks.CharBlock(label=_("Label"), max_length=60)

    class Meta:
        icon = "link"
        label = _("Address")

    def clean(self, value: Any) -> Any:
        """Refuse what is neither a path of ours nor a web address."""
        value = super().clean(value)
        try:
            check_web_address(value["url"], paths_too=True)
        except ValidationError as error:
            raise blocks.StructBlockValidationError({"url": error}) from None
        return value


class NavigationBlock(SoundStream):
    """The entries of the navigation, in order."""

    page = PageWayBlock()
    address = AddressWayBlock()

    class Meta:
        required = False
