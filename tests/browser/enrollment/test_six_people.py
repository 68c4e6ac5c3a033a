"""A country at work: an officer, a supervisor, two adjudicators, a citizen, and the citizen under another name.

Everything is real but the people: the provider with its worker, a camera that plays a drawn face, a scanner that draws
fingers, and the tax service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from enrollment.cases import State
from enrollment.cases.models import ApplicationRow
from enrollment.centres import Role
from enrollment.devices.simulator.samples import Fingers, Person
from idp.web.extensions import db
from tests.browser.demo import Demo, running_demo
from tests.browser.keyboard import Keyboard, Mouse
from tests.browser.test_passkeys import WITHOUT_AUTOFILL, Device
from tests.chromium import PHONE, launched
from tests.factories.beside import site_beside
from tests.factories.cameras import film, flags
from tests.factories.devices import serving
from tests.factories.floor import Floor, Member, with_floor
from tests.factories.portraits import face_counted, portrait
from tests.factories.scanners import Scanner
from tests.live import LiveServer

pytestmark = pytest.mark.browser

STATION: ViewportSize = {"width": 1024, "height": 600}
# Two impressions of both hands and the thumbs.
GROUPS = 6
# Fingers are drawn and looked at while the page waits.
PATIENCE_MS = 120_000


# For an adult with a passport: whatever is pressed, by mouse or by key; a file is two, to look for it and to take it.
MOST_PRESSES = 30
# Counted in the browser, across the pages of one officer and their second screen.
COUNTING = """(() => {
  const held = () => JSON.parse(localStorage.getItem("effort") || '{"presses": 0, "fields": []}');
  const keep = (now) => localStorage.setItem("effort", JSON.stringify(now));
  const press = (more) => keep({ ...held(), presses: held().presses + more });
  const what = "a, button, summary, input[type=radio], input[type=checkbox]";
  addEventListener("click", (event) => event.isTrusted && event.target.closest(what) && press(1), true);
  addEventListener("keydown", (event) => event.isTrusted && /^F\\d+$/.test(event.key) && press(1), true);
  addEventListener("change", (event) => {
    if (event.target.type === "file") return press(2);
    if (event.target.matches(what)) return;
    keep({ ...held(), fields: [...new Set([...held().fields, event.target.name])] });
  }, true);
})()"""


@dataclass(frozen=True, slots=True)
class Country:
    """The provider, the demonstration's services, a centre with its staff, the scanner of a station, a browser."""

    demo: Demo
    floor: Floor
    scanner: Scanner
    folder: Path
    browser: Browser

    @property
    def origin(self) -> str:
        """The provider's address."""
        return self.demo.live.issuer

    def state(self, aid: str) -> str:
        """Where an application is."""
        with self.floor.site.app.app_context():
            row = db.session.get(ApplicationRow, aid)
            assert row is not None
            return row.state

    def work(self) -> None:
        """Whatever waits for the worker is done."""
        self.demo.live.command("worker", "--once")

    def at_work(self, context: BrowserContext, member: Member) -> Page:
        """A page of somebody of the staff."""
        context.set_default_timeout(PATIENCE_MS)
        secret = self.floor.sign_in(member)
        context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.origin}])
        return context.new_page()


