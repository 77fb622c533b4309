"""The addresses of threads and comments."""

from __future__ import annotations

from django.urls import path

from broadsheet.discussion import edit_views, feeds, report_views, subscribing, version_views, views, vote_views

app_name = "discussion"
urlpatterns = [
    path("threads/<uuid:key>/", views.thread_page, name="thread"),
    path("threads/<uuid:key>/comments/", views.write, name="write"),
    path("threads/<uuid:key>/notify/", subscribing.notify, name="notify"),
    path("comments/<slug:public_id>/", views.comment_page, name="comment"),
    path("comments/<slug:public_id>/reply/", views.reply, name="reply"),
    path("comments/<slug:public_id>/vote/", vote_views.vote, name="vote"),
    path("comments/<slug:public_id>/edit/", edit_views.edit, name="edit"),
    path("comments/<slug:public_id>/delete/", edit_views.delete, name="delete"),
    path("comments/<slug:public_id>/versions/", version_views.versions, name="versions"),
    path("threads/<uuid:key>/feed/", feeds.thread, name="thread_feed"),
    path("comments/<slug:public_id>/report/", report_views.report, name="report"),
]
