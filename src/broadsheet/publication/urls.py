"""Where readers find what publication shows besides its pages."""

from __future__ import annotations

from django.urls import path

from broadsheet.publication import feeds, views

app_name = "publication"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("archive/", views.archive, name="archive"),
    path("archive/<int:year>/<int:month>/", views.archive_month, name="archive_month"),
    path("people/<str:slug>/", views.person, name="person"),
    path("tags/<str:slug>/", views.tag, name="tag"),
    path("corrections/", views.corrections, name="corrections"),
    path("corrections/feed/", feeds.corrections, name="corrections_feed"),
    path("feed/", feeds.newest, name="feed"),
    path("feed/<str:slug>/", feeds.section, name="section_feed"),
    path("publication.css", views.colours, name="colours"),
]
