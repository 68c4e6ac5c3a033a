"""Attacks on the account pages, at the running server: hidden fields, other people's things, what closing leaves."""

import uuid
from typing import Any

import psycopg
import pytest

from tests.factories import dumps
from tests.protocol.driver import Browser, Person, RelyingParty, shown
from tests.protocol.journey import sign_in
from tests.protocol.mailbox import Mailbox
from tests.protocol.provider import Provider
from tests.protocol.record import opened, pressed

DAY = 24 * 3600
PLANTED: dict[str, Any] = {
    "name": "Zubrowka Quillfeather",
    "given_name": "Zubrowka",
    "family_name": "Quillfeather",
    "email": "zubrowka.q@planted.example",
    "email_verified": True,
    "birthdate": "1931-07-19",
    "phone_number": None,
    "phone_number_verified": None,
    "address": {"street_address": "77 Plantation Mews", "locality": "Nowheretown"},
}
TRACES = ("ubrowka", "uillfeather", "planted.example", "1931-07-19", "lantation Mews", "wheretown")


@pytest.fixture
def someone(provider: Provider) -> Person:
    """A person with a code generator and no contact point that is proven."""
    return provider.enrol(totp=True, email_verified=False)


def token_of(person: Person, browser: Browser) -> str:
    """A form token of this browser."""
    return dict(opened(person, browser, "/account/devices").form("csrf_token").held)["csrf_token"]


@pytest.mark.parametrize("extra", ["email_verified", "phone_number_verified", "verified", "claims"])
def test_no_field_verifies_an_address(provider: Provider, visitor: Browser, someone: Person, extra: str) -> None:
    """AC-084: a field that the form does not have is a 400; no code goes out and nothing is recorded."""
    page = opened(someone, visitor, "/account/details/contact/email")
    form = page.form("value")
    data = [*form.held, ("value", "mine@mail.example"), (extra, "true")]
    assert visitor.raw("POST", form.action, data=data).status_code == 400
    assert "Not proven yet" in opened(someone, visitor, "/account/details").text
    assert provider.events("contact.asked", subscriber_id=someone.id) == []


def test_a_taken_address_is_not_told(provider: Provider, visitor: Browser, someone: Person) -> None:
    """AC-063: an address of somebody else and a free one get the same page, and a code each."""
    provider.enrol(email="taken.one@mail.example", email_verified=True)
    mailbox, seen = Mailbox(provider.live), []
    for address in ("taken.one@mail.example", "freed.one@mail.example"):
        page = opened(someone, visitor, "/account/details/contact/email")
        answer = pressed(visitor, page, "/contact/email", value=address)
        seen.append((answer.status, answer.heading, len(answer.text)))
    assert seen[0] == seen[1]
    sent = {letter.to for letter in mailbox.of(someone.id, "code")}
    mailbox.close()
    assert sent == {"taken.one@mail.example", "freed.one@mail.example"}


def test_what_is_others_is_not_there(provider: Provider, visitor: Browser, someone: Person) -> None:
    """AC-090: sessions, devices, entries and copies of others are a 404, as what never was; the attempt is audited."""
    devices = opened(someone, visitor, "/account/devices")
    owned = [form.action for form in devices.forms if form.action.endswith(("/end", "/forget"))]
    history = opened(someone, visitor, "/account/history")
    owned.append(next(url for url in history.links.values() if url.endswith("/concern")))
    intruder, other = provider.enrol(totp=True, email_verified=False), provider.browser()
    token = token_of(intruder, other)
    for address in owned:
        known = next(part for part in address.split("/") if len(part) == len(str(uuid.uuid4())))
        seen = [
            other.raw("POST", path, data={"csrf_token": token})
            for path in (address, address.replace(known, str(uuid.uuid4())))
        ]
        assert [answer.status_code for answer in seen] == [404, 404], address
    refused = provider.events("authorization.refused", subscriber_id=intruder.id)
    assert len(refused) == 2 * len(owned)
    assert opened(someone, visitor, "/account/devices").text.count("This browser") == 2


def test_closing_leaves_nothing_that_says_who_it_was(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """AC-121, AC-122, AC-086, AC-053: no planted value is in the stores or the log, no key is left, tokens are dead.

    The user name goes to nobody else, and one line of the audit trail proves the erasure.
    """
    person = provider.enrol(totp=True, **PLANTED)
    held = sign_in(tax, person, visitor, scope="openid email offline_access", tick=["email", "offline_access"])
    provider.live.clock.advance(31)
    page = opened(person, visitor, "/account/details/correct/family_name")
    pressed(visitor, page, "/family_name", value="Wheretown", reason="Planted: Quillfeather is wrong.")
    page = opened(person, visitor, "/account/close")
    page = pressed(visitor, page, "/close", sure="close")
    assert "closes in 24 hours" in page.heading
    provider.operate("worker", "--once")
    later = tax.refresh(held.refresh_token).json()
    provider.live.clock.advance(DAY - 60)
    young = tax.refresh(later["refresh_token"]).json()["access_token"]
    assert tax.introspect(young)["active"] is True
    provider.live.clock.advance(120)
    provider.operate("worker", "--once")
    assert tax.userinfo(young).status_code == 401
    assert tax.introspect(young) == {"active": False}
    settings = provider.live.environment
    left = dumps.database(provider.live.database_url)
    left += dumps.short_lived(settings["WANGOV_REDIS_URL"], settings["WANGOV_REDIS_PREFIX"])
    left += provider.live.log.encode()
    assert person.id.encode() in left
    assert [trace for trace in TRACES if trace.encode() in left or trace.encode().hex().encode() in left] == []
    assert provider.query("select 1 from person_key where person_id = %(id)s", {"id": person.id}) == []
    late = provider.browser()
    page = shown(late.open("/account"))
    answer = shown(late.submit(page, "identifier", identifier=person.username, password=person.password))
    assert answer.status == 400
    again = provider.refused("subscriber", "create", document={"username": person.username, "password": "x" * 20})
    assert again["error"] == "subscriber.exists"
    assert [row["actor"] for row in provider.events("subscriber.erased", subscriber_id=person.id)] == ["system"]


def test_no_password_has_the_national_number_in_it(provider: Provider, visitor: Browser, someone: Person) -> None:
    """AC-065: refused with the reason; the same with somebody else's number in it is taken."""
    numbers = provider.operate("numbers", "issue", "2")["numbers"]
    # Which of the two has which number nobody can read: one of them becomes this person.
    with psycopg.connect(provider.live.database_url) as connection:
        newest = "(select person_id from issuance order by issued_at desc limit 1)"
        for table in ("person_account", "issuance"):
            changed = f"update {table} set subscriber_id = %s where person_id = {newest}"  # noqa: S608 - the test's own
            connection.execute(changed, (someone.id,))
    answers = []
    for number in numbers:
        page = opened(someone, visitor, "/account/password")
        answer = pressed(visitor, page, "/account/password", password=f"umbrellas {number} sing")
        answers.append((answer.status, "must not contain your name" in answer.text))
    assert sorted(answers) == [(200, False), (400, True)]
