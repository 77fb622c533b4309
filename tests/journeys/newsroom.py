"""What the newsroom's people do in Wagtail's admin, as journeys do it."""

from __future__ import annotations

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

PASSWORD = "slipway-demo"


def sign_in(page: Page, who: str, path: str) -> None:
    """Sign somebody of the demo's newsroom in, and go where they want to be."""
    page.goto(f"/accounts/login/?next={path}")
    page.fill("[name=login]", f"{who}@slipway.example")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"**{path}")


def publish(page: Page) -> None:
    """Publish from the editor's menu of actions; a press that came before its script had come is repeated."""
    publish = page.locator("button[name=action-publish]")
    for _attempt in range(10):
        page.wait_for_timeout(1_000)
        page.locator("footer .w-dropdown__toggle").click()
        try:
            with page.expect_navigation():
                publish.click(timeout=2_000)
        except PlaywrightTimeout:
            continue
        return
    raise AssertionError("the article was not published")
