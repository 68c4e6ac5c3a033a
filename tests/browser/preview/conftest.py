"""Every page in every state, in a real browser, without the rest of the product."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.preview.application import compile_catalogues, create_preview, create_service, served
from tests.browser.preview.looking import PHONE, Looker, Preview


@pytest.fixture(scope="session")
def preview(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Preview]:
    """The preview with its catalogues, a relying party on another origin, and Chromium."""
    translations = compile_catalogues(tmp_path_factory.mktemp("translations"))
    with (
        served(create_service()) as service,
        served(create_preview(translations, service)) as origin,
    ):
        yield Preview(origin, service, browser)


@pytest.fixture
def context(preview: Preview) -> Iterator[BrowserContext]:
    """A browser of its own for each test, as wide as a phone."""
    size: ViewportSize = {"width": PHONE, "height": 740}
    context = preview.browser.new_context(viewport=size, locale="en-GB", reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page in it."""
    return context.new_page()


@pytest.fixture(scope="module")
def looker(preview: Preview) -> Iterator[Looker]:
    """Somebody who looks at one screen after the other in the same window."""
    context = preview.browser.new_context(locale="en-GB", reduced_motion="reduce")
    yield Looker(preview.origin, context.new_page())
    context.close()
