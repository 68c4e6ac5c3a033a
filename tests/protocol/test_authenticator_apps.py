"""Adding and removing authenticator apps, over HTTP and without scripts."""

from collections.abc import Iterator

import psycopg
import pyotp
import pytest
import requests

from tests.live import MovableClock
from tests.protocol.driver import Browser, Page, Person, shown
from tests.protocol.mailbox import Mailbox
from tests.protocol.pages import Form
from tests.protocol.provider import Provider

METHODS = "/account/methods"
NEW = "/account/methods/totp"


@pytest.fixture
def mailbox(provider: Provider) -> Iterator[Mailbox]:
    """What the provider writes to people."""
    mailbox = Mailbox(provider.live)
    yield mailbox
    mailbox.close()


@pytest.fixture
def person(provider: Provider) -> Person:
    """Somebody with a password and no address that was proven."""
    return provider.enrol(email_verified=False)


def entered(provider: Provider, person: Person) -> Browser:
    """A browser that is signed in to the account pages."""
    browser = provider.browser()
    landed = shown(person.go_on(browser, browser.open("/signin")))
    assert landed.url.endswith("/account"), landed.url
    return browser


def begun(browser: Browser, name: str = "") -> Page:
    """The page with the secret."""
    page = shown(browser.submit(shown(browser.open(NEW)), "app_name", app_name=name))
    assert page.offers("code"), page.heading
    return page


def key_on(page: Page) -> str:
    """The key as a person would type it into an app."""
    address = next(link for link in page.links.values() if link.startswith("otpauth:"))
    key = pyotp.parse_uri(address).secret
    assert all(key[start : start + 4] in page.text for start in range(0, 32, 4))
    return str(key)


def now_shown(key: str, person: Person) -> str:
    """What the app shows, as people read it out: two groups of three."""
    code = pyotp.TOTP(key).at(int(person.epoch()))
    return f"{code[:3]} {code[3:]}"


def added(browser: Browser, person: Person, name: str = "") -> str:
    """Add an app; its key."""
    page = begun(browser, name)
    key = key_on(page)
    landed = shown(browser.submit(page, "code", code=now_shown(key, person)))
    assert landed.url.partition("?")[0].endswith(METHODS), (landed.url, landed.heading)
    return key


def submitted(browser: Browser, form: Form, **values: str) -> requests.Response:
    """A form sent, no redirect followed."""
    kept = [pair for pair in form.held if pair[0] not in values]
    return browser.raw("POST", form.action, data=[*kept, *values.items()])


def test_an_app_is_added_and_asked_for(provider: Provider, mailbox: Mailbox) -> None:
    """Name, picture, key, code; then the page lists it, the person is told, and the next sign-in asks for it."""
    person = provider.enrol(email="first-app@mail.example")
    browser = entered(provider, person)
    person.go_on(browser, browser.open(NEW))
    person.totp_secret = added(browser, person, "Old phone")
    page = shown(browser.open(METHODS))
    assert "Old phone" in page.text
    assert [letter.parameters["method"] for letter in mailbox.of(person.id, "method_added")] == ["totp"]
    assert provider.events("authenticator.bound", subscriber_id=person.id)[-1]["body"] == {"factor": "otp"}
    provider.live.clock.advance(60)
    other = provider.browser()
    asked = shown(
        other.submit(shown(other.open("/signin")), "identifier", identifier=person.username, password=person.password)
    )
    assert asked.offers("code")
    assert shown(other.submit(asked, "code", code=person.code())).url.endswith("/account")


def test_the_code_that_proved_an_app_does_not_sign_in(provider: Provider, person: Person) -> None:
    """The code of the enrolment is used up by it."""
    browser = entered(provider, person)
    page = begun(browser)
    key = key_on(page)
    code = now_shown(key, person)
    browser.submit(page, "code", code=code)
    other = provider.browser()
    asked = shown(
        other.submit(shown(other.open("/signin")), "identifier", identifier=person.username, password=person.password)
    )
    assert shown(other.submit(asked, "code", code=code)).status == 400


