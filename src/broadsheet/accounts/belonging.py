"""What follows when somebody enters or leaves the newsroom: beside what they wrote pages say that they are of it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.db.models.signals import m2m_changed, post_delete, post_save

from broadsheet.accounts.models import User
from broadsheet.accounts.topics import NAMES
from broadsheet.delivery.announce import announce
from broadsheet.delivery.topics import topic

# Of an account, what decides whether it may enter the newsroom.
DECISIVE = frozenset(["is_active", "is_superuser"])
DONE = frozenset(["post_add", "post_remove", "post_clear"])


def listen() -> None:
    """Begin to listen; called once, when the applications are ready."""
    post_save.connect(on_account_saved, sender=User)
    m2m_changed.connect(on_groups_changed, sender=User.groups.through)
    m2m_changed.connect(on_groups_changed, sender=Group.permissions.through)
    m2m_changed.connect(on_groups_changed, sender=User.user_permissions.through)
    post_delete.connect(on_group_deleted, sender=Group)


def on_account_saved(sender: type[User], created: bool, update_fields: Any = None, **_kwargs: Any) -> None:
    """Tell that somebody may belong or not; a new account has written nothing, and signing in changes nothing."""
    if not created and (update_fields is None or DECISIVE.intersection(update_fields)):
        announce_accounts()


def on_groups_changed(action: str, **_kwargs: Any) -> None:
    """Tell that somebody may belong or not."""
    if action in DONE:
        announce(topic("profiles", NAMES), "groups-changed")


def on_group_deleted(sender: type[Group], **_kwargs: Any) -> None:
    """Tell that its members may not belong any more; they leave it without a word of their own."""
    announce(topic("profiles", NAMES), "group-deleted")


def announce_accounts() -> None:
    """Tell that accounts were changed; for those who change them without a signal, in the same transaction."""
    announce(topic("profiles", NAMES), "account-changed")
