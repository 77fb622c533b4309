"""The addresses of giving."""

from __future__ import annotations

from django.urls import path

from broadsheet.funding import views

app_name = "funding"
urlpatterns = [
    path("support/", views.support, name="support"),
    path("support/<slug:public_id>/", views.campaign, name="campaign"),
]
