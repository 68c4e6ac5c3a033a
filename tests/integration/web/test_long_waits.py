"""A mailbox alone: a day where it is all there is, else a week in which everybody is told; and going on elsewhere."""

from typing import Any

import pytest

from idp.audit import AuditEvent, Event
from idp.web.extensions import db
from idp.web.recovery.errands import tell_of_waits
from idp.web.rooms import trail
from tests.factories.errands import Letter
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import Person, Site
from tests.integration.web.recovering import DAY, NEW, Bureau

pytestmark = pytest.mark.integration

NO_PHONE: dict[str, Any] = {"phone_number": None, "phone_number_verified": None}


@pytest.fixture
def bureau(site: Site) -> Bureau:
    """The site with its worker."""
    return Bureau(site)


def waiting(bureau: Bureau, person: Person, first: str = "email") -> Visitor:
    """A browser that proved one address and had nothing more."""
    visitor = bureau.begin(person)
    bureau.prove_first(visitor, first)
    visitor.submit("/choose", way="none")
    return visitor


def round_of(bureau: Bureau, person: Person, seconds: float = 0) -> list[Letter]:
    """What the worker's round tells after so long."""
    bureau.letters()
    bureau.site.clock.advance(seconds)
    with bureau.app.app_context():
        tell_of_waits()
    told = [letter for letter in bureau.letters() if letter.notice in {"recovery_waits", "recovery_ready"}]
    return [letter for letter in told if letter.subscriber_id == person.id]


def test_nothing_else_is_a_day(bureau: Bureau) -> None:
    """An account with a mailbox and nothing else: the page says so, and why."""
    person = bureau.person(**NO_PHONE)
    visitor = bureau.begin(person)
    bureau.prove_first(visitor, "email")
    assert "Your e-mail address is all that this account has" in visitor.page.text
    visitor.submit("/choose", way="none")
    assert round_of(bureau, person, DAY - 120) == []
    assert [letter.notice for letter in round_of(bureau, person, 180)] == ["recovery_ready"]
    assert round_of(bureau, person, DAY) == []


@pytest.mark.parametrize("has", ["codes", "phone"])
def test_more_than_a_mailbox_is_a_week(bureau: Bureau, has: str) -> None:
    """Printed codes or a number: a week, told of at every address at once and every second day, and no day less."""
    site, person = bureau.site, bureau.person(**(NO_PHONE if has == "codes" else {}))
    if has == "codes":
        bureau.paper(person)
    visitor = bureau.begin(person)
    bureau.prove_first(visitor, "email")
    assert "after a wait of 7 days" in visitor.page.text
    bureau.letters()
    visitor.submit("/choose", way="none")
    channels = ["email"] if has == "codes" else ["email", "sms"]
    started = bureau.letters("recovery_started")
    assert sorted(letter.channel for letter in started) == channels
    for _ in range(3):
        told = round_of(bureau, person, 2 * DAY)
        assert sorted(letter.channel for letter in told) == channels
        assert {letter.notice for letter in told} == {"recovery_waits"}
        assert round_of(bureau, person) == []
    visitor.get(visitor.path)
    assert visitor.title.startswith("Now comes a wait")
    told = round_of(bureau, person, DAY + 60)
    assert {letter.channel: letter.notice for letter in told} == {
        "email": "recovery_ready",
        **({} if has == "codes" else {"sms": "recovery_waits"}),
    }
    assert site.events(person).count("recovery.done") == 0
    visitor.get(visitor.path)
    bureau.prove_next(visitor, "email")
    assert 'name="lost"' not in visitor.page.text
    visitor.submit("/password", password=NEW)
    assert bureau.can_sign_in(person, NEW)


def test_every_message_of_a_long_wait_stops_it(bureau: Bureau) -> None:
    """The one of the fourth day, opened in any browser."""
    person = bureau.person()
    visitor = waiting(bureau, person)
    round_of(bureau, person, 2 * DAY)
    (secret,) = [letter.parameters["link"] for letter in round_of(bureau, person, 2 * DAY) if letter.channel == "sms"]
    other = bureau.site.visitor()
    other.get(f"/notice/{secret}")
    other.submit(f"/notice/{secret}")
    assert "The recovery is stopped" in other.title
    visitor.get(visitor.path)
    assert "This was stopped" in visitor.title
    assert round_of(bureau, person, 4 * DAY) == []


