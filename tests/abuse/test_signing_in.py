"""Guessing, locking out, fishing for names, and what a session is worth when its time is over."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
import requests

from tests.abuse.conftest import ADDRESS_TRIES
from tests.abuse.timing import measure
from tests.abuse.watch import GUESSES, Watch
from tests.live import MovableClock
from tests.protocol.driver import Browser, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import refused
from tests.protocol.journey import attempt, login, obtain_code, sign_in
from tests.protocol.pages import Arrival, Page
from tests.protocol.provider import Provider

FREE = 5
HOUR = 3600
DAY = 24 * HOUR
ADDRESSES = 200
FRESH = re.compile(r"wt_[\w-]+|[0-9a-f]{32}|csrf_token\" value=\"[^\"]+|nonce[-=]\"?[\w-]+|Ij[\w.-]{30,}")
COMMON = [
    "password1", "iloveyou", "sunshine", "football", "baseball", "cocacola", "pakistan", "marlboro", "liverpool1",
    "starwars", "blink182", "michigan", "darkness", "qwertyuiop", "1q2w3e4r5t", "trustno1", "11111111", "aaaaaaaa",
    "Passw0rd!", "P@ssw0rd", "01011990", "ncc1701d",
]  # fmt: skip


# --- guessing ----------------------------------------------------------------------------------------------------


def test_guesses_from_many_addresses_share_one_account_limit(
    watch: Watch, provider: Provider, tax: RelyingParty
) -> None:
    """AC-060: hundreds of addresses get five tries together; the owner's device goes on; all is counted and audited."""
    person = provider.enrol()
    own = provider.browser()
    sign_in(tax, person, own)
    with watch.attack() as scene:
        statuses = Counter(answer.status_code for answer in _spread(provider, tax, person.username, ADDRESSES))
        stranger = provider.browser()
        right = attempt(stranger, login(tax, stranger), person.username, person.password)
        again = own.open(tax.ask(prompt="login").url)
        assert isinstance(person.go_on(own, again), Arrival)
    assert statuses == {400: FREE, 429: ADDRESSES - FREE}
    assert right.status_code == 429
    assert scene.names.count("signin.failed") == scene.counted["password.wrong"] == FREE
    assert scene.names.count("signin.throttled") == scene.throttled["password"] == ADDRESSES - FREE + 1


def _spread(provider: Provider, party: RelyingParty, name: str, addresses: int) -> list[requests.Response]:
    """One wrong password from each of many addresses, over a few connections."""
    browsers = [provider.browser() for _ in range(4)]
    pages = [login(party, browser) for browser in browsers]

    def work(which: int) -> list[requests.Response]:
        answers = []
        for number in range(which, addresses, len(browsers)):
            browsers[which].http.headers["X-Forwarded-For"] = f"203.{number // 250}.113.{number % 250 + 1}"
            answers.append(attempt(browsers[which], pages[which], name))
        return answers

    with ThreadPoolExecutor(len(browsers)) as pool:
        return [answer for answers in pool.map(work, range(len(browsers))) for answer in answers]


def test_wait_doubles_up_to_an_hour_so_that_few_guesses_fit_into_a_day(
    provider: Provider, tax: RelyingParty, clock: MovableClock
) -> None:
    """AC-060: whoever tries again the moment it is allowed gets fewer than forty guesses a day at one account."""
    person = provider.enrol()
    waits, checked, began = [], 0, clock.now()
    while clock.now() - began < DAY:
        browser = provider.browser()
        answer = attempt(browser, login(tax, browser), person.username)
        checked += answer.status_code == 400
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            clock.advance(waits[-1])
    assert waits[:8] == pytest.approx([30 * 2**n for n in range(7)] + [HOUR], abs=2)
    assert max(waits) <= HOUR
    assert checked < 40


def test_one_address_is_limited_whomever_it_aims_at(watch: Watch, provider: Provider, tax: RelyingParty) -> None:
    """AC-060: many names from one address, known and unknown, are 429 beyond its limit, and counted as such."""
    people = [provider.enrol().username for _ in range(3)]
    browser = provider.browser()
    page = login(tax, browser)
    names = [people[n % 3] if n % 2 else f"stranger{n}" for n in range(ADDRESS_TRIES + 3)]
    with watch.attack() as scene:
        statuses = [attempt(browser, page, name).status_code for name in names]
    assert statuses[ADDRESS_TRIES:] == [429] * 3
    assert 429 not in statuses[:ADDRESS_TRIES]
    assert scene.throttled == {"place": 3}
    assert scene.left_nothing(but=GUESSES)


