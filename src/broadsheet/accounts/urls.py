"""The addresses of a member's own pages; signing in itself is django-allauth's."""

from __future__ import annotations

from django.urls import path

from broadsheet.accounts import privacy_views, token_views, views

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("tokens/new/", token_views.new_token, name="new_token"),
    path("tokens/<slug:public_id>/revoke/", token_views.revoke, name="revoke_token"),
    path("data/", privacy_views.data, name="data"),
    path("data/download/", privacy_views.download, name="download"),
    path("data/erase/", privacy_views.erase, name="erase"),
]
