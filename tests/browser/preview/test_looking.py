"""Whoever looks at screens would see what is wrong with them."""

import pytest
from playwright.sync_api import Page

from tests.browser.barriers import barriers

pytestmark = pytest.mark.browser

_PAGE = """<!doctype html><html lang="en"><title>Made up</title>
<style>p { color: #000; background: #fff } @media (prefers-color-scheme: dark) { p { color: #ccc } }</style>
<main><h1>Made up</h1><p>Words</p></main></html>"""


def test_what_is_wrong_in_the_dark_only_is_found_there(page: Page) -> None:
    """One load of the page is looked at twice: in order in the light, too pale in the dark, and in order again."""
    page.set_content(_PAGE)
    assert barriers(page) == []
    page.emulate_media(color_scheme="dark")
    assert barriers(page) == ["color-contrast: <p>Words</p>"]
    page.emulate_media(color_scheme="light")
    assert barriers(page) == []
