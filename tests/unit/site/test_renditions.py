"""The sizes of pictures, when another process threw them away."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from django.core.files.images import ImageFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from broadsheet.delivery.changes import Change
from broadsheet.publication.models import Picture, PictureRendition, PublicationSettings, Section
from broadsheet.publication.signals import SIZE_GONE
from broadsheet.site.renditions import RenditionNotes
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def test_a_page_leads_to_files_that_are_there(section: Section, stan: Client) -> None:
    file = BytesIO()
    Image.new("RGB", (800, 600)).save(file, "PNG")
    picture = Picture.objects.create(title="The quay", file=ImageFile(BytesIO(file.getvalue()), "quay.png"))
    article = make_article(section)
    identity = PublicationSettings.objects.get()
    identity.logo = picture
    identity.save()
    stan.get(article.url)
    notes = PictureRendition.cache_backend
    known = {rendition.get_cache_key(): rendition for rendition in PictureRendition.objects.all()}
    assert known

    for rendition in known.values():
        rendition.delete()
        rendition.file.delete(save=False)
    notes.set_many(known)  # as a process has them that has not heard of it
    RenditionNotes().moved([Change(1, "publication:everywhere", 1, SIZE_GONE)])

    pictures = set(re.findall(r"/media/([^\s\"]+)", stan.get(article.url).content.decode()))
    assert pictures
    assert all(default_storage.exists(path) for path in pictures)