def test_the_secret_is_shown_once(provider: Provider, person: Person) -> None:
    """AC-076: read again, the page has no secret; another attempt has another one; nothing may be kept."""
    browser = entered(provider, person)
    first = begun(browser)
    assert first.headers["Cache-Control"] == "no-store"
    key = key_on(first)
    again = shown(browser.open(first.url))
    assert again.offers("code")
    assert not [link for link in again.links.values() if link.startswith("otpauth:")]
    assert key[:4] not in again.text
    assert "<svg viewBox" not in again.text.partition("<main")[2]
    assert key_on(begun(browser)) != key
    assert shown(browser.submit(again, "code", code=now_shown(key, person))).url.partition("?")[0].endswith(METHODS)


def test_a_wrong_code_keeps_the_page(provider: Provider, person: Person) -> None:
    """What was typed stays, nothing is added, and after five wrong codes the attempt is over."""
    browser = entered(provider, person)
    page = begun(browser)
    key = key_on(page)
    right = now_shown(key, person).replace(" ", "")
    wrong = f"{(int(right) + 7) % 10**6:06}"
    statuses = []
    for _ in range(5):
        answer = shown(browser.submit(page, "code", code=wrong))
        statuses.append(answer.status)
        if answer.status == 400:
            assert wrong in [value for name, value in answer.form("code").held if name == "code"]
    assert statuses == [400, 400, 400, 400, 409]
    assert shown(browser.submit(page, "code", code=right)).status == 409
    assert not provider.query("select 1 from totp where subscriber_id = %(id)s::uuid", {"id": person.id})


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "\u0661\u0662"])
def test_what_is_no_code_is_no_try(provider: Provider, person: Person, typed: str) -> None:
    """A slip of the finger is told and not counted."""
    browser = entered(provider, person)
    page = begun(browser)
    for _ in range(6):
        assert shown(browser.submit(page, "code", code=typed)).status == 400
    landed = shown(browser.submit(page, "code", code=now_shown(key_on(page), person)))
    assert landed.url.partition("?")[0].endswith(METHODS)


def test_an_attempt_ends_after_ten_minutes(provider: Provider, person: Person, clock: MovableClock) -> None:
    """Too late is told plainly, with the way to start again."""
    browser = entered(provider, person)
    page = begun(browser)
    key = key_on(page)
    clock.advance(9 * 60)
    fresh = shown(browser.open("/account/methods/totp"))
    assert fresh.offers("app_name")
    clock.advance(61)
    # The session must be fresh as well for the page to be reached.
    answer = submitted(browser, page.form("code"), code=now_shown(key, person))
    assert answer.status_code in {303, 409}
    assert not provider.query("select 1 from totp where subscriber_id = %(id)s::uuid", {"id": person.id})


def test_an_attempt_is_its_owner_s(provider: Provider, person: Person) -> None:
    """AC-076: neither another person nor another session of the same one gets to see or finish it."""
    browser = entered(provider, person)
    page = begun(browser)
    key = key_on(page)
    for other in (entered(provider, provider.enrol(email_verified=False)), entered(provider, person)):
        assert shown(other.open(page.url)).status == 409
    stranger = entered(provider, provider.enrol(email_verified=False))
    form = shown(stranger.open(NEW)).form("app_name")
    token = dict(form.held)["csrf_token"]
    answer = stranger.raw("POST", page.url, data={"csrf_token": token, "code": now_shown(key, person)})
    assert answer.status_code == 409


def test_a_change_needs_recent_proof(provider: Provider, person: Person, clock: MovableClock) -> None:
    """AC-071: eleven minutes after signing in, the pages ask for the password again and come back."""
    browser = entered(provider, person)
    clock.advance(11 * 60)
    step = shown(browser.open(NEW))
    assert step.offers("password")
    landed = shown(browser.submit(step, "identifier", identifier=person.username, password=person.password))
    assert landed.url.endswith(NEW)
    assert landed.offers("app_name")


