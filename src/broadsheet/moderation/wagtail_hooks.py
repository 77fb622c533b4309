"""The desk's place in the newsroom's admin: its addresses, its entry in the menu, the right to use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.sidebar import LinkMenuItem

from broadsheet.moderation.desk import HELD, REPORTED, waiting_counts
from broadsheet.moderation.rights import may_moderate


class DeskMenuItem(MenuItem):
    """Leads to the desk and says how much lies on it."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to those who may decide."""
        assert not request.user.is_anonymous  # noqa: S101 - the admin lets nobody in unnamed
        return may_moderate(request.user)

    def render_component(self, request: HttpRequest) -> Any:
        """Count anew for every page."""
        waiting = sum(waiting_counts().values())
        label = _("Desk ({count})").format(count=waiting) if waiting else str(self.label)
        return LinkMenuItem(self.name, label, self.url, icon_name=self.icon_name, classname=self.classname)


@hooks.register("register_admin_urls")
def desk_urls() -> list[URLResolver]:
    """Put the desk below the admin's address."""
    return [path("desk/", include("broadsheet.moderation.urls"))]


@hooks.register("register_admin_menu_item")
def desk_menu_item() -> DeskMenuItem:
    """Put the desk into the menu, right after the pages."""
    return DeskMenuItem(
        gettext_lazy("Desk"), reverse_lazy("desk:desk"), name="desk", icon_name="clipboard-list", order=150
    )


class PolicyMenuItem(MenuItem):
    """Leads to the moderation policy."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to those who may decide."""
        assert not request.user.is_anonymous  # noqa: S101 - the admin lets nobody in unnamed
        return may_moderate(request.user)


@hooks.register("register_settings_menu_item")
def policy_menu_item() -> PolicyMenuItem:
    """Put the policy among the settings."""
    return PolicyMenuItem(
        gettext_lazy("Moderation policy"), reverse_lazy("desk:policy"), name="policy", icon_name="cogs", order=200
    )


@hooks.register("register_permissions")
def desk_permission() -> QuerySet[Permission]:
    """Let an administrator give groups the right to decide."""
    return Permission.objects.filter(content_type__app_label="moderation", codename="moderate")


class HeldPanel(Component):
    """Says on the admin's home how much awaits a moderator: what is held, and what readers have reported."""

    name = "moderation_held"
    template_name = "moderation/home.html"
    order = 60

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Count for those who may decide; others see no panel."""
        request: HttpRequest = (parent_context or {})["request"]
        assert not request.user.is_anonymous  # noqa: S101 - the admin lets nobody in unnamed
        may_decide = may_moderate(request.user)
        waiting = waiting_counts() if may_decide else {}
        return {"may_decide": may_decide, "held": waiting.get(HELD, 0), "reported": waiting.get(REPORTED, 0)}


@hooks.register("construct_homepage_panels")
def put_what_is_held_on_the_home(request: HttpRequest, panels: list[Component]) -> None:
    """Put the desk's count above Wagtail's own panels."""
    panels.append(HeldPanel())
