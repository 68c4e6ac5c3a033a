"""Recovery codes: made, shown once, used once, over HTTP and without scripts."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

import psycopg
import pytest
import requests

from tests.live import MovableClock
from tests.protocol.driver import Arrival, Browser, Page, Person, RelyingParty, shown
from tests.protocol.journey import login
from tests.protocol.mailbox import Mailbox
from tests.protocol.provider import Provider

CODES = "/account/methods/recovery-codes"
SHAPE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}")


@pytest.fixture
def mailbox(provider: Provider) -> Iterator[Mailbox]:
    """What the provider writes to people."""
    mailbox = Mailbox(provider.live)
    yield mailbox
    mailbox.close()


@pytest.fixture
def person(provider: Provider) -> Person:
    """Somebody with a password and an authenticator app, proofed to the second level."""
    return provider.enrol(totp=True, ial=2)


def entered(provider: Provider, person: Person) -> Browser:
    """A browser that is signed in to the account pages."""
    browser = provider.browser()
    assert shown(person.go_on(browser, browser.open("/signin"))).url.endswith("/account")
    return browser


def made(browser: Browser) -> tuple[Page, list[str]]:
    """The page with a new set, and the codes on it."""
    page = shown(browser.submit(shown(browser.open(CODES)), "decision", decision="make"))
    assert page.status == 200
    return page, SHAPE.findall(page.text.partition("<ol")[2].partition("</ol>")[0])


def at_the_paper(provider: Provider, tax: RelyingParty, person: Person) -> tuple[Browser, Page]:
    """A browser that gave the password and chose the printed codes."""
    browser = provider.browser()
    page = shown(
        browser.submit(login(tax, browser), "identifier", identifier=person.username, password=person.password)
    )
    ways = shown(browser.open(page.links["Confirm in another way"]))
    return browser, shown(browser.submit(ways, "method", method="recovery-code"))


def left(provider: Provider, person: Person) -> int:
    """How many codes the table holds."""
    return len(provider.query("select 1 from recovery_code where subscriber_id = %(id)s::uuid", {"id": person.id}))


def test_a_set_is_shown_once(provider: Provider, person: Person, mailbox: Mailbox) -> None:
    """AC-075: ten codes in one answer that nobody keeps; afterwards there is only their number."""
    browser = entered(provider, person)
    page, codes = made(browser)
    assert len(set(codes)) == 10
    assert page.headers["Cache-Control"] == "no-store"
    later = shown(browser.open(CODES))
    overview = shown(browser.open("/account/methods"))
    assert "10 of 10" in later.text
    assert "10 of 10" in overview.text
    assert not SHAPE.findall(later.text + overview.text)
    assert [letter.parameters["method"] for letter in mailbox.of(person.id, "method_added")] == ["recovery-code"]
    assert not [code for code in codes for letter in mailbox.of(person.id) if code in str(letter.parameters)]


def test_the_file_says_the_same(provider: Provider, person: Person) -> None:
    """Saved without a second request, the text holds the codes of the page."""
    page, codes = made(entered(provider, person))
    address = next(link for link in page.links.values() if link.startswith("data:text/plain"))
    text = unquote(address)
    assert [line for line in text.splitlines() if SHAPE.fullmatch(line)] == codes
    assert f"WanGov ID, {provider.issuer}" in text
    assert re.search(r"Made on (\d{1,2} [A-Z][a-z]+ \d{4})\. ", text)


def test_a_printed_code_signs_in_once(
    provider: Provider, tax: RelyingParty, person: Person, clock: MovableClock
) -> None:
    """In place of the app, in lower case and without hyphens; a second time it is refused, and one is gone."""
    _, codes = made(entered(provider, person))
    browser, page = at_the_paper(provider, tax, person)
    typed = codes[0].lower().replace("-", "")
    step = browser.submit(page, "recovery_code", recovery_code=typed)
    assert isinstance(person.go_on(browser, step), Arrival)
    assert left(provider, person) == 9
    assert provider.events("recovery_code.spent", subscriber_id=person.id)[0]["body"] == {"left": 9}
    browser, page = at_the_paper(provider, tax, person)
    again = shown(browser.submit(page, "recovery_code", recovery_code=typed))
    assert again.status == 400
    assert typed in dict(again.form("recovery_code").held).values()
    assert left(provider, person) == 9


def test_new_codes_replace_the_old(provider: Provider, tax: RelyingParty, person: Person) -> None:
    """A sheet that was lost opens nothing once there is a new one."""
    browser = entered(provider, person)
    _, old = made(browser)
    _, new = made(browser)
    browser, page = at_the_paper(provider, tax, person)
    assert shown(browser.submit(page, "recovery_code", recovery_code=old[0])).status == 400
    step = browser.submit(page, "recovery_code", recovery_code=new[0])
    assert isinstance(person.go_on(browser, step), Arrival)


def test_few_are_left(provider: Provider, person: Person) -> None:
    """Below three the pages say to make new ones."""
    browser = entered(provider, person)
    made(browser)
    with psycopg.connect(provider.live.database_url) as connection:
        connection.execute(
            "delete from recovery_code where subscriber_id = %(id)s and digest not in "
            "(select digest from recovery_code where subscriber_id = %(id)s limit 2)",
            {"id": person.id},
        )
    assert "only 2 recovery codes left" in shown(browser.open("/account/methods")).text
    assert "Only a few are left" in shown(browser.open(CODES)).text


def test_what_goes_with_them(provider: Provider) -> None:
    """Somebody with an app and no proven address hears that the codes are their last way back."""
    person = provider.enrol(totp=True, email_verified=False)
    browser = entered(provider, person)
    made(browser)
    assert "last way back" in shown(browser.open(f"{CODES}/remove")).text


def test_removing_them(provider: Provider, person: Person, mailbox: Mailbox) -> None:
    """Asked first; afterwards none is good, and the person is told."""
    browser = entered(provider, person)
    made(browser)
    asked = shown(browser.open(f"{CODES}/remove"))
    assert shown(browser.submit(asked, "decision", decision="no")).status == 400
    done = shown(browser.submit(asked, "decision", decision="remove"))
    assert done.url.partition("?")[0].endswith("/account/methods")
    assert left(provider, person) == 0
    assert [letter.parameters["method"] for letter in mailbox.of(person.id, "method_removed")] == ["recovery-code"]
    assert shown(browser.open(f"{CODES}/remove")).status == 404


def test_fifty_parallel_uses_are_one_success(provider: Provider, tax: RelyingParty, person: Person) -> None:
    """AC-074: one code in five sign-ins, ten times each, all at once: one of them ends in a session."""
    _, codes = made(entered(provider, person))
    waiting = [at_the_paper(provider, tax, person) for _ in range(5)]

    def fire(number: int) -> requests.Response:
        browser, page = waiting[number % len(waiting)]
        form = page.form("recovery_code")
        kept = [pair for pair in form.held if pair[0] != "recovery_code"]
        cookies = browser.http.cookies.get_dict()
        return requests.post(
            form.action,
            data=[*kept, ("recovery_code", codes[0])],
            cookies=cookies,
            headers={"X-Forwarded-For": str(browser.http.headers["X-Forwarded-For"])},
            allow_redirects=False,
            timeout=20,
        )

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(fire, range(50)))
    began = [
        answer
        for answer in answers
        if answer.status_code == 303 and "wangov_session" in answer.headers.get("Set-Cookie", "")
    ]
    assert len(began) == 1
    assert left(provider, person) == 9
    # 503: a machine too busy to decide has not decided twice
    assert {answer.status_code for answer in answers} <= {303, 400, 429, 503}


@pytest.mark.parametrize("typed", ["", "x", "0" * 12, "\x00" * 12, "A" * 9000, "ABCD-EFGH-JKMU"])
def test_what_is_no_code(provider: Provider, tax: RelyingParty, person: Person, typed: str) -> None:
    """Whatever is typed, the page stays and nothing is spent."""
    made(entered(provider, person))
    browser, page = at_the_paper(provider, tax, person)
    assert shown(browser.submit(page, "recovery_code", recovery_code=typed)).status == 400
    assert left(provider, person) == 10


def test_who_has_none_is_not_offered_any(provider: Provider, tax: RelyingParty, person: Person) -> None:
    """Without a sheet there is no such way, and its address leads back to the step."""
    browser = provider.browser()
    page = shown(
        browser.submit(login(tax, browser), "identifier", identifier=person.username, password=person.password)
    )
    ways = shown(browser.open(page.links["Confirm in another way"]))
    assert "recovery-code" not in {value for form in ways.forms for value in form.choices}
    token = dict(page.form("code").held)["csrf_token"]
    answer = browser.raw("POST", f"{page.url}/recovery-code", data={"csrf_token": token, "recovery_code": "x" * 12})
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
