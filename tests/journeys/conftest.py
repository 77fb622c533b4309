"""The stage of the journeys: the demo publication, served by the shipped command, and Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.journeys.browsing import CHROMIUM_ARGUMENTS, PATIENCE, Watch, browsing
from tests.journeys.serving import Served, copy_home, run
from tests.programs import find_chromium

PASSWORD = "plankton-og-tang-47"  # of the first editor of the home that is made

Browsing = Callable[..., AbstractContextManager[tuple[BrowserContext, Watch]]]


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as `broadsheet init` leaves it; nobody serves it again, it is copied."""
    home = tmp_path_factory.mktemp("made") / "a home"
    words = ["init", "--name", "Slippen", "--languages", "nb,en,ar", "--time-zone", "Europe/Oslo"]
    words += ["--email", "ed@slipway.example", "--editor", "Ed", "--password-file", "-"]
    done = run(home, *words, given=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout
    with Served(home):  # collects the static files, once for all
        pass
    return home


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the demo publication as `broadsheet demo` leaves it; nobody serves it again, it is copied."""
    home = tmp_path_factory.mktemp("demo") / "home"
    with Served(home, "demo"):
        pass
    return home


@pytest.fixture(scope="session")
def demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo publication, served once for all journeys that only read."""
    with Served(copy_home(demo_home, tmp_path_factory.mktemp("reading") / "home")) as served:
        yield served


@pytest.fixture
def own_demo(demo_home: Path, tmp_path: Path) -> Iterator[Served]:
    """The demo publication, served for one journey that writes."""
    with Served(copy_home(demo_home, tmp_path / "home")) as served:
        yield served


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    path = find_chromium()
    assert path, "Chromium was not found; `make test` says how to get it"
    # As root there is no sandbox to be had.
    arguments = [*CHROMIUM_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def reading(chromium: Browser, demo: Served) -> Browsing:
    """Opens browsers on the shared demo: `with reading(viewport="phone") as (context, watch): …`."""
    return partial(browsing, chromium, demo.address)


@pytest.fixture
def writing(chromium: Browser, own_demo: Served) -> Browsing:
    """Opens browsers on a demo of this journey's own."""
    return partial(browsing, chromium, own_demo.address)
