"""What moderation keeps of a person: from which network they wrote, and from what they are banned."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.accounts.privacy import PrivacyPart
from broadsheet.moderation.models import Ban, Origin


def _export_origins(profile: Profile) -> list[dict[str, Any]]:
    rows = Origin.objects.filter(profile=profile).order_by("at")
    return [{"kind": row.kind, "key": row.key, "network": row.network, "at": row.at.isoformat()} for row in rows]


def _erase_origins(profile: Profile) -> None:
    Origin.objects.filter(profile=profile).delete()


def _export_bans(profile: Profile) -> list[dict[str, Any]]:
    rows = Ban.objects.filter(profile=profile).order_by("at")
    return [
        {
            "at": row.at.isoformat(),
            "until": row.until.isoformat() if row.until else None,
            "reason": row.reason,
            "lifted_at": row.lifted_at.isoformat() if row.lifted_at else None,
        }
        for row in rows
    ]


def _keep_bans(profile: Profile) -> None:
    """A ban outlives the words it was for, or erasing would lift it; it hangs on a profile that has no name then."""


ORIGINS = PrivacyPart("networks", _("networks you wrote from, kept for a month"), _export_origins, _erase_origins)
BANS = PrivacyPart("bans", _("bans"), _export_bans, _keep_bans)
