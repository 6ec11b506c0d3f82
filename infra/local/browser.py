"""Run a headless Chromium for the chat page's tests and ``make screenshots``."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

# The shell is the same engine without the windows and their extensions: a page takes a third of
# the time to compute (12 pages: 14 s instead of 34 s, Debian's 156).
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
NOT_HERE = (
    "no Chromium on this machine (Debian: apt-get install chromium-headless-shell fonts-noto-cjk)"
)
# Look nothing up and update nothing: the machine may have no network.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    """Find a Chromium on this machine; None if it has none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


@contextmanager
def browsing(path: str) -> Iterator[Browser]:
    """Run the browser at ``path`` until the end of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