def test_nobody_is_locked_out_for_good(
    watch: Watch, provider: Provider, tax: RelyingParty, clock: MovableClock
) -> None:
    """AC-061: a hundred failures a day for three days: the owner's device always works, another one within the hour."""
    person = provider.enrol()
    own = provider.browser()
    sign_in(tax, person, own)
    for _ in range(3):
        _spread(provider, tax, person.username, 100)
        assert isinstance(person.go_on(own, own.open(tax.ask(prompt="login").url)), Arrival)
        clock.advance(DAY / 2)
    _spread(provider, tax, person.username, 100)
    clock.advance(HOUR + 1)
    new = provider.browser()
    assert isinstance(person.go_on(new, new.open(tax.ask().url)), Arrival)
    assert watch.row("select state from subscriber where id = %(id)s", id=person.id) == {"state": "active"}


# --- one gate ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["password", "code", "consent", "resume", "redeem", "refresh"])
def test_account_that_is_stopped_gets_no_further_at_any_stage(
    watch: Watch, provider: Provider, visitor: Browser, stage: str
) -> None:
    """AC-062: the same gate at every step and at redemption: no session, no code, no token after the stop."""
    party, person = provider.register(), provider.enrol(totp=True)
    request = party.ask()
    step = visitor.open(request.url)
    if stage != "password":
        step = visitor.submit(shown(step), "identifier", identifier=person.username, password=person.password)
    if stage in {"consent", "resume"}:
        step = visitor.submit(shown(step), "code", code=person.code())
    held = sign_in(party, person, provider.browser()) if stage == "refresh" else None
    fresh = obtain_code(party, person, provider.browser()) if stage == "redeem" else None
    provider.operate("subscriber", "suspend", person.id, "--reason", "suspected_misuse")
    with watch.attack() as scene:
        if held is not None:
            refused(party.refresh(held.refresh_token), "invalid_grant")
        elif fresh is not None:
            refused(party.redeem(*fresh), "invalid_grant")
        else:
            if stage == "resume":
                step = visitor.open(f"/oauth/resume/{shown(step).url.rpartition('/')[2]}")
            assert isinstance(_pushed(person, visitor, step), Page)
    assert not {"session.started", "authorization.granted", "token.issued", "token.refreshed"} & set(scene.names)


def _pushed(person: Person, browser: Browser, step: Page | Arrival) -> Page | Arrival:
    """Everything that the person could still send."""
    for _ in range(3):
        if isinstance(step, Arrival):
            return step
        if step.offers("code"):
            step = browser.submit(step, "code", code=person.code())
        elif step.offers("identifier"):
            return browser.submit(step, "identifier", identifier=person.username, password=person.password)
        elif step.offers("decision"):
            step = browser.submit(step, "decision", decision="allow")
    return step


def test_waiting_at_one_page_is_waiting_at_all(provider: Provider, tax: RelyingParty, clinic: RelyingParty) -> None:
    """AC-062: tries at two services and the account pages are one count; none of them takes the right password then."""
    person = provider.enrol()
    browser = provider.browser()
    pages = [login(tax, browser), login(clinic, browser), shown(browser.open("/signin"))]
    for n in range(FREE):
        assert attempt(browser, pages[n % 3], person.username).status_code == 400
    for page in pages:
        assert attempt(browser, page, person.username, person.password).status_code == 429


# --- who exists --------------------------------------------------------------------------------------------------


def test_answers_do_not_tell_who_exists(provider: Provider, tax: RelyingParty) -> None:
    """AC-063: status, headers and body are the same for people with and without a code generator, stopped, unknown."""
    plain, doubled, stopped_one = provider.enrol(), provider.enrol(totp=True), provider.enrol()
    provider.operate("subscriber", "suspend", stopped_one.id, "--reason", "legal_order")
    seen = set()
    for name, password in (
        (plain.username, "wrong"),
        (doubled.username, "wrong"),
        (stopped_one.username, stopped_one.password),
        ("nobody-at-all", "wrong"),
        ("n" * 128, "wrong"),
    ):
        browser = provider.browser()
        answer = attempt(browser, login(tax, browser), name, password)
        headers = {(key, FRESH.sub("", value)) for key, value in answer.headers.items() if key not in _OF_THIS_ANSWER}
        seen.add((answer.status_code, frozenset(headers), FRESH.sub("", answer.text).replace(name, "NAME")))
    assert len(seen) == 1
    assert next(iter(seen))[0] == 400


