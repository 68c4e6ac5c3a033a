"""One-time codes: once, in their window, a few tries, typed as people type (AC-072, AC-073, RFC 6238)."""

from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
import requests

from tests.live import MovableClock
from tests.protocol.driver import Arrival, Browser, Page, Person, RelyingParty, shown
from tests.protocol.journey import login
from tests.protocol.pages import Form
from tests.protocol.provider import Provider


@pytest.fixture
def pending(provider: Provider, tax: RelyingParty, visitor: Browser) -> tuple[Person, Page]:
    """Somebody with a code generator, at the code page."""
    person = provider.enrol(totp=True)
    page = shown(
        visitor.submit(login(tax, visitor), "identifier", identifier=person.username, password=person.password)
    )
    assert page.offers("code")
    return person, page


def send_code(browser: Browser, form: Form, code: str) -> requests.Response:
    """One code, redirects not followed."""
    return browser.raw("POST", form.action, data=[*(pair for pair in form.held if pair[0] != "code"), ("code", code)])


def test_code_is_accepted_once(
    provider: Provider, tax: RelyingParty, pending: tuple[Person, Page], visitor: Browser
) -> None:
    """AC-072: the same code again, in another sign-in of the same window, is refused and audited."""
    person, page = pending
    code = person.code()
    assert isinstance(person.go_on(visitor, visitor.submit(page, "code", code=code)), Arrival)
    other = provider.browser()
    again = shown(other.submit(login(tax, other), "identifier", identifier=person.username, password=person.password))
    refusal = shown(other.submit(again, "code", code=code))
    assert refusal.status == 400
    assert refusal.offers("code")
    assert provider.events("signin.code_replayed", subscriber_id=person.id)


def test_fifty_parallel_uses_of_one_code_are_one_success(provider: Provider, tax: RelyingParty) -> None:
    """AC-072: one row per person and time step; many browsers, one sign-in."""
    person = provider.enrol(totp=True)
    browsers = [provider.browser() for _ in range(10)]
    pages = [
        shown(browser.submit(login(tax, browser), "identifier", identifier=person.username, password=person.password))
        for browser in browsers
    ]
    code = person.code()
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda pair: send_code(pair[0], pair[1].form("code"), code), zip(browsers, pages, strict=True))
        )
    assert sum(answer.status_code == 303 and "Set-Cookie" in answer.headers for answer in answers) == 1


def test_codes_cannot_be_guessed(provider: Provider, tax: RelyingParty) -> None:
    """AC-073: five codes a round, ten wrong ones in ten minutes whatever the browser, then 429."""
    person = provider.enrol(totp=True)
    wrong = 0
    last = None
    for _ in range(5):
        browser = provider.browser()
        page = browser.submit(login(tax, browser), "identifier", identifier=person.username, password=person.password)
        while isinstance(page, Page) and page.status in {200, 400} and page.offers("code"):
            page = browser.submit(page, "code", code="000000" if person.code() != "000000" else "111111")
            person.last_step -= 1
            wrong += isinstance(page, Page) and page.status == 400
        last = page
    assert wrong <= 10
    assert isinstance(last, Page)
    assert last.status == 429
    assert int(last.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567", "abcdef", "\u00b2\u00b3\u00b9\u00b2\u00b3\u00b9", "12 34", "x" * 5000]
)
def test_what_is_no_code_is_explained_and_not_counted(
    pending: tuple[Person, Page], visitor: Browser, text: str
) -> None:
    """Bad input: 400 with the page again; a mistyped length is not a guess."""
    person, page = pending
    for _ in range(6):
        page = shown(visitor.submit(page, "code", code=text))
        assert page.status == 400
        assert page.offers("code")
    assert isinstance(person.go_on(visitor, visitor.submit(page, "code", code=person.code())), Arrival)


@pytest.mark.parametrize("zero", ["0", "\u0660", "\u06f0", "\uff10"])
def test_code_may_be_typed_as_the_app_shows_it(pending: tuple[Person, Page], visitor: Browser, zero: str) -> None:
    """Apps show "123 456" and keyboards have digits of other scripts; a person may type either."""
    person, page = pending
    code = "".join(chr(ord(zero) + int(digit)) for digit in person.code())
    assert isinstance(person.go_on(visitor, visitor.submit(page, "code", code=f" {code[:3]} {code[3:]} ")), Arrival)


def test_code_of_an_hour_ago_is_wrong(pending: tuple[Person, Page], visitor: Browser, clock: MovableClock) -> None:
    """RFC 6238 5.2: one step either way, no more."""
    person, page = pending
    assert person.totp_secret is not None
    for offset in (-3600, -90, 90):
        step = shown(visitor.submit(page, "code", code=pyotp.TOTP(person.totp_secret).at(int(clock.now()) + offset)))
        assert step.status == 400
