"""Codes by e-mail and text message as a second step, over HTTP and without scripts."""

import itertools
from collections.abc import Iterator

import psycopg
import pytest

from tests.live import MovableClock
from tests.protocol.driver import Arrival, Browser, Page, Person, RelyingParty, shown
from tests.protocol.journey import login
from tests.protocol.mailbox import Mailbox
from tests.protocol.provider import Provider

TARGET = "/account/methods/totp"
_NUMBERS = itertools.count(10)


@pytest.fixture
def mailbox(provider: Provider) -> Iterator[Mailbox]:
    """What the provider writes to people."""
    mailbox = Mailbox(provider.live)
    yield mailbox
    mailbox.close()


@pytest.fixture
def person(provider: Provider) -> Person:
    """Somebody with a password, a proven e-mail address and a proven telephone number of their own."""
    number = next(_NUMBERS)
    return provider.enrol(
        email=f"person{number}@mail.example", phone_number=f"+232761000{number}", phone_number_verified=True
    )


def at_the_message(provider: Provider, person: Person) -> tuple[Browser, Page]:
    """A browser that is signed in with the password, at the page that offers a text message."""
    browser = provider.browser()
    assert shown(person.go_on(browser, browser.open("/signin"))).url.endswith("/account")
    page = shown(browser.open(TARGET))
    assert page.heading == "Get a code by text message", page.heading
    return browser, page


def asked(browser: Browser, page: Page, button: str = "send") -> Page:
    """Press the button that sends a code."""
    form = next(form for form in page.forms if form.action.endswith(button))
    return shown(browser.open(form.action, form.held, headers={"Referer": page.url}))


def in_threes(code: str) -> str:
    """As people paste it."""
    return f"{code[:3]} {code[3:]}"


def another(code: str) -> str:
    """Six digits that are not this code."""
    return f"{(int(code) + 1) % 10**6:06}"


def test_reading_the_page_sends_nothing(provider: Provider, person: Person, mailbox: Mailbox) -> None:
    """A message goes out when a form asks for it, and to nobody by a link."""
    browser, page = at_the_message(provider, person)
    for url in (page.url, f"{page.url}/sms", f"{page.url}/sms/send"):
        shown(browser.open(url))
    assert mailbox.of(person.id, "code") == []
    assert "ends in" in page.text
    assert "+232761000" not in page.text


def test_a_code_by_text_message(provider: Provider, person: Person, mailbox: Mailbox) -> None:
    """Asked for, sent, pasted in threes: the person comes to the page they wanted, at the second level."""
    browser, page = at_the_message(provider, person)
    page = asked(browser, page)
    letter = mailbox.last(person.id)
    assert (letter.channel, len(letter.code)) == ("sms", 6)
    assert page.heading == "Enter the code from the text message"
    landed = shown(browser.submit(page, "code", code=in_threes(letter.code)))
    assert landed.url.endswith(TARGET), (landed.url, landed.heading)
    started = provider.events("session.started", subscriber_id=person.id)[-1]["body"]
    assert "sms" in str(started)
    assert provider.events("message_code.sent", subscriber_id=person.id)[0]["body"] == {
        "channel": "sms",
        "purpose": "signin",
    }


def test_a_wrong_code_keeps_the_page(provider: Provider, person: Person, mailbox: Mailbox) -> None:
    """What was typed stays; five wrong codes end the round, and the right one is worth nothing then."""
    browser, page = at_the_message(provider, person)
    page = asked(browser, page)
    code = mailbox.last(person.id).code
    for _ in range(4):
        answer = shown(browser.submit(page, "code", code=another(code)))
        assert answer.status == 400
        assert another(code) in dict(answer.form("code").held).values()
        assert "not right" in answer.text
    assert shown(browser.submit(page, "code", code=another(code))).status == 429
    late = shown(browser.submit(page, "code", code=code))
    assert not late.url.endswith(TARGET)


def test_a_code_is_good_for_its_sign_in(provider: Provider, person: Person, mailbox: Mailbox) -> None:
    """AC-085: a code that was sent for one sign-in opens no other."""
    browser, page = at_the_message(provider, person)
    asked(browser, page)
    code = mailbox.last(person.id).code
    other, waiting = at_the_message(provider, person)
    action = f"{waiting.url}/sms"
    answer = other.raw("POST", action, data=[*waiting.forms[0].held, ("code", code)])
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers
    assert shown(other.open(waiting.url)).heading == "Get a code by text message"
    assert shown(browser.open(page.url)).heading == "Enter the code from the text message"


