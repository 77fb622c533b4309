"""Where readers find what publication shows besides its pages."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from broadsheet.publication import feeds, views


class SlugOfAnyScript(StringConverter):
    """The slug of a person, a tag or a section: letters and digits of any script, and nothing a database chokes on."""

    regex = r"[-\w]+"


register_converter(SlugOfAnyScript, "any_slug")

app_name = "publication"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("archive/", views.archive, name="archive"),
    path("archive/<int:year>/<int:month>/", views.archive_month, name="archive_month"),
    path("people/<any_slug:slug>/", views.person, name="person"),
    path("tags/<any_slug:slug>/", views.tag, name="tag"),
    path("corrections/", views.corrections, name="corrections"),
    path("corrections/feed/", feeds.corrections, name="corrections_feed"),
    path("feed/", feeds.newest, name="feed"),
    path("feed/<any_slug:slug>/", feeds.section, name="section_feed"),
    path("publication.css", views.colours, name="colours"),
]