@pytest.fixture(scope="module")
def country(
    start_server: Callable[..., LiveServer], browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Country]:
    """All of it."""
    folder = tmp_path_factory.mktemp("country")
    with running_demo(start_server) as demo, site_beside(demo.live) as site:
        floor = with_floor(site)
        scanner = Scanner(floor, floor.centre, Fingers())
        with serving(scanner.service, demo.live.issuer):
            yield Country(demo, floor, scanner, folder, browser)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who stands at the counter: what they say, and what they are."""

    given: str
    family: str
    born: str
    sex: str
    body: int
    visit: int


def test_a_person_gets_one_number_and_not_two(country: Country) -> None:
    """Enrolled, approved, searched, issued, claimed, signed in at the tax service; then found under another name."""
    floor = country.floor
    officer, supervisor = floor.member(Role.OFFICER), floor.member(Role.SUPERVISOR)
    citizen = Applicant("Testa Maria", "Person", "1990-02-28", "Female", body=41, visit=0)
    aid = _enrolled(country, officer, citizen)
    _approved(country, supervisor, aid)
    assert country.state(aid) == State.BOUND
    number, code = _slip(country, officer, aid)
    _claimed(country, number, code, citizen)

    again = Applicant("Mary Anne", "Other", "1988-11-03", "Female", body=41, visit=1)
    second = _enrolled(country, officer, again)
    _approved(country, supervisor, second)
    assert country.state(second) == State.ADJUDICATION
    assert face_counted(country.floor.site.app, second)
    adjudicators = [floor.member(Role.ADJUDICATOR, centre=floor.elsewhere) for _ in range(2)]
    assert "not decided yet" in _voted(country, adjudicators[0])
    assert country.state(second) == State.ADJUDICATION
    assert citizen.family in _voted(country, adjudicators[1])
    assert country.state(second) == State.REJECTED_FRAUD


def _enrolled(country: Country, officer: Member, who: Applicant) -> str:
    """From the first page to the receipt; the application's number."""
    country.scanner.device.shown.replace(Person(who.body, who.visit))
    camera = film(country.folder / f"face-{who.visit}.y4m", portrait(who.body, who.visit + 1))
    with launched(*flags(camera)) as browser:
        context = browser.new_context(viewport=STATION, locale="en-GB")
        context.add_init_script(COUNTING)
        page = country.at_work(context, officer)
        hands = Mouse(page)
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{country.origin}/staff")
        hands.press("Open an application")
        expect(page.locator("h1")).to_contain_text("Application", timeout=PATIENCE_MS)
        aid = re.sub(r".*/cases/(\w+).*", r"\1", page.url)
        hands.pick("Aloud, after it was read out")
        hands.press("Write down the consent")
        _said_all(page, hands, who)
        page.keyboard.press("F4")
        _captured(page)
        country.work()
        _looked(page, hands)
        _confirmed(context, country, aid)
        page.reload()
        hands.follow("Go on to sign")
        hands.press("Sign and print the receipt")
        expect(page.locator("main")).to_contain_text(who.family, timeout=PATIENCE_MS)
        _took_little(page)
        context.close()
    assert country.state(aid) == State.SIGNED
    return aid


def _said_all(page: Page, hands: Mouse | Keyboard, who: Applicant) -> None:
    """What the applicant says of themself, and the paper that they bring."""
    hands.fill("First names", who.given)
    hands.fill("Family name", who.family)
    hands.fill("Date of birth", who.born)
    page.locator("#sex").select_option(label=who.sex)
    for field in ("nationality", "birth_country"):
        page.locator(f"#{field}").select_option("SL")
    hands.fill("Lives in district or chiefdom", "Bo")
    hands.tick("Has no telephone")
    expect(page.locator("[data-section=person]")).to_have_class("is-ok", timeout=PATIENCE_MS)
    page.locator("[name='document_1.type']").select_option("passport")
    page.locator("[name='document_1.number']").fill(f"T 00{who.visit}")
    hands.press("Save the documents")
    page.locator("input[name=picture]").first.set_input_files(
        {"name": "passport.png", "mimeType": "image/png", "buffer": portrait(who.body, 9)}
    )
    hands.press("Keep the photograph")
    expect(page.locator("[data-section=documents]")).to_have_class("is-ok", timeout=PATIENCE_MS)


def _took_little(page: Page) -> None:
    """What the officer and the applicant pressed, and the fields that were filled in."""
    effort = page.evaluate("JSON.parse(localStorage.getItem('effort'))")
    print(f"an adult with a passport: {effort['presses']} presses, {len(effort['fields'])} fields")
    assert 10 < effort["presses"] < MOST_PRESSES, effort
    assert 5 < len(effort["fields"]) < 15, effort


def _looked(page: Page, hands: Mouse | Keyboard) -> None:
    """The officer's own eyes."""
    page.get_by_role("link", name="Back to the form").first.click()
    hands.tick("I looked at the face")
    hands.tick("I looked at the fingers")
    expect(page.locator("[data-section=biometrics]")).to_have_class("is-ok", timeout=PATIENCE_MS)


