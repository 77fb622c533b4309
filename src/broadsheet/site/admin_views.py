"""The page where colleagues look after their own account, with one thing changed: the picture is painted anew."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.auth import require_admin_access
from wagtail.admin.forms.account import AvatarPreferencesForm
from wagtail.admin.views.account import AccountView, AvatarSettingsPanel

from broadsheet.publication.forms import PictureUpload


class AvatarForm(AvatarPreferencesForm):
    """Takes a colleague's picture as the newsroom takes any: without what the camera, the place and the program wrote.

    Wagtail keeps a small one as it came, and fails on a broken one. It is served to everybody who has its address.
    """

    avatar = PictureUpload(label=_("Upload a profile picture"), required=False)


class AvatarPanel(AvatarSettingsPanel):
    """The part of the page that is about the picture."""

    form_class = AvatarForm


class NewsroomAccountView(AccountView):
    """Wagtail's page with our part in place of its own."""

    def get_panels(self) -> list[Any]:
        """Return the parts that this colleague may see."""
        return [_ours(panel) for panel in super().get_panels()]


def _ours(panel: Any) -> Any:
    is_wagtails = type(panel) is AvatarSettingsPanel
    return AvatarPanel(panel.request, panel.user, panel.profile) if is_wagtails else panel


newsroom_account = require_admin_access(NewsroomAccountView.as_view())
