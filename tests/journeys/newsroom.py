"""What the newsroom's people do in Wagtail's admin, as journeys do it."""

from __future__ import annotations

from playwright.sync_api import Page

PASSWORD = "slipway-demo"


def sign_in(page: Page, who: str, path: str) -> None:
    """Sign somebody of the demo's newsroom in, and go where they want to be."""
    page.goto(f"/accounts/login/?next={path}")
    page.fill("[name=login]", f"{who}@slipway.example")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"**{path}")


def publish(page: Page) -> None:
    """Publish from the editor's menu of actions, which says that it is closed once its script has come."""
    page.locator("footer .w-dropdown__toggle[aria-expanded=false]").click()
    with page.expect_navigation():
        page.locator("button[name=action-publish]").click()
