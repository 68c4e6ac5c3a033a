"""The second factor: neither walked round nor guessed."""

from __future__ import annotations

import pyotp
import pytest

from tests.abuse.watch import GUESSES, Watch
from tests.live import MovableClock
from tests.protocol.driver import Browser, Person, RelyingParty, arrived, shown
from tests.protocol.journey import login
from tests.protocol.pages import Page
from tests.protocol.provider import Provider

ROUND = 5
FREE = 10
TEN_MINUTES = 600
HOUR = 3600


@pytest.fixture(scope="module")
def careful(provider: Provider) -> Person:
    """A person with a code generator."""
    return provider.enrol("careful", totp=True)


def at_the_code_page(party: RelyingParty, person: Person, browser: Browser) -> Page:
    """The page that asks for a code."""
    page = login(party, browser)
    return shown(browser.submit(page, "identifier", identifier=person.username, password=person.password))


@pytest.mark.parametrize("path", ["/consent/{}", "/signin/{}", "/oauth/resume/{}"])
def test_second_factor_is_not_walked_round(
    watch: Watch, tax: RelyingParty, careful: Person, visitor: Browser, path: str
) -> None:
    """AC-070: after the password every later address leads back to a factor, opens no session and issues nothing."""
    page = at_the_code_page(tax, careful, visitor)
    transaction = page.url.rpartition("/")[2]
    token = dict(page.form("code").held)["csrf_token"]
    yes = {"decision": "allow", "field": "email", "csrf_token": token}
    with watch.attack() as scene:
        forced = visitor.raw("POST", f"/consent/{transaction}", data=yes)
        assert forced.status_code == 303
        assert forced.headers["Location"].endswith(f"/signin/{transaction}")
        back = shown(visitor.open(path.format(transaction)))
        assert back.offers("code") or back.offers("password")
        assert not back.offers("decision")
        assert shown(visitor.open("/account")).offers("password")
        assert "error" in arrived(visitor.open(tax.ask(prompt="none").url)).parameters
    assert visitor.cookie("session") is None
    assert not {"session.started", "authorization.granted", "consent.granted"} & set(scene.names)
    assert scene.left_nothing(but=frozenset({"signin"}))


def test_codes_are_guessed_ten_times_and_then_ever_more_slowly(
    provider: Provider, tax: RelyingParty, clock: MovableClock
) -> None:
    """AC-073: ten codes in ten minutes over all browsers and addresses, then a wait that doubles up to an hour."""
    person = provider.enrol(totp=True)
    checked, waits, began = 0, [], clock.now()
    while clock.now() - began < 8 * HOUR:
        tried, wait = _one_round(provider, tax, person)
        checked += tried
        if wait is not None and tried == 0:
            waits.append(wait)
            clock.advance(wait)
    assert waits[0] == pytest.approx(TEN_MINUTES, abs=2)
    assert waits == sorted(waits)
    assert waits[:3] == pytest.approx([TEN_MINUTES, 2 * TEN_MINUTES, 4 * TEN_MINUTES], abs=3)
    assert max(waits) <= HOUR
    assert FREE <= checked <= FREE + len(waits)


def _one_round(provider: Provider, party: RelyingParty, person: Person) -> tuple[int, int | None]:
    """Wrong codes from a new browser until it is stopped: how many were looked at, and how long to wait."""
    browser = provider.browser()
    page = at_the_code_page(party, person, browser)
    tried = 0
    while page.status != 429:
        page = shown(browser.submit(page, "code", code=_wrong_code(person)))
        tried += page.status == 400
    last = tried == ROUND - 1  # the fifth code of a round ends it, and is looked at too
    return tried + last, int(page.headers["Retry-After"])


def _wrong_code(person: Person) -> str:
    assert person.totp_secret is not None
    now = int(person.epoch())
    near = {pyotp.TOTP(person.totp_secret).at(now + step * 30) for step in range(-2, 3)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in near)


def test_refused_codes_are_counted_audited_and_leave_nothing(
    watch: Watch, provider: Provider, tax: RelyingParty, visitor: Browser
) -> None:
    """AC-073: each wrong code is an audit row and a count; beyond the round it is 429 and counted as a wait."""
    person = provider.enrol(totp=True)
    page = at_the_code_page(tax, person, visitor)
    with watch.attack() as scene:
        for _ in range(ROUND):
            page = shown(visitor.submit(page, "code", code=_wrong_code(person)))
    assert page.status == 429
    assert scene.names == ["signin.failed"] * ROUND
    assert {row["body"]["factor"] for row in scene.events} == {"code"}
    assert scene.counted["totp.wrong"] == ROUND - 1
    assert scene.throttled == {"code": 1}
    assert scene.left_nothing(but=GUESSES | {"signin"})