def test_a_code_is_good_for_its_purpose(provider: Provider, person: Person, mailbox: Mailbox) -> None:
    """AC-085: the code that proves a new address signs nobody in, and the code of a sign-in proves no address."""
    browser, page = at_the_message(provider, person)
    page = asked(browser, page)
    shown(browser.submit(page, "code", code=mailbox.last(person.id).code))
    contact = shown(browser.open("/account/details/contact/email"))
    proving = shown(browser.submit(contact, "value", value=f"new-{person.username}@mail.example"))
    proof = next(letter.code for letter in mailbox.of(person.id, "code") if letter.channel == "email")
    provider.live.clock.advance(31)
    other, waiting = at_the_message(provider, person)
    waiting = asked(other, waiting)
    signing = next(letter.code for letter in reversed(mailbox.of(person.id, "code")) if letter.channel == "sms")
    if proof != signing:
        assert shown(other.submit(waiting, "code", code=proof)).status == 400
        refused = shown(browser.submit(proving, "code", code=signing))
        assert refused.status in {200, 400}
        assert refused.offers("code")
    assert shown(other.submit(waiting, "code", code=signing)).url.endswith(TARGET)
    assert not shown(browser.submit(proving, "code", code=proof)).offers("code")


def test_the_next_message_waits(provider: Provider, person: Person, mailbox: Mailbox, clock: MovableClock) -> None:
    """Pressed twice, one message goes out; the page says when the next one may be asked for."""
    browser, page = at_the_message(provider, person)
    sent = asked(browser, page)
    assert "You can ask for another one in" in sent.text
    hasty = asked(browser, page)
    assert hasty.status == 429
    assert int(hasty.headers["Retry-After"]) <= 30
    assert len(mailbox.of(person.id, "code")) == 1
    clock.advance(31)
    page = shown(browser.open(page.url))
    asked(browser, page)
    assert len(mailbox.of(person.id, "code")) == 2
    landed = shown(browser.submit(shown(browser.open(page.url)), "code", code=mailbox.last(person.id).code))
    assert landed.url.endswith(TARGET)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("sent", "It has been sent"),
        ("failed", "could not be delivered"),
        ("held", "held up"),
        ("waiting", "on its way"),
    ],
)
def test_what_became_of_the_message(provider: Provider, person: Person, state: str, said: str) -> None:
    """The page tells what the outbox knows."""
    browser, page = at_the_message(provider, person)
    asked(browser, page)
    with psycopg.connect(provider.live.database_url) as connection:
        connection.execute("update outbox_message set state = %s where subscriber_id = %s", (state, person.id))
    assert said in shown(browser.open(page.url)).text


def test_another_way(provider: Provider, person: Person) -> None:
    """Whoever has no telephone at hand finds the other ways; an e-mail does not reach what is asked here."""
    browser, page = at_the_message(provider, person)
    ways = shown(browser.open(page.links["Confirm in another way"]))
    offered = {value for form in ways.forms for value in form.choices}
    assert "sms" in offered
    assert "email" not in offered


def test_a_code_by_email_in_place_of_the_app(
    provider: Provider, tax: RelyingParty, mailbox: Mailbox, clock: MovableClock
) -> None:
    """Chosen from the list, it is sent by that press, and takes the person on at the first level, never higher."""
    person = provider.enrol(totp=True, ial=2, email=f"person{next(_NUMBERS)}@mail.example")
    browser = provider.browser()
    first = login(tax, browser)
    page = shown(browser.submit(first, "identifier", identifier=person.username, password=person.password))
    ways = shown(browser.open(page.links["Confirm in another way"]))
    page = shown(browser.submit(ways, "method", method="email"))
    letter = mailbox.last(person.id)
    assert (page.heading, letter.channel) == ("Enter the code from the e-mail", "email")
    assert letter.to not in page.text
    assert isinstance(person.go_on(browser, browser.submit(page, "code", code=letter.code)), Arrival)
    begun = provider.events("session.started", subscriber_id=person.id)[-1]["body"]
    assert begun["aal"] == 1
    assert "email" in begun["amr"]


def test_an_address_that_was_taken_away(provider: Provider, person: Person, mailbox: Mailbox) -> None:
    """AC-085: a code that went to an old number is worth nothing once the number changed."""
    browser, page = at_the_message(provider, person)
    page = asked(browser, page)
    code = mailbox.last(person.id).code
    with psycopg.connect(provider.live.database_url) as connection:
        connection.execute("update one_time_code set target = %s where subscriber_id = %s", (b"other", person.id))
    answer = shown(browser.submit(page, "code", code=code))
    assert answer.status == 400
    assert "no longer good" in answer.text


@pytest.mark.parametrize("typed", ["", "12345", "one two", "\x00\x01", "9" * 400])
def test_what_is_no_code_is_no_try(provider: Provider, person: Person, mailbox: Mailbox, typed: str) -> None:
    """A slip of the finger is told and not counted."""
    browser, page = at_the_message(provider, person)
    page = asked(browser, page)
    for _ in range(6):
        assert shown(browser.submit(page, "code", code=typed)).status == 400
    landed = shown(browser.submit(page, "code", code=mailbox.last(person.id).code))
    assert landed.url.endswith(TARGET)
