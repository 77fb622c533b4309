"""The addresses of a member's own pages; signing in itself is django-allauth's."""

from __future__ import annotations

from django.urls import path

from broadsheet.accounts import views

app_name = "accounts"
urlpatterns = [path("profile/", views.profile, name="profile")]
