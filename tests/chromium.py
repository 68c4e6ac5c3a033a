"""Debian's Chromium, driven by playwright: with and without scripts, as wide as a phone and as a desk screen."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import playwright
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Playwright, ViewportSize, sync_playwright

__all__ = ["DESK", "PHONE", "Browsers", "launched"]

PHONE = 360
DESK = 1280
_HEIGHT = 800
_PROGRAM = Path("/usr/bin/chromium")
_INSTALL = "sudo apt-get install -y --no-install-recommends chromium libatomic1"
_FLAGS = ("--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
_running: list[Playwright] = []


class Browsers:
    """Opens browser contexts: each is a visitor of its own, with its own cookies."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._open: list[BrowserContext] = []

    def visitor(
        self, *, scripts: bool = True, width: int = DESK, trusts_everybody: bool = False, locale: str = "en-GB"
    ) -> BrowserContext:
        """A new visitor. `trusts_everybody` accepts the private authority's certificate."""
        size: ViewportSize = {"width": width, "height": _HEIGHT}
        context = self.browser.new_context(
            viewport=size, java_script_enabled=scripts, locale=locale, reduced_motion="reduce",
            ignore_https_errors=trusts_everybody,
        )  # fmt: skip
        context.set_default_timeout(30_000)
        self._open.append(context)
        return context

    def close(self) -> None:
        """Send all visitors away."""
        for context in self._open:
            context.close()
        self._open.clear()


@contextlib.contextmanager
def launched(*flags: str) -> Iterator[Browser]:
    """Chromium without a window, with these flags. Where it is missing, the test fails and says how to install it."""
    _require_parts()
    with _driver() as driver:
        browser = _launch(driver, [*_FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def _driver() -> Iterator[Playwright]:
    """The process's one driver: a second one does not start beside it."""
    if _running:
        yield _running[0]
        return
    with sync_playwright() as driver:
        _running.append(driver)
        try:
            yield driver
        finally:
            _running.clear()


def _launch(driver: Playwright, flags: list[str]) -> Browser:
    # As root Chromium refuses its sandbox; elsewhere it may lack the right to make one (containers).
    if os.geteuid() != 0:
        with contextlib.suppress(Error):
            return driver.chromium.launch(executable_path=_PROGRAM, args=flags, chromium_sandbox=True)
    return driver.chromium.launch(executable_path=_PROGRAM, args=[*flags, "--no-sandbox"], chromium_sandbox=False)


def _require_parts() -> None:
    if not _PROGRAM.exists():
        pytest.fail(f"Chromium is missing. Install it: {_INSTALL}", pytrace=False)
    # The driver's own message would not say which library it lacks.
    program = Path(playwright.__file__).parent / "driver" / "node"
    probe = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        pytest.fail(f"playwright's driver does not start: {probe.stderr.strip()} Install: {_INSTALL}", pytrace=False)