_OF_THIS_ANSWER = {"Date", "X-Request-Id", "Content-Length"}


def test_time_does_not_tell_who_exists(provider: Provider, tax: RelyingParty, clock: MovableClock) -> None:
    """AC-064: a hash of equal cost for nobody; `python -m tests.abuse.timing` takes the thousand samples."""
    found = measure(provider, tax, clock, 40)
    assert found.difference < 0.25, found


# --- passwords ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", COMMON)
def test_common_password_is_refused_with_a_reason(watch: Watch, provider: Provider, password: str) -> None:
    """AC-065: what most people use, and what is made like it; the reason is told, nobody is made."""
    with watch.attack() as scene:
        newcomer = {"username": "newcomer", "password": password, "totp": True}
        told = provider.refused("subscriber", "create", document=newcomer)
    assert "common" in told["error_description"], told
    assert scene.events == []
    assert scene.left_nothing()


@pytest.mark.parametrize(
    "password", ["wangov-is-nice", "Adama-1990-xx", "newcomer.2026", "xx-kargbo-xx", "76543210a@x"]
)
def test_password_about_its_owner_is_refused_with_a_reason(provider: Provider, password: str) -> None:
    """AC-065: the name, the user name, the telephone number, the name of this service."""
    person = {
        "username": "newcomer",
        "password": password,
        "totp": True,
        "name": "Adama Kargbo",
        "phone_number": "+76543210",
    }
    told = provider.refused("subscriber", "create", document=person)
    assert "personal" in told["error_description"], told


# --- names and ways back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lookalike",
    ["arnara", "\u00e1mara", "ama\u0301ra", "\uff41mara", "AMARA", "am\u0430ra", "ama\u200dra", "amara\u2060"],
)
def test_no_second_account_looks_like_the_first(
    watch: Watch, provider: Provider, resident: Person, lookalike: str
) -> None:
    """AC-130: another spelling, width, accent, script or an invisible character makes no other person."""
    document = {"username": lookalike, "password": "brisk-otter-lantern-4"}
    with watch.attack() as scene:
        assert "error" in provider.refused("subscriber", "create", document=document)
    assert resident.username == "amara"
    assert scene.left_nothing()


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https:evil.example", "\t//evil.example", "/x\r\nLocation: //evil"]
)
def test_whole_sign_in_ends_on_our_own_pages(provider: Provider, resident: Person, target: str) -> None:
    """AC-069: whatever way back is asked for, at the start and behind the form, the person ends at the account page."""
    names = ("next", "return_to", "redirect", "url", "continue", "back_url", "goto")
    browser = provider.browser()
    wishes = "&".join(f"{name}={quote(target, safe='')}" for name in names)
    page = shown(browser.open(f"/signin?{wishes}"))
    trail = list(browser.trail)
    form = page.form("identifier")
    held = [pair for pair in form.held if pair[0] not in {"identifier", "password"}]
    typed = [*held, ("identifier", resident.username), ("password", resident.password)]
    after = shown(browser.open(f"{form.action}?{wishes}", typed))
    assert after.url == f"{provider.issuer}/account"
    for answer in (*trail, *browser.trail):
        assert "evil" not in answer.headers.get("Location", "")


# --- sessions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("busy", "reason"), [(False, "idle"), (True, "absolute")])
def test_session_that_is_over_is_over_on_the_server(
    watch: Watch, provider: Provider, tax: RelyingParty, visitor: Browser, clock: MovableClock, busy: bool, reason: str
) -> None:
    """AC-068: after 30 idle minutes or 12 hours the person signs in again, and the record on the server has ended."""
    person = provider.enrol()
    signed_in = sign_in(tax, person, visitor)
    for _ in range(29 if busy else 1):
        clock.advance(25 * 60 if busy else 31 * 60)
        visitor.open("/account")
    assert shown(visitor.open(tax.ask().url)).offers("password")
    row = watch.row("select ended_at, end_reason from session where subscriber_id = %(id)s", id=person.id)
    assert row is not None
    assert row["ended_at"] is not None
    assert reason in row["end_reason"]
    assert tax.userinfo(signed_in.access_token).status_code == 401
    refused(tax.refresh(signed_in.refresh_token), "invalid_grant")
    assert arrived(visitor.open(tax.ask(prompt="none").url)).parameters["error"] == "login_required"
