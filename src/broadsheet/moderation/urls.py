"""The desk's addresses, below those of Wagtail's admin."""

from __future__ import annotations

from django.urls import path

from broadsheet.moderation import desk_views

app_name = "desk"
urlpatterns = [
    path("", desk_views.desk, name="desk"),
    path("decide/", desk_views.decide_chosen, name="decide"),
    path("<slug:kind>/<slug:key>/", desk_views.one, name="one"),
]
