"""Treasurers of a publication that was there before the books get their rights with them."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client

from broadsheet.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("publication")]
MIGRATION = importlib.import_module("broadsheet.funding.migrations.0003_treasurers_right")


def test_a_group_that_exists_gets_the_rights(tess: User, as_tess: Client) -> None:
    Group.objects.get(name="Treasurer").permissions.filter(content_type__app_label="funding").delete()
    assert as_tess.get("/admin/funding/").status_code == 302
    MIGRATION.grant(apps, None)
    assert as_tess.get("/admin/funding/").status_code == 200
    assert as_tess.get("/admin/settings/funding/waysofgiving/", follow=True).status_code == 200


def test_without_the_group_there_is_nothing_to_do() -> None:
    Group.objects.filter(name="Treasurer").delete()
    MIGRATION.grant(apps, None)
    assert not Group.objects.filter(name="Treasurer").exists()
