"""The books' place in the newsroom's admin: their addresses, their entry in the menu, the right to keep them."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse_lazy
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from broadsheet.funding import newsroom_views
from broadsheet.funding.rights import may_keep_books


class BooksMenuItem(MenuItem):
    """Leads to gifts and campaigns."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to those who keep the books."""
        assert not request.user.is_anonymous  # noqa: S101 - the admin lets nobody in unnamed
        return may_keep_books(request.user)


@hooks.register("register_admin_urls")
def books_urls() -> list[URLPattern]:
    """Put the books below the admin's address."""
    return [
        path("funding/", newsroom_views.gifts, name="funding_gifts"),
        path("funding/gifts.csv", newsroom_views.export, name="funding_export"),
        path("funding/book/", newsroom_views.book, name="funding_book"),
        path("funding/gifts/<slug:public_id>/", newsroom_views.gift, name="funding_gift"),
        path("funding/gifts/<slug:public_id>/reverse/", newsroom_views.reverse, name="funding_reverse"),
        path("funding/gifts/<slug:public_id>/unname/", newsroom_views.unname, name="funding_unname"),
        path("funding/campaigns/", newsroom_views.campaigns, name="funding_campaigns"),
        path("funding/campaigns/new/", newsroom_views.new_campaign, name="funding_new_campaign"),
        path("funding/campaigns/<slug:public_id>/", newsroom_views.campaign, name="funding_campaign"),
    ]


@hooks.register("register_admin_menu_item")
def books_menu_item() -> BooksMenuItem:
    """Put the books into the menu, below what editors do every day."""
    return BooksMenuItem(
        gettext_lazy("Funding"), reverse_lazy("funding_gifts"), name="funding", icon_name="calendar-check", order=700
    )


@hooks.register("register_permissions")
def books_permission() -> QuerySet[Permission]:
    """Let an administrator give groups the right to keep the books."""
    return Permission.objects.filter(content_type__app_label="funding", codename="keep_books")