def _captured(page: Page) -> None:
    """The camera shoots by itself; then group after group of fingers, twice."""
    expect(page.locator("main")).to_contain_text("The capture was taken.", timeout=PATIENCE_MS)
    page.get_by_role("link", name="Go on to the fingers").click()
    for _ in range(GROUPS):
        page.wait_for_load_state("load")
        page.get_by_role("button", name=re.compile("^(Capture|Once more):")).click()
        page.wait_for_url("**/fingers?said=kept*", timeout=PATIENCE_MS)
    expect(page.locator(".finger.is-accepted")).to_have_count(10, timeout=PATIENCE_MS)


def _confirmed(context: BrowserContext, country: Country, aid: str) -> None:
    """The applicant reads the second screen."""
    page = context.new_page()
    page.goto(f"{country.origin}/staff/cases/{aid}")
    page.get_by_role("link", name="Open the second screen").evaluate("link => link.removeAttribute('target')")
    page.get_by_role("link", name="Open the second screen").click()
    page.get_by_role("button", name="Yes, this is right").click()
    expect(page.locator("h1")).to_have_text("Thank you")
    page.close()


def _approved(country: Country, supervisor: Member, aid: str) -> None:
    """A supervisor takes it up, ticks what is flagged, and approves; the worker does the rest."""
    context = country.browser.new_context(viewport=STATION, locale="en-GB")
    page = country.at_work(context, supervisor)
    page.goto(f"{country.origin}/staff/review/{aid}")
    page.get_by_role("button", name="Take it up").click()
    for tick in page.locator("[name^=tick-]").all():
        tick.select_option(index=1)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Review", timeout=PATIENCE_MS)
    context.close()
    country.work()


def _slip(country: Country, officer: Member, aid: str) -> tuple[str, str]:
    """The officer prints the slip: the application's number and the code on it."""
    context = country.browser.new_context(viewport=STATION, locale="en-GB")
    page = country.at_work(context, officer)
    page.goto(f"{country.origin}/staff/cases/{aid}/slip")
    Mouse(page).tick("The person stands here")
    page.get_by_role("button", name="Print the slip").click()
    shown = page.locator(".code.aid").all_inner_texts()
    context.close()
    *_, number, code = shown
    return number, code


def _claimed(country: Country, number: str, code: str, citizen: Applicant) -> None:
    """At home, on a phone: the slip, a passkey, and then the tax service with nothing but the passkey."""
    context = country.browser.new_context(viewport={"width": PHONE, "height": 740}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.add_init_script(WITHOUT_AUTOFILL)
    phone = Device(page)
    page.goto(f"{country.origin}/claim")
    page.get_by_label("Number of your application").fill(number)
    page.get_by_label("Code on the slip").fill(code)
    page.get_by_role("button", name="Check the slip").click()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator("h1")).to_have_text("Your account is yours now", timeout=PATIENCE_MS)
    assert len(phone.held()) == 1
    page.goto(country.demo.tax)
    page.get_by_role("link", name="Sign in with WanGov ID").click()
    page.get_by_role("button", name=re.compile("passkey")).click()
    expect(page.locator("main")).to_contain_text(citizen.family, timeout=PATIENCE_MS)
    page.locator("button[value=allow]").click()
    expect(page.locator("h1")).to_contain_text("Your tax return", timeout=PATIENCE_MS)
    context.close()


def _voted(country: Country, adjudicator: Member) -> str:
    """An adjudicator of another centre finds the case waiting and calls it a fraud; what the result says."""
    context = country.browser.new_context(viewport=STATION, locale="en-GB")
    page = country.at_work(context, adjudicator)
    page.goto(f"{country.origin}/adjudicate")
    page.locator("table a.code").first.click()
    expect(page.locator(".side img")).to_have_count(2, timeout=PATIENCE_MS)
    # The script that hears the key runs once the page is whole.
    page.wait_for_load_state("load")
    page.keyboard.press("1")
    page.locator("select[name^=ground-]").select_option("fraud")
    page.get_by_role("button", name=re.compile("^Give my vote")).click()
    expect(page.locator("main")).to_contain_text("Your vote is written down", timeout=PATIENCE_MS)
    said = page.locator("main").inner_text()
    context.close()
    return said
