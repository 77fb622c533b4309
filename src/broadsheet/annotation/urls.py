"""The addresses of passages."""

from __future__ import annotations

from django.urls import path

from broadsheet.annotation import views

app_name = "annotation"
urlpatterns = [
    path("threads/<uuid:key>/passages/", views.mark, name="mark"),
    path("passages/<slug:public_id>/", views.passage_page, name="passage"),
    path("passages/<slug:public_id>/comments/", views.comment, name="comment"),
]
