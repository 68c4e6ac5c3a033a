"""What must hold of every screen, whoever sees it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.barriers import barriers
from tests.browser.preview.screens import SCREENS

__all__ = [
    "DESK", "FIRST_VISIT_BYTES", "NARROWEST", "PHONE", "Looker", "Preview",
    "screens_of_staff", "screens_of_the_account",
]  # fmt: skip

NARROWEST = 320
PHONE = 360
DESK = 1280
# Markup, style and script of the first page that somebody sees, compressed.
FIRST_VISIT_BYTES = 12_000
_HEIGHT = 740
_STAFF = {
    "adjudication", "counter", "managing", "officer", "people", "records", "registrar", "registration", "statistics",
}  # fmt: skip
_FACTS = """() => ({
  headings: Array.from(document.querySelectorAll("h1"), heading => heading.innerText),
  title: document.title,
  buttons: document.querySelectorAll(".sheet .button:not(.second)").length,
})"""


class Preview(NamedTuple):
    """Where the preview and the made-up relying party are served, and the browser that looks at them."""

    origin: str
    service: str
    browser: Browser


class Looker:
    """Looks at screens in one page, each by an address of its own; nothing of the last one is left on it."""

    def __init__(self, origin: str, page: Page) -> None:
        self._origin = origin
        self._page = page
        self._complaints: list[str] = []
        page.on("console", self._listen)

    def find_nothing(self, name: str) -> None:
        """One heading, its title, one main button at most, no finding of axe, nothing too wide, no complaint."""
        self._complaints.clear()
        self._page.context.clear_cookies()
        self._show(NARROWEST, "light")
        answer = self._page.goto(f"{self._origin}/preview/{name}")
        assert answer is not None
        assert answer.status == SCREENS[name].status
        facts = self._page.evaluate(_FACTS)
        [heading] = facts["headings"]
        prefix = "Error: " if SCREENS[name].context.get("errors") else ""
        assert facts["title"] == f"{prefix}{heading} - WanGov ID"
        assert facts["buttons"] <= 1
        self._find_no_barrier(NARROWEST, "light")
        self._show(DESK, "dark")
        self._find_no_barrier(DESK, "dark")
        assert [text for text in self._complaints if "the server responded with a status" not in text] == []

    def _show(self, width: int, scheme: Literal["light", "dark"]) -> None:
        self._page.set_viewport_size({"width": width, "height": _HEIGHT})
        self._page.emulate_media(color_scheme=scheme)

    def _find_no_barrier(self, width: int, scheme: str) -> None:
        assert self._page.evaluate("document.documentElement.scrollWidth") <= width
        assert barriers(self._page) == [], f"{width} px, {scheme}"

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complaints.append(message.text)


def screens_of_staff() -> list[str]:
    """The names of the screens that are seen at a centre and by those who decide."""
    return [name for name in SCREENS if _folder(name) in _STAFF]


def screens_of_the_account() -> list[str]:
    """The names of the screens of somebody's own account."""
    return [name for name in SCREENS if _folder(name) == "account"]


def _folder(name: str) -> str:
    return SCREENS[name].page.partition("/")[0]