def test_any_sign_in_stops_a_long_wait_and_no_short_one(bureau: Bureau) -> None:
    """On a device of that day too; a wait of a day is stopped from devices that were known before."""
    for has_more in (True, False):
        person = bureau.person(**({} if has_more else NO_PHONE))
        visitor = waiting(bureau, person)
        bureau.site.clock.advance(3600)
        inside = bureau.site.visitor()
        inside.get("/signin")
        bureau.site.sign_in(inside, person)
        inside.get("/account")
        assert ("Somebody is getting back into your account" in inside.page.text) == has_more
        if has_more:
            inside.submit("/recover/stop")
            visitor.get(visitor.path)
            assert "This was stopped" in visitor.title


def test_a_second_factor_is_never_passed_by_a_mailbox(bureau: Bureau) -> None:
    """With an app there is no wait that is long enough: whoever reads the mail gets the number of a visit."""
    visitor = waiting(bureau, bureau.person(totp=True))
    assert "Come to a registration centre" in visitor.title


def test_what_came_during_a_short_wait_counts(bureau: Bureau) -> None:
    """Printed codes made in the day that an account with nothing else waits: the day is not enough any more."""
    person = bureau.person(**NO_PHONE)
    visitor = waiting(bureau, person)
    bureau.paper(person)
    bureau.site.clock.advance(DAY + 60)
    visitor.get(visitor.path)
    bureau.prove_next(visitor, "email")
    assert "Set your new password" not in visitor.title
    assert not bureau.can_sign_in(person, NEW)


def test_it_goes_on_in_any_browser(bureau: Bureau) -> None:
    """The link of the last message, with a fresh code to the same address; looking and losing the page cost nothing."""
    site, person = bureau.site, bureau.person(**NO_PHONE)
    waiting(bureau, person)
    (letter,) = round_of(bureau, person, DAY + 60)
    secret = letter.parameters["link"]
    for _ in range(2):
        phone = site.visitor()
        phone.get(f"/notice/{secret}")
        assert "Go on and set a new password?" in phone.title
        phone.submit(f"/notice/{secret}")
        assert phone.title.startswith("The wait is over")
    bureau.prove_next(phone, "email")
    phone.submit("/password", password=NEW)
    assert bureau.can_sign_in(person, NEW)
    late = site.visitor()
    late.get(f"/notice/{secret}")
    late.submit(f"/notice/{secret}")
    assert late.page.status_code == 404


def test_the_link_opens_nothing_without_a_code(bureau: Bureau) -> None:
    """AC-082: whoever has the link alone stands before the code, and by address gets no further."""
    site, person = bureau.site, bureau.person(**NO_PHONE)
    waiting(bureau, person)
    (letter,) = round_of(bureau, person, DAY + 60)
    other = site.visitor()
    other.get(f"/notice/{letter.parameters['link']}")
    other.submit(f"/notice/{letter.parameters['link']}")
    case = other.path
    other.submit("/choose", way="email")
    token = other.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    other.post(f"{case}/password", csrf_token=token, password=NEW)
    assert not bureau.can_sign_in(person, NEW)


def test_the_same_is_offered_whichever_comes_first(bureau: Bureau) -> None:
    """A number that was changed today, and counts for nothing in a sign-in, is a second proof after e-mail."""
    for first, second in (("email", "sms"), ("sms", "email")):
        person = bureau.person()
        with bureau.app.app_context():
            body: dict[str, str | bool] = {"channel": "sms", "change": "x", "removed": False}
            trail().append(AuditEvent(Event.CONTACT_CHANGED, subscriber_id=person.id, body={**body}))
            db.session.commit()
        visitor = bureau.begin(person)
        bureau.prove_first(visitor, first)
        assert f'value="{second}"' in visitor.form("/choose")
        bureau.prove_next(visitor, second)
        assert visitor.title.startswith("Now comes a wait")


def test_the_page_of_a_visit_tells_both_what_to_bring(bureau: Bureau) -> None:
    """Those whose face and fingers are on record, and those who were never at a centre."""
    visitor = waiting(bureau, bureau.person(email=None, email_verified=None), "sms")
    assert "If you were registered at a centre before" in visitor.page.text
    assert "were never at a centre" in visitor.page.text
    assert "a passport, a voter card or a driving licence" in visitor.page.text
