"""A real browser. What touches the database comes before `open_page`: Django refuses while it is open."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, sync_playwright
from pytest_django.live_server_helper import LiveServer

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Complaints:
    """What must not happen on a page. A violation of the content policy is a console error."""

    host: str
    heard: list[str] = field(default_factory=list)

    def listen_to(self, page: Page) -> None:
        page.on("console", self._hear_console)
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        page.on("request", self._hear_request)

    def _hear_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.heard.append(f"console: {message.text}")

    def _hear_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.netloc != self.host:
            self.heard.append(f"request to another host: {request.url}")


@pytest.fixture
def complaints(live_server: LiveServer) -> Complaints:
    return Complaints(urlsplit(live_server.url).netloc)


@pytest.fixture
def open_page(live_server: LiveServer, complaints: Complaints) -> Iterator[Callable[..., Page]]:
    """Opens a page of a new browser: `open_page(390, "dark")`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def open_page(width: int = 1440, scheme: str = "light") -> Page:
            page = browser.new_page(
                base_url=live_server.url,
                viewport={"width": width, "height": 900},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            complaints.listen_to(page)
            return page

        yield open_page
        browser.close()


def sign_in(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill("staff")
    page.get_by_label("Password").fill("staff")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
