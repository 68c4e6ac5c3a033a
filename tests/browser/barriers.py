"""What keeps somebody from using a page, as far as axe can find it."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

__all__ = ["barriers"]

# The enhanced contrast rule stands for our own bound of 7:1; target-size for WCAG 2.2's 24 px.
_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}},
    # All rules run all the same; what is in order is not described, which took most of the time.
    "resultTypes": ["violations"],
}
_RUN = "options => axe.run(options).then(results => results.violations)"


def barriers(page: Page) -> list[str]:
    """What axe finds on the page as it is shown now, as short lines. It stays in the document for the next time."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(_RUN, _OPTIONS)
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]
