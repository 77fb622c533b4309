"""A reader's browser: what it shows, and what it must never do while nobody looks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, Route

from broadsheet.delivery.changes import TRUSTED_FOR
from tests.waiting import until

PATIENCE = 15_000  # milliseconds for what comes sooner or later; how soon is asked where it was promised
VIEWPORTS = {"narrow": (320, 640), "phone": (360, 740), "tablet": (768, 1024), "desktop": (1280, 900)}
CHROMIUM_ARGUMENTS = [
    # Chromium talks to its makers by itself; here it talks to this machine only.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIOLATION = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


class Watch:
    """Notes what a browser did that no page of ours may make it do."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.own = urlsplit(address).netloc
        self.mistakes: list[str] = []
        self.expected: list[str] = []
        context.add_init_script(VIOLATION)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.mistakes.append(f"script: {error.error}"))
        context.on("request", lambda request: self._see(request.url))

    def expect(self, text: str) -> None:
        """Let pass a console message that holds `text`: the browser says there that a page was refused, say."""
        self.expected.append(text)

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not any(text in message.text for text in self.expected):
            self.mistakes.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _see(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != self.own:
            self.mistakes.append(f"request to another site: {url}")


def wait_for_all_processes(page: Page) -> None:
    """Wait, after somebody wrote, until no process gives strangers a page as it was before: so long it may."""
    page.wait_for_timeout(TRUSTED_FOR * 1_000)


class Gate:
    """Keeps what a page asks from the server until it is opened, or the answers from the page; one after the other."""

    def __init__(self, page: Page, *paths: str, method: str = "POST", keeps_answers: bool = False) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.page = page
        self._method = method
        self._keeps_answers = keeps_answers
        for path in paths:
            page.route(path, self._keep)

    def wait(self) -> None:
        """Wait until something waits."""
        until(self._has_come)

    def open(self) -> None:
        """Let through what waits."""
        self.wait()
        self.waiting.pop(0)()

    def _has_come(self) -> bool:
        self.page.wait_for_timeout(20)  # in which we hear of what is asked
        return bool(self.waiting)

    def _keep(self, route: Route) -> None:
        if route.request.method != self._method:
            route.continue_()
        elif self._keeps_answers:
            self.waiting.append(partial(route.fulfill, response=route.fetch(max_redirects=0)))
        else:
            self.waiting.append(route.continue_)


@contextmanager
def browsing(
    browser: Browser,
    address: str,
    *,
    viewport: str = "desktop",
    javascript: bool = True,
    scheme: str = "light",
    language: str = "en",
) -> Iterator[tuple[BrowserContext, Watch]]:
    """Open a fresh browser profile and want, when it closes, that it made no mistake on the way."""
    width, height = VIEWPORTS[viewport]
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        java_script_enabled=javascript,
        color_scheme="dark" if scheme == "dark" else "light",
        locale=language,
        timezone_id="Europe/Oslo",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    watch = Watch(context, address)
    try:
        yield context, watch
        assert watch.mistakes == [], watch.mistakes
    finally:
        context.close()


def check_accessibility(page: Page) -> None:
    """Want that axe finds nothing, at every level of WCAG 2.2 up to AA and among its best practices."""
    page.evaluate(AXE_SCRIPT)
    options = {"runOnly": {"type": "tag", "values": AXE_RULES}, "resultTypes": ["violations"]}
    found = page.evaluate(f"axe.run(document, {json.dumps(options)}).then((results) => results.violations)")
    lines = [
        f"{violation['id']}: {violation['help']}\n    {node['html'][:200]}\n    {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"]
    ]
    assert not lines, f"{page.url}\n" + "\n".join(lines)


def check_layout(page: Page) -> None:
    """Want one headline, a way past the furniture, and nothing wider than the window."""
    assert page.locator("h1").count() == 1, page.url
    assert page.locator("#main").count() == 1, page.url
    assert page.locator('a[href="#main"]').count() >= 1, page.url
    wide, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= window, f"{page.url} is {wide} px wide in a window of {window}"


def links_within(page: Page, address: str) -> list[str]:
    """Return the paths of the publication that a page links to, each once, in their order; no fragments."""
    hrefs = page.eval_on_selector_all("a[href]", "(links) => links.map((link) => link.href)")
    own = [urlsplit(href) for href in hrefs if href.startswith(f"{address}/")]
    return list(dict.fromkeys(part.path for part in own))
