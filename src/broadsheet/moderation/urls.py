"""The desk's addresses, below those of Wagtail's admin."""

from __future__ import annotations

from django.urls import path

from broadsheet.moderation import desk_record_views, desk_views, desk_writer_views, policy_views

app_name = "desk"
urlpatterns = [
    path("", desk_views.desk, name="desk"),
    path("decide/", desk_views.decide_chosen, name="decide"),
    path("mail/", desk_views.mail, name="mail"),
    path("record/", desk_record_views.record, name="record"),
    path("record/<slug:public_id>/undo/", desk_record_views.undo_ruling, name="undo"),
    path("policy/", policy_views.policy, name="policy"),
    path("policy/<str:scope>/", policy_views.policy_of, name="policy-of"),
    path("bans/", desk_record_views.bans, name="bans"),
    path("bans/<int:pk>/lift/", desk_record_views.lift_ban, name="lift"),
    path("writers/<slug:public_id>/", desk_writer_views.writer, name="writer"),
    path("writers/<slug:public_id>/clear/", desk_writer_views.clear, name="clear"),
    path("writers/<slug:public_id>/ban/", desk_writer_views.ban_one, name="ban"),
    path("<slug:kind>/<slug:key>/", desk_views.one, name="one"),
]