def test_removing_one(provider: Provider, mailbox: Mailbox, clock: MovableClock) -> None:
    """AC-071: it takes a proof of the highest level the person has; what is lost is said before, and told after."""
    person = provider.enrol(email="last-app@mail.example")
    browser = entered(provider, person)
    person.go_on(browser, browser.open(NEW))
    person.totp_secret = added(browser, person)
    clock.advance(60)
    browser = entered(provider, person)
    listed = shown(browser.open(METHODS))
    url = next(link for link in listed.links.values() if link.endswith("/remove"))
    asked = shown(browser.open(url))
    assert "password alone opens your account" in asked.text
    nothing = shown(browser.submit(asked, "decision", decision="keep"))
    assert nothing.status == 400
    done = shown(browser.submit(asked, "decision", decision="remove"))
    assert done.url.partition("?")[0].endswith(METHODS)
    assert [letter.parameters["method"] for letter in mailbox.of(person.id, "method_removed")] == ["totp"]
    assert provider.events("authenticator.removed", subscriber_id=person.id)[0]["body"] == {"factor": "otp"}
    assert shown(browser.submit(asked, "decision", decision="remove")).status == 404


def test_a_password_alone_removes_nothing(provider: Provider, person: Person) -> None:
    """AC-071: a session that began before the app was added has to prove the app before it may take it away."""
    browser = entered(provider, person)
    key = added(browser, person)
    (row,) = provider.query("select id from totp where subscriber_id = %(id)s::uuid", {"id": person.id})
    url = f"/account/methods/totp/{row['id']}/remove"
    assert shown(browser.open(url)).offers("code")
    token = dict(shown(browser.open("/account")).forms[-1].held)["csrf_token"]
    answer = browser.raw("POST", url, data={"csrf_token": token, "decision": "remove"})
    assert (answer.status_code, "/signin/" in answer.headers["Location"]) == (303, True)
    assert provider.query("select 1 from totp where id = %(id)s", {"id": row["id"]})
    provider.live.clock.advance(60)
    step = shown(browser.open(url))
    asked = shown(browser.submit(step, "code", code=now_shown(key, person)))
    assert asked.url.endswith("/remove")
    assert asked.offers("decision")


def test_nobody_removes_somebody_else_s(provider: Provider, person: Person) -> None:
    """AC-071: another person's app is not found, and stays."""
    added(entered(provider, person), person)
    (row,) = provider.query("select id from totp where subscriber_id = %(id)s::uuid", {"id": person.id})
    stranger = entered(provider, provider.enrol(email_verified=False))
    url = f"/account/methods/totp/{row['id']}/remove"
    assert shown(stranger.open(url)).status == 404
    token = dict(shown(stranger.open(NEW)).form("app_name").held)["csrf_token"]
    answer = stranger.raw("POST", url, data={"csrf_token": token, "decision": "remove"})
    assert answer.status_code == 404
    assert provider.query("select 1 from totp where id = %(id)s", {"id": row["id"]})


def test_nothing_changes_while_changes_are_locked(provider: Provider, person: Person) -> None:
    """After "this was not me" nobody adds a way in, whoever is signed in."""
    browser = entered(provider, person)
    form = shown(browser.open(NEW)).form("app_name")
    with psycopg.connect(provider.live.database_url) as connection:
        connection.execute(
            "update subscriber set changes_locked_until = now() + interval '3 days' where id = %s", (person.id,)
        )
    for path in (NEW, "/account/methods/recovery-codes"):
        assert shown(browser.open(path)).status == 403
    assert submitted(browser, form, app_name="x").status_code == 403
    assert shown(browser.open(METHODS)).status == 200


def test_changes_are_counted(provider: Provider, person: Person) -> None:
    """Twenty attempts an hour, then a page that asks to wait."""
    browser = entered(provider, person)
    page = shown(browser.open(NEW))
    answers = [submitted(browser, page.form("app_name"), app_name="x").status_code for _ in range(21)]
    assert answers == [303] * 20 + [429]


@pytest.mark.parametrize("name", ["x" * 41, "x" * 5000])
def test_a_name_has_a_length(provider: Provider, person: Person, name: str) -> None:
    """A name that no page could show is asked for again."""
    browser = entered(provider, person)
    page = shown(browser.submit(shown(browser.open(NEW)), "app_name", app_name=name))
    assert page.status == 400
    assert page.offers("app_name")
