"""Run a headless Chromium for the chat page's tests and ``make screenshots``."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

# The headless shell (the same engine without windows and extensions) comes first, because it takes
# less than half the time: for 12 pages 14 s, chrome 34 s, Debian's Chromium 156 s.
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
# No look-ups and no updates: the machine may have no network.
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
