"""The mail's place in the newsroom's admin: its addresses, its entry in the menu, the right to see to it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.sidebar import LinkMenuItem

from broadsheet.notification import newsroom_views
from broadsheet.notification.models import OutboxMessage
from broadsheet.notification.rights import may_see_to_mail


class MailMenuItem(MenuItem):
    """Leads to the mails and says how many are stuck."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to those who may see to them."""
        assert not request.user.is_anonymous  # noqa: S101 - the admin lets nobody in unnamed
        return may_see_to_mail(request.user)

    def render_component(self, request: HttpRequest) -> Any:
        """Count anew for every page."""
        stuck = OutboxMessage.objects.dead().count()
        label = _("Mail ({count})").format(count=stuck) if stuck else str(self.label)
        return LinkMenuItem(self.name, label, self.url, icon_name=self.icon_name, classname=self.classname)


@hooks.register("register_admin_urls")
def mail_urls() -> list[URLPattern]:
    """Put the mails below the admin's address."""
    return [
        path("mail/", newsroom_views.mail, name="notification_mail"),
        path("mail/see-to/", newsroom_views.see_to_mail, name="notification_see_to_mail"),
    ]


@hooks.register("register_admin_menu_item")
def mail_menu_item() -> MailMenuItem:
    """Put the mails into the menu, below what editors do every day."""
    return MailMenuItem(
        gettext_lazy("Mail"), reverse_lazy("notification_mail"), name="mail", icon_name="mail", order=800
    )


@hooks.register("register_permissions")
def mail_permission() -> QuerySet[Permission]:
    """Let an administrator give groups the right to see to mail."""
    return Permission.objects.filter(content_type__app_label="notification", codename="see_to_mail")
