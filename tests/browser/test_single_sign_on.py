"""A citizen signs in once and is known at two services, leaves at one and is out at both; with and without scripts."""

import gzip
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.browser.barriers import barriers
from tests.browser.demo import Demo, DemoPerson, running_demo
from tests.browser.preview.looking import FIRST_VISIT_BYTES
from tests.chromium import DESK, PHONE, Browsers
from tests.live import LiveServer

pytestmark = pytest.mark.browser

SIGN_IN = "Sign in with WanGov ID"


@pytest.fixture(scope="module")
def demo(start_server: Callable[..., LiveServer]) -> Iterator[Demo]:
    """The demonstration, as `make run` serves it."""
    with running_demo(start_server) as demo:
        yield demo


@pytest.fixture
def citizen(demo: Demo) -> DemoPerson:
    """Somebody with a password and a code generator."""
    return demo.newcomer()


def complaints_of(page: Page) -> list[str]:
    """Collects what the browser complains about (a policy that blocks something, above all)."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def give_password(page: Page, person: DemoPerson) -> None:
    """The first page."""
    page.locator("#identifier").fill(person.identifier)
    page.locator("#password").fill(person.password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def give_code(page: Page, demo: Demo, person: DemoPerson) -> None:
    """The second page."""
    page.locator("#code").fill(demo.code(person))
    page.get_by_role("button", name="Confirm the code").click()


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_one_sign_in_serves_two_services(
    demo: Demo, citizen: DemoPerson, browsers: Browsers, scripts: bool, width: int
) -> None:
    """Tax by password, code and consent; clinic by consent alone; then without a page; sign-out at one ends both."""
    page = browsers.visitor(scripts=scripts, width=width).new_page()
    complaints = complaints_of(page)

    page.goto(demo.tax)
    page.get_by_role("link", name=SIGN_IN).click()
    expect(page.locator("h1")).to_have_text("Sign in")
    assert page.get_by_text("Tax Filing", exact=True).first.is_visible()
    give_password(page, citizen)
    expect(page.locator("h1")).to_have_text("Enter the code from your app")
    give_code(page, demo, citizen)

    expect(page.locator("h1")).to_contain_text("Tax Filing")
    expect(page.locator("main")).to_contain_text(citizen.name)
    expect(page.locator("main")).to_contain_text("14 March 1988")
    page.locator("label[for=field-phone_number]").click()
    page.locator("button[value=allow]").click()
    expect(page.locator("h1")).to_contain_text("Your tax return")
    assert urlsplit(page.url).netloc == urlsplit(demo.tax).netloc
    expect(page.locator("main")).to_contain_text("newcomer@people.example")
    expect(page.locator("main")).to_contain_text("Not shared")
    expect(page.locator("main")).not_to_contain_text("000 009")

    page.goto(demo.clinic)
    page.get_by_role("link", name=SIGN_IN).click()
    expect(page.locator("h1")).to_contain_text("Clinic Appointments")
    assert page.locator("input[type=password]").count() == 0
    page.locator("button[value=allow]").click()
    expect(page.locator("h1")).to_contain_text("your appointments")

    page.context.clear_cookies(name="clinic_session")
    page.goto(f"{demo.clinic}/login")
    expect(page.locator("h1")).to_contain_text("your appointments")

    page.goto(f"{demo.tax}/return")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("You are signed out")
    expect(page.locator("main")).to_contain_text("Your sign-in at WanGov ID has ended too")
    page.goto(f"{demo.clinic}/appointments")
    expect(page.locator("h1")).to_have_text("Your sign-in has ended")
    page.get_by_role("link", name=SIGN_IN).click()
    expect(page.locator("#password")).to_be_visible()
    assert [text for text in complaints if "status of" not in text] == []


def test_first_visit_of_the_login_page_is_light(demo: Demo, browsers: Browsers) -> None:
    """The page, two sheets and two scripts: at most 12 kB compressed; then one question of the script of passkeys."""
    page = browsers.visitor().new_page()
    page.goto(demo.tax)
    seen: list[Response] = []

    def note(answer: Response) -> None:
        seen.append(answer)

    page.on("response", note)
    page.get_by_role("link", name=SIGN_IN).click()
    page.wait_for_load_state("networkidle")
    ours = [answer for answer in seen if answer.url.startswith(demo.live.issuer) and answer.status == 200]
    asked = [answer.url for answer in ours if answer.request.method == "POST"]
    assert len(ours) - len(asked) == 5, [answer.url for answer in ours]
    assert all(url.endswith("/passkey/options") for url in asked), asked
    weight = sum(len(gzip.compress(answer.body())) for answer in ours)
    assert 3_000 < weight <= FIRST_VISIT_BYTES


def test_every_page_of_the_journey_is_free_of_barriers(demo: Demo, citizen: DemoPerson, browsers: Browsers) -> None:
    """No finding of axe on the real pages: start, sign-in, its errors, code, consent, account, withdrawal, sign-out."""
    page = browsers.visitor(width=PHONE).new_page()
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.wait_for_load_state("networkidle")  # a click does not wait for the page that it leads to
        found[name] = barriers(page)
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE

    page.goto(f"{demo.live.issuer}/")
    look("start")
    page.goto(f"{demo.clinic}/login")
    look("sign-in")
    page.get_by_role("button", name="Sign in", exact=True).click()
    look("sign-in with errors")
    give_password(page, citizen)
    look("code")
    page.get_by_role("button", name="Confirm the code").click()
    look("code with errors")
    give_code(page, demo, citizen)
    page.locator("button[value=allow]").click()
    page.goto(f"{demo.live.issuer}/account")
    look("account")
    page.goto(f"{demo.live.issuer}/account/services")
    look("services")
    page.get_by_role("link", name=re.compile("Stop sharing")).first.click()
    look("withdrawal")
    page.get_by_role("button", name="Stop sharing").click()
    look("services after withdrawal")
    page.goto(f"{demo.clinic}/login")
    look("consent")
    page.goto(f"{demo.live.issuer}/oauth/logout")
    look("sign-out")
    page.get_by_role("button", name="Sign out").click()
    look("signed out")
    page.goto(f"{demo.live.issuer}/oauth/authorize?client_id=nobody")
    look("stopped request")
    page.goto(f"{demo.live.issuer}/nowhere")
    look("not found")
    assert {name: complaints for name, complaints in found.items() if complaints} == {}
    assert len(found) == 14


def test_person_who_says_no_goes_back_and_is_told_plainly(demo: Demo, browsers: Browsers) -> None:
    """A refusal is no error of the system: the service says that nothing was shared, and offers to try again."""
    page = browsers.visitor(scripts=False).new_page()
    page.goto(demo.clinic)
    page.get_by_role("link", name=SIGN_IN).click()
    give_password(page, demo.people["foday"])
    page.locator("button[value=deny]").click()
    expect(page.locator("h1")).to_have_text("You are not signed in")
    expect(page.locator("main")).to_contain_text("Nothing was shared")
    page.get_by_role("link", name=SIGN_IN).click()
    expect(page.locator("button[value=allow]")).to_be_visible()


def test_enter_on_a_box_shares_nothing(demo: Demo, browsers: Browsers) -> None:
    """By keyboard: space unticks, Enter decides nothing, the page asks for a decision and keeps what was unticked."""
    page = browsers.visitor(scripts=False).new_page()
    page.goto(demo.clinic)
    page.get_by_role("link", name=SIGN_IN).click()
    give_password(page, demo.people["foday"])
    box = page.locator("#field-phone_number")
    expect(box).to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^Error:"))
    expect(page.locator("#field-phone_number")).not_to_be_checked()
    page.locator("button[value=deny]").click()
    expect(page.locator("main")).to_contain_text("Nothing was shared")


def test_back_and_a_second_tab_are_no_dead_ends(demo: Demo, citizen: DemoPerson, browsers: Browsers) -> None:
    """Another account can be taken half way, Back stays at the step, a second tab finishes without a password."""
    context: BrowserContext = browsers.visitor()
    first, second = context.new_page(), context.new_page()
    first.goto(f"{demo.tax}/login")
    second.goto(f"{demo.clinic}/login")
    expect(second.locator("#password")).to_be_visible()
    give_password(first, demo.people["isatu"])
    first.get_by_role("button", name="Use another account").click()
    expect(first.locator("h1")).to_have_text("Sign in")
    give_password(first, citizen)
    expect(first.locator("h1")).to_have_text("Enter the code from your app")
    first.go_back()
    expect(first.locator("h1")).to_have_text("Enter the code from your app")
    give_code(first, demo, citizen)
    first.locator("button[value=allow]").click()
    expect(first.locator("h1")).to_contain_text("Your tax return")
    second.reload()
    second.locator("button[value=allow]").click()
    expect(second.locator("h1")).to_contain_text("your appointments")
    first.go_back()
    expect(first.locator("h1")).not_to_have_text("Something went wrong on our side")
    assert first.locator("main a, main button").count() > 0


def test_language_is_kept_through_the_journey(demo: Demo, citizen: DemoPerson, browsers: Browsers) -> None:
    """One click on the switch, and the code page and the consent page speak French as well."""
    page = browsers.visitor(scripts=False).new_page()
    page.goto(f"{demo.tax}/login")
    page.get_by_role("button", name="Fran\u00e7ais").click()
    assert page.locator("html").get_attribute("lang") == "fr"
    page.locator("#identifier").fill(citizen.identifier)
    page.locator("#password").fill(citizen.password)
    page.locator("form#form button").click()
    expect(page.locator("#code")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "fr"


def test_withdrawn_consent_is_felt_at_the_service(demo: Demo, citizen: DemoPerson, browsers: Browsers) -> None:
    """Stopped on the account page, the tax service can read nothing more and says why."""
    page = browsers.visitor().new_page()
    page.goto(f"{demo.tax}/login")
    give_password(page, citizen)
    give_code(page, demo, citizen)
    page.locator("button[value=allow]").click()
    expect(page.locator("h1")).to_contain_text("Your tax return")
    page.get_by_role("button", name="Read my details again").click()
    expect(page.locator("main")).to_contain_text("Your details were read again")
    page.goto(f"{demo.live.issuer}/account/services")
    page.get_by_role("link", name=re.compile("Stop sharing.*Tax Filing")).click()
    page.get_by_role("button", name="Stop sharing").click()
    page.goto(f"{demo.tax}/return")
    page.get_by_role("button", name="Read my details again").click()
    expect(page.locator("h1")).to_have_text("Your sign-in has ended")
