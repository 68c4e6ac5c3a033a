"""Guessing passwords: growing waits, known devices, addresses, one count for every flow (AC-060 to AC-062, AC-127)."""

from tests.live import MovableClock
from tests.protocol.conftest import ADDRESS_TRIES
from tests.protocol.driver import Arrival, Person, RelyingParty, shown
from tests.protocol.journey import attempt, login, sign_in
from tests.protocol.provider import Provider


def test_wrong_passwords_are_slowed_down_for_a_strange_device(
    provider: Provider, tax: RelyingParty, clock: MovableClock
) -> None:
    """AC-060: five free tries, then 429 with Retry-After even for the right password, until the wait is over."""
    person = provider.enrol()
    statuses = []
    for _ in range(6):
        browser = provider.browser()
        statuses.append(attempt(browser, login(tax, browser), person.username).status_code)
    assert statuses == [400] * 5 + [429]
    browser = provider.browser()
    waiting = attempt(browser, login(tax, browser), person.username, person.password)
    assert waiting.status_code == 429
    seconds = int(waiting.headers["Retry-After"])
    assert 0 < seconds <= 60
    clock.advance(seconds + 1)
    assert isinstance(person.go_on(browser, browser.open(tax.ask().url)), Arrival)
    assert provider.events("signin.throttled", subscriber_id=person.id)


def test_wait_grows_with_every_further_failure(provider: Provider, tax: RelyingParty, clock: MovableClock) -> None:
    """AC-060, AC-061: the delay doubles and is never longer than an hour; there is no permanent lock."""
    person = provider.enrol()
    waits = []
    for _ in range(40):
        browser = provider.browser()
        answer = attempt(browser, login(tax, browser), person.username)
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            clock.advance(waits[-1] + 1)
        if len(waits) == 9:
            break
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]
    assert max(waits) <= 3600
    browser = provider.browser()
    clock.advance(3601)
    assert isinstance(person.go_on(browser, browser.open(tax.ask().url)), Arrival)


def test_owner_on_a_known_device_is_not_locked_out(provider: Provider, tax: RelyingParty) -> None:
    """AC-060, AC-061: a device that was signed in with before has its own tries."""
    person = provider.enrol()
    own = provider.browser()
    signed_in = sign_in(tax, person, own)
    own.open(tax.logout_url(id_token_hint=signed_in.id_token))
    for _ in range(7):
        stranger = provider.browser()
        attempt(stranger, login(tax, stranger), person.username)
    assert isinstance(person.go_on(own, own.open(tax.ask().url)), Arrival)


def test_device_cookie_of_another_person_gives_no_tries(
    provider: Provider, tax: RelyingParty, resident: Person
) -> None:
    """AC-060: the device must be known for this very person."""
    victim = provider.enrol()
    attacker = provider.browser()
    signed_in = sign_in(tax, resident, attacker)
    attacker.open(tax.logout_url(id_token_hint=signed_in.id_token))
    statuses = [attempt(attacker, login(tax, attacker), victim.username).status_code for _ in range(7)]
    assert statuses[-1] == 429


def test_one_address_cannot_try_many_names(provider: Provider, tax: RelyingParty) -> None:
    """AC-060: beyond the limit an address gets 429 with Retry-After, other addresses go on, and nobody is named."""
    browser = provider.browser()
    page = login(tax, browser)
    answers = [attempt(browser, page, f"guess{n}") for n in range(ADDRESS_TRIES + 2)]
    assert answers[0].status_code == 400
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    other = provider.browser()
    assert attempt(other, login(tax, other), "guess-from-elsewhere").status_code == 400


def test_forwarded_address_of_the_caller_itself_is_not_believed(provider: Provider, tax: RelyingParty) -> None:
    """AC-127, AC-060: only what our own proxy appended counts; addresses invented in front of it do not."""
    browser = provider.browser()
    page = login(tax, browser)
    own = str(browser.http.headers["X-Forwarded-For"])
    for n in range(ADDRESS_TRIES + 1):
        browser.http.headers["X-Forwarded-For"] = f"10.9.{n}.1, {own}"
        answer = attempt(browser, page, f"name{n}")
    assert answer.status_code == 429


def test_limit_holds_in_every_flow(provider: Provider, tax: RelyingParty, clinic: RelyingParty) -> None:
    """AC-062: tries at one service, at another and at the account pages are one count."""
    person = provider.enrol()
    browser = provider.browser()
    for party in (tax, clinic, tax, clinic):
        attempt(browser, login(party, browser), person.username)
    attempt(browser, shown(browser.open("/signin")), person.username)
    assert attempt(browser, shown(browser.open("/signin")), person.username, person.password).status_code == 429
