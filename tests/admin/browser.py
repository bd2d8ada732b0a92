"""A real Chromium for the tests of the admin, and a logged-in page in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Request, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

expect.set_options(timeout=30_000)  # milliseconds, as every other wait of Playwright

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true",
    reason="no chromium is installed here (apt-get install chromium)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A page, its requests to other hosts, and its script errors."""

    page: Page
    url: str
    foreign_requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """What the Content-Security-Policy refused, as the console says it."""

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.page.wait_for_load_state("networkidle")

    def overflow(self) -> int:
        """The number of pixels by which the page is wider than its window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        return max(0, width - self.page.viewport_size["width"])  # type: ignore[index]  # the viewport is set below


@contextmanager
def logged_in(url: str, *, name: str, password: str, width: int, height: int = 900) -> Iterator[Tab]:
    """A logged-in page. The test makes no query within the block: Playwright runs an event loop in its thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height}, locale="en")
        tab = Tab(page=page, url=url)

        def watch(request: Request) -> None:
            if not request.url.startswith((url, "data:", "blob:")):
                tab.foreign_requests.append(request.url)

        page.on("request", watch)
        page.on(
            "console",
            lambda message: tab.refused.append(message.text) if "Content Security Policy" in message.text else None,
        )
        page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.open("/admin/")
        page.fill("#id_username", name)
        page.fill("#id_password", password)
        page.press("#id_password", "Enter")
        page.wait_for_selector("text=Answers now")
        yield tab
        browser.close()
