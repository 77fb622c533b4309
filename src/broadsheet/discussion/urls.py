"""The addresses of threads and comments."""

from __future__ import annotations

from django.urls import path

from broadsheet.discussion import (
    edit_views,
    feeds,
    moderate_views,
    report_views,
    subscribing,
    version_views,
    views,
    vote_views,
)

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
    path("comments/<slug:public_id>/moderate/", moderate_views.moderate, name="moderate"),
    path("comments/<slug:public_id>/moderate/pin/", moderate_views.pin, name="pin"),
    path("comments/<slug:public_id>/moderate/unpin/", moderate_views.unpin, name="unpin"),
    path("comments/<slug:public_id>/moderate/pick/", moderate_views.pick, name="pick"),
    path("comments/<slug:public_id>/moderate/unpick/", moderate_views.unpick, name="unpick"),
    path("comments/<slug:public_id>/moderate/close-branch/", moderate_views.close_branch, name="close_branch"),
    path("comments/<slug:public_id>/moderate/open-branch/", moderate_views.open_branch, name="open_branch"),
    path("comments/<slug:public_id>/moderate/hide-versions/", moderate_views.hide_versions, name="hide_versions"),
    path("comments/<slug:public_id>/moderate/show-versions/", moderate_views.show_versions, name="show_versions"),
]
