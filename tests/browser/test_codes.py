"""People look after their codes in a real browser: an app that scans the picture, and codes on paper."""

import itertools
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import barriers
from tests.chromium import DESK, PHONE, Browsers
from tests.live import LiveServer, MovableClock

pytestmark = pytest.mark.browser

PASSWORD = "quiet rain on tin roofs 7"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def live(start_server: Callable[..., LiveServer]) -> LiveServer:
    """A provider."""
    return start_server()


@pytest.fixture
def person(live: LiveServer, test_clock: MovableClock) -> str:
    """A new person with a password; their user name."""
    name = f"keeper{next(_numbers)}"
    live.command("subscriber", "create", document={"username": name, "password": PASSWORD, "name": "Hawa Madeup"})
    return name


def scanned(page: Page) -> pyotp.TOTP:
    """What the camera of a telephone reads off the screen."""
    picture = page.locator("svg.qr").screenshot(scale="device")
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    # A camera moves nearer until it reads.
    sizes = (cv2.resize(image, None, fx=factor, fy=factor) for factor in (2, 1, 3, 4, 1.5))
    texts = (cv2.QRCodeDetector().detectAndDecode(size)[0] for size in sizes)
    app = pyotp.parse_uri(next(filter(None, texts), ""))
    assert isinstance(app, pyotp.TOTP)
    return app


def reach(page: Page, name: str) -> None:
    """Tab to a field or button."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if (
            page.evaluate("(document.activeElement || document.body).id || document.activeElement?.textContent.trim()")
            == name
        ):
            return
    raise AssertionError(f"Tab does not reach {name!r}")


def press(page: Page, name: str) -> None:
    """Tab to a button and press Enter."""
    reach(page, name)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("scripts", "width"), [(True, DESK), (False, PHONE)], ids=["scripts", "no-scripts"])
def test_an_app_is_added_by_scanning(
    live: LiveServer, person: str, browsers: Browsers, test_clock: MovableClock, scripts: bool, width: int
) -> None:
    """Picture, code, done; by keyboard alone; and the next sign-in asks for a code and takes it."""
    page = browsers.visitor(scripts=scripts, width=width).new_page()
    page.goto(f"{live.issuer}/account/methods/totp")
    reach(page, "identifier")
    page.keyboard.type(person)
    reach(page, "password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Add an authenticator app")
    reach(page, "app_name")
    page.keyboard.type("My phone")
    press(page, "Show the picture to scan")
    expect(page.locator("h1")).to_have_text("Scan this picture with your app")
    app = scanned(page)
    assert app.issuer == "WanGov ID"
    assert app.name == person
    if scripts:
        assert barriers(page) == []
    reach(page, "code")
    page.keyboard.type(app.at(int(test_clock.now())))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Ways to sign in")
    expect(page.locator("main")).to_contain_text("My phone")
    test_clock.advance(60)
    other = browsers.visitor(scripts=scripts, width=width).new_page()
    other.goto(f"{live.issuer}/signin")
    other.locator("#identifier").fill(person)
    other.locator("#password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.locator("#code").fill(app.at(int(test_clock.now())))
    other.get_by_role("button", name="Confirm the code").click()
    expect(other).to_have_url(f"{live.issuer}/account")


def test_codes_on_paper(live: LiveServer, person: str, browsers: Browsers, tmp_path: Path) -> None:
    """Made by keyboard with scripts off, saved as a file without a second request, one sheet on A4 and on a roll."""
    page = browsers.visitor(scripts=False, width=PHONE).new_page()
    page.goto(f"{live.issuer}/account/methods/recovery-codes")
    page.locator("#identifier").fill(person)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("h1")).to_have_text("Recovery codes")
    press(page, "Make new codes and show them")
    expect(page.locator("h1")).to_have_text("Your recovery codes")
    codes = page.locator(".recovery li").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save as a text file").click()
    assert saving.value.suggested_filename == "recovery-codes.txt"
    text = Path(saving.value.path()).read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line in codes] == codes
    page.emulate_media(media="print")
    for paper in ({"format": "A4"}, {"width": "80mm", "height": "200mm"}):
        printed = page.pdf(path=tmp_path / "sheet.pdf", **paper)  # type: ignore[arg-type]  # the two ways to name paper
        assert printed.count(b"/Type /Page\n") == 1, paper
    assert not page.get_by_role("link", name="Save as a text file").is_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="I have kept the codes").click()
    expect(page.locator("main")).to_contain_text("10 of 10")
