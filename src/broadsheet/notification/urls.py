"""The addresses that our mails lead to, and where readers ask for them."""

from __future__ import annotations

from django.urls import path

from broadsheet.notification import views

app_name = "notification"
urlpatterns = [
    path("subscriptions/", views.find, name="find"),
    path("subscriptions/new/", views.subscribe_to, name="subscribe"),
    path("subscriptions/asked/", views.asked, name="asked"),
    path("subscriptions/all/", views.overview, name="overview"),
    path("subscriptions/confirm/", views.confirm_subscription, name="confirm"),
    path("subscriptions/stop/", views.stop_subscription, name="stop"),
    path("subscriptions/silence/", views.silence_address, name="silence"),
]
