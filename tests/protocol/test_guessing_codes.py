"""Codes guessed by somebody who knows the password: how many, and who hears of it."""

from collections.abc import Iterator

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Browser, Page, Person, RelyingParty, shown
from tests.protocol.journey import login
from tests.protocol.mailbox import Mailbox
from tests.protocol.provider import Provider


@pytest.fixture
def mailbox(provider: Provider) -> Iterator[Mailbox]:
    """What the provider writes to people."""
    mailbox = Mailbox(provider.live)
    yield mailbox
    mailbox.close()


def at_the_code(provider: Provider, tax: RelyingParty, person: Person) -> tuple[Browser, Page]:
    """A browser of its own that gave the right password."""
    browser = provider.browser()
    step = browser.submit(login(tax, browser), "identifier", identifier=person.username, password=person.password)
    return browser, shown(step)


def guess(provider: Provider, tax: RelyingParty, person: Person, rounds: int) -> int:
    """Wrong codes that were looked at, over so many browsers, until one round is turned away at once."""
    checked = 0
    for _ in range(rounds):
        browser, page = at_the_code(provider, tax, person)
        while page.offers("code"):
            wrong = f"{(int(person.code()) + 1) % 10**6:06}"
            person.last_step -= 1
            page = shown(browser.submit(page, "code", code=wrong))
            checked += page.status == 400
    return checked


def test_the_person_hears_of_it(provider: Provider, tax: RelyingParty, mailbox: Mailbox, clock: MovableClock) -> None:
    """AC-073: ten wrong codes in ten minutes at most, whatever the browser; then one notice, and only one a day."""
    person = provider.enrol(totp=True)
    assert guess(provider, tax, person, 2) <= 10
    assert mailbox.of(person.id, "guessing") == []
    guess(provider, tax, person, 1)
    told = mailbox.of(person.id, "guessing")
    assert [letter.channel for letter in told] == ["email"]
    clock.advance(3 * 3600)
    guess(provider, tax, person, 1)
    assert len(mailbox.of(person.id, "guessing")) == 1
    clock.advance(24 * 3600)
    guess(provider, tax, person, 3)
    assert len(mailbox.of(person.id, "guessing")) == 2


def test_a_million_tries(provider: Provider, tax: RelyingParty, clock: MovableClock) -> None:
    """AC-073: whoever guesses on, hour after hour, is let try ever less often."""
    person = provider.enrol(totp=True)
    tried = [guess(provider, tax, person, 3)]
    for _ in range(3):
        clock.advance(600)
        tried.append(guess(provider, tax, person, 1))
    assert 0 < tried[0] <= 10
    assert sum(tried[1:]) <= 3, tried
    assert len(provider.events("signin.throttled", subscriber_id=person.id)) >= 4
