"""The settings of the tests: the product's own, read from an environment made for them, without what is slow."""

from __future__ import annotations

import os
import secrets
import sys

from tests import places

# pytest-django loads this before pytest knows its options, so the choice is read here; xdist's workers inherit it.
DATABASE_CHOICE = places.remember("TEST_DATABASE", lambda: places.option(sys.argv, "--database") or "sqlite")
FOLDER = places.run_folder()
HOME_OF_TESTS = FOLDER / f"home-{os.getpid()}"
HOME_OF_TESTS.mkdir(mode=0o700, exist_ok=True)

for _name in list(os.environ):
    if _name.startswith("BROADSHEET_") or _name in ("DATABASE_URL", "REDIS_URL"):
        del os.environ[_name]
os.environ |= {
    "BROADSHEET_HOME": str(HOME_OF_TESTS),
    "BROADSHEET_ADDRESS": "http://testserver",
    "BROADSHEET_LANGUAGES": "en,nb,ar",
    "BROADSHEET_TIME_ZONE": "Europe/Oslo",
    "BROADSHEET_SECRET_KEY": "a key for tests, which protect nothing",
    "BROADSHEET_LOG": "text",
}
if DATABASE_CHOICE == "postgres":
    # tests/databases.py starts a server at this address; only the name of the database changes from test to test.
    os.environ["DATABASE_URL"] = places.remember(
        "TEST_POSTGRES", lambda: f"postgres://broadsheet:{secrets.token_hex(16)}@127.0.0.1:{places.free_port()}/none"
    )

from broadsheet.site.settings import *  # noqa: E402, F403 - the product's settings, under this environment

# A programme that a test starts must not take the tests' database for its own.
os.environ.pop("DATABASE_URL", None)

# Copies of the migrated template are put in its place (tests/databases.py).
DATABASES["default"]["NAME"] = os.environ.get("TEST_DATABASE_NAME", str(FOLDER / "none"))  # noqa: F405
# Argon2 is slow by design, and hundreds of tests sign somebody in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# It keeps max_migration.txt, so that two branches with a migration each do not merge without a word.
INSTALLED_APPS.append("django_linear_migrations")  # noqa: F405
# Names with hashes exist only after collectstatic, which the journeys go through.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
# Tests that need no database need no cache in it either; tests/unit/accounts tries the product's own.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
