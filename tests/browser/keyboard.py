"""Somebody at a page, by keyboard alone or by mouse: the same moves, so that a journey is written once for both.

By keyboard there is Tab, Shift+Tab, Enter, Space, typing, and the arrow keys inside a group of radio buttons. Every
control is reached by its accessible name, and must show that it has the focus before a key is pressed on it.

Names are accessible names, as a whole; of a radio button or a box, how its label begins. After a move that leads to
another page, wait for that page (`shown`) before the next one.
"""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

__all__ = ["PATIENCE_MS", "Keyboard", "Mouse", "reads", "shown"]

PATIENCE_MS = 30_000
# More than any page of ours has controls.
_STOPS = 60
_WHERE = """wanted => [
  wanted.indexOf(document.activeElement),
  (document.activeElement?.getAttribute("id") || document.activeElement?.textContent || "").trim().slice(0, 30),
]"""
# What a person sees of the focus: an outline around the control, in the window.
_SHOWS_FOCUS = """element => {
  const box = element.getBoundingClientRect(), style = getComputedStyle(element);
  return {
    "the browser shows the focus": element.matches(":focus-visible"),
    "an outline is drawn": style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    "it has a size": box.width >= 1 && box.height >= 1,
    "it lies in the window": box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
  };
}"""


class Keyboard:
    """Keys alone."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)

    def fill(self, label: str, text: str) -> None:
        """Tab to the field and type over what it holds."""
        field = self.reach(self.page.get_by_label(label, exact=True))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        expect(field).to_have_value(text, timeout=PATIENCE_MS)

    def press(self, button: str) -> None:
        """Tab to the button; Enter."""
        self.reach(self.page.get_by_role("button", name=button, exact=True))
        self.page.keyboard.press("Enter")

    def follow(self, link: str) -> None:
        """Tab to the link; Enter."""
        self.reach(self.page.get_by_role("link", name=link, exact=True))
        self.page.keyboard.press("Enter")

    def pick(self, choice: str) -> None:
        """Tab into the group of radio buttons, arrows to the choice, Space."""
        wanted = self.page.get_by_role("radio", name=_begins(choice))
        name = wanted.get_attribute("name")
        group = self.page.locator(f"input[type=radio][name='{name}']")
        self.reach(group)
        for _ in range(group.count()):
            if wanted.evaluate("element => element === document.activeElement"):
                break
            self.page.keyboard.press("ArrowDown")
        _must_show(wanted)
        self.page.keyboard.press("Space")
        expect(wanted).to_be_checked(timeout=PATIENCE_MS)

    def tick(self, box: str) -> None:
        """Tab to the box; Space, which empties one that is ticked."""
        wanted = self.reach(self.page.get_by_role("checkbox", name=_begins(box)))
        before = wanted.is_checked()
        self.page.keyboard.press("Space")
        expect(wanted).to_be_checked(checked=not before, timeout=PATIENCE_MS)

    def unfold(self, summary: str) -> None:
        """Tab to the line that opens what is folded away; Enter."""
        line = self.reach(self.page.locator("summary", has_text=summary))
        self.page.keyboard.press("Enter")
        expect(line.locator("xpath=..")).to_have_attribute("open", "", timeout=PATIENCE_MS)

    def reach(self, wanted: Locator, *, back: bool = False) -> Locator:
        """Tab (`back`: Shift+Tab) until one of the controls has the focus; fails where the focus cannot be seen."""
        expect(wanted.first).to_be_visible(timeout=PATIENCE_MS)
        self.page.wait_for_load_state("load")
        controls, passed = wanted.element_handles(), []
        for _ in range(_STOPS):
            number, here = self.page.evaluate(_WHERE, controls)
            if number >= 0:
                found = wanted.nth(number)
                _must_show(found)
                return found
            passed.append(here)
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"no key reaches {wanted}; on the way: {passed}")


class Mouse:
    """The mouse, and typing where the mouse has put the cursor."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)

    def fill(self, label: str, text: str) -> None:
        """Click into the field and type over what it holds."""
        field = self.page.get_by_label(label, exact=True)
        field.click()
        field.fill(text)

    def press(self, button: str) -> None:
        """Click the button."""
        self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        """Click the link."""
        self.page.get_by_role("link", name=link, exact=True).click()

    def pick(self, choice: str) -> None:
        """Click the label of the radio button."""
        wanted = self.page.get_by_role("radio", name=_begins(choice))
        self._label_of(wanted).click()
        expect(wanted).to_be_checked(timeout=PATIENCE_MS)

    def tick(self, box: str) -> None:
        """Click the label of the box, which empties one that is ticked."""
        self._label_of(self.page.get_by_role("checkbox", name=_begins(box))).click()

    def unfold(self, summary: str) -> None:
        """Click the line that opens what is folded away."""
        self.page.locator("summary", has_text=summary).click()

    def _label_of(self, control: Locator) -> Locator:
        return self.page.locator(f"label[for='{control.get_attribute('id')}']")


def shown(page: Page, heading: str) -> None:
    """Wait until the page of this heading has come."""
    expect(page.locator("h1")).to_have_text(heading, timeout=PATIENCE_MS)


def reads(page: Page, *texts: str) -> None:
    """Each stands on the page, and nothing of it is wider than the window."""
    for text in texts:
        expect(page.locator("main")).to_contain_text(text, timeout=PATIENCE_MS)
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def _begins(name: str) -> re.Pattern[str]:
    return re.compile("^" + re.escape(name))


def _must_show(control: Locator) -> None:
    seen = control.evaluate(_SHOWS_FOCUS)
    missing = [what for what, true in seen.items() if not true]
    assert missing == [], f"the focus on {control} cannot be seen: not {missing}"
