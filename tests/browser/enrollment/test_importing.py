"""A registrar takes an older register over: by keyboard, without scripts, on the staff's small screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from embedded.ports import free_ports
from enrollment.centres import Role
from enrollment.cli.importing_tasks import check_file, take_rows
from tests.browser.enrollment.test_claiming import SMALL, Served, sound
from tests.browser.keyboard import PATIENCE_MS, Keyboard
from tests.browser.preview.application import served_at
from tests.chromium import Browsers
from tests.factories.floor import with_floor
from tests.factories.registers import register
from tests.integration.web.conftest import OpenSite, open_site

__all__ = ["open_site"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(open_site: OpenSite) -> Iterator[Served]:
    """The application under an address of its own."""
    (port,) = free_ports(1)
    with open_site(WANGOV_ISSUER=f"http://localhost:{port}") as site:
        floor = with_floor(site)
        with served_at(site.app, port):
            yield Served(floor, f"http://localhost:{port}")


def entered(served: Served, browsers: Browsers, *, scripts: bool) -> Page:
    """A registrar at a small screen."""
    page = browsers.visitor(scripts=scripts).new_page()
    page.set_viewport_size(SMALL)
    page.set_default_timeout(PATIENCE_MS)
    secret = served.floor.sign_in(served.floor.member(Role.REGISTRAR, posted=False))
    page.context.add_cookies([{"name": "wangov_session", "value": secret, "url": served.origin}])
    page.goto(f"{served.origin}/staff")
    page.get_by_role("link", name="Older registers").click()
    sound(page, "Older registers")
    return page


def working(served: Served, page: Page, *, taking: bool = False) -> None:
    """The worker does what it was asked for, and the page is looked at again."""
    batch = page.url.partition("?")[0].rsplit("/", 1)[1]
    with served.floor.site.app.app_context():
        check_file(batch)
        if taking:
            take_rows(batch)
    page.goto(page.url)


@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
def test_from_the_file_to_people(served: Served, browsers: Browsers, tmp_path: Path, *, scripts: bool) -> None:
    """Brought, columns said, checked, taken; a file that is none and a column that lacks are refused on the way."""
    made = register(71 + scripts, 40, share=0.2)
    for number, row in enumerate(made.rows):
        row[0] = f"OLD-{72 + scripts}{number:06d}"
    made.rows[4][3], made.rows[9][5] = "9", "Portloko"
    file, empty = tmp_path / "register.csv", tmp_path / "empty.csv"
    file.write_text(made.text(";"), encoding="utf-8")
    empty.write_text("\n")
    page = entered(served, browsers, scripts=scripts)
    hands = Keyboard(page)
    page.get_by_label("File of the register").set_input_files(empty)
    hands.press("Bring this file")
    expect(page.get_by_role("alert")).to_contain_text("There is nothing in the file", timeout=PATIENCE_MS)
    sound(page, "Older registers")
    page.get_by_label("File of the register").set_input_files(file)
    hands.press("Bring this file")
    expect(page.get_by_role("button", name="Check the file")).to_be_visible(timeout=PATIENCE_MS)
    heading = page.locator("h1").inner_text()
    sound(page, heading)
    page.get_by_label("surname", exact=True).select_option("")
    hands.press("Check the file")
    expect(page.get_by_role("alert")).to_contain_text("No column is said to be: Surname", timeout=PATIENCE_MS)
    sound(page, heading)
    hands.press("Check the file")
    expect(page.locator("main")).to_contain_text("read and compared", timeout=PATIENCE_MS)
    sound(page, heading)
    working(served, page)
    expect(page.locator("main")).to_contain_text("W_DISTRICT_FUZZY")
    expect(page.locator("main")).to_contain_text("E_SEX_INVALID")
    sound(page, heading)
    with page.expect_download() as fetched:
        hands.follow("Report, row by row, with what may have been meant (CSV)")
    assert "Port Loko" in Path(fetched.value.path()).read_text(encoding="utf-8-sig")
    hands.press(f"Take {len(made.rows) - 1} people over")
    expect(page.locator("main")).to_contain_text("rows done", timeout=PATIENCE_MS)
    sound(page, heading)
    working(served, page, taking=True)
    expect(page.locator("main")).to_contain_text("Taken over")
    sound(page, heading)
    hands.follow("All imports")
    sound(page, "Older registers")
