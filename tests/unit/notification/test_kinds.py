"""The kinds of notices: each known once, and a round only for what is about its topic."""

from __future__ import annotations

import pytest

from broadsheet.notification.kinds import add_notice_kind, notice_kind, notice_kinds
from broadsheet.notification.models import Subscription
from broadsheet.notification.notices import CONFIRM_NOTICE
from broadsheet.notification.notify import notify_subscribers
from tests.unit.notification.quays import Quays


def test_our_own_kinds_are_known() -> None:
    assert notice_kind("confirm") is CONFIRM_NOTICE
    assert {"confirm", "overview"} <= {kind.name for kind in notice_kinds()}
    assert notice_kind("unheard-of") is None


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="already"):
        add_notice_kind(CONFIRM_NOTICE)


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "topic"), [("news", "thread:7"), ("confirm", "quay:7"), ("unheard-of", "quay:7")])
def test_a_notice_about_something_else_is_a_mistake(quays: Quays, kind: str, topic: str) -> None:
    with pytest.raises(ValueError, match="no notice kind"):
        notify_subscribers(kind, occasion="boat:1", topic=topic, wanted=Subscription.Kind.ALL)
