"""A real browser for tests of pages: the system's Chromium, driven by Playwright, without a network."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.needs import missing


def require_chromium() -> str:
    """The browser's path; leave the test where it is missing."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        missing("chromium", "Chromium is not installed (make setup-system)")
    if find_spec("playwright") is None or find_spec("axe_playwright_python") is None:
        missing("chromium", "Playwright is not installed (make setup)")
    assert found is not None
    return found


# Of the module: while the driver runs, nothing else in this process can start an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = require_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


class Opened:
    """A page that was opened from disk, and all that it did besides."""

    def __init__(self, context: Any, path: Path) -> None:
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def outside(self, folder: Path) -> list[str]:
        """Requests for anything but files of the report."""
        return [url for url in self.requests if not url.startswith(folder.as_uri() + "/")]


@pytest.fixture
def open_page(browser: Any) -> Iterator[Any]:
    """Opens a file in a window of its own; keyword arguments are those of Playwright's new_context."""
    contexts = []

    def opener(path: Path, **settings: Any) -> Opened:
        contexts.append(browser.new_context(**settings))
        return Opened(contexts[-1], path)

    yield opener
    for context in contexts:
        context.close()
