"""Getting back into an account, from "I cannot sign in" to the sign-in with the new password."""

import re

import pytest
from sqlalchemy import select

from idp.authenticators.models import TotpRow
from idp.recovery.visits import Visit
from idp.subscribers.models import SubscriberRow
from idp.tokens.models import GrantRow
from idp.web.extensions import db
from idp.web.recovery.rooms import visits
from tests.integration.web.conftest import PASSWORD, Site, answer_of, authorize_address
from tests.integration.web.recovering import DAY, NEW, Bureau, plain

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def bureau(site: Site) -> Bureau:
    """One for the module."""
    return Bureau(site)


@pytest.fixture(autouse=True)
def time(test_clock: object) -> object:
    """The machine's time when a test begins."""
    return test_clock


def test_printed_code_and_mail_bring_back_at_once(bureau: Bureau) -> None:
    """A printed code, then a code by e-mail, then a new password: the old one is dead, and all are told twice."""
    person = bureau.person()
    sheet = bureau.paper(person)
    bureau.letters()
    visitor = bureau.begin(person)
    visitor.submit("/choose", way="paper")
    visitor.submit("/paper", recovery_code=sheet[0].lower())
    assert [(one.notice, one.channel) for one in bureau.letters()] == [
        ("recovery_started", "email"),
        ("recovery_started", "sms"),
    ]
    bureau.prove_next(visitor, "email")
    assert visitor.title.startswith("Set your new password")
    visitor.submit("/password", password=NEW)
    assert visitor.title.startswith("Your new password is set")
    assert {one.notice for one in bureau.letters()} == {"recovery_done"}
    assert bureau.can_sign_in(person, NEW)
    assert not bureau.can_sign_in(person, PASSWORD)
    assert "recovery.done" in bureau.site.events(person)


def test_lost_everything_waits_a_day_and_comes_back(bureau: Bureau) -> None:
    """Mail and SMS alone: a day's wait, a fresh code, then the new password; what was lost signs nobody in."""
    person = bureau.person(totp=True)
    visitor = bureau.begin(person)
    bureau.prove_first(visitor, "email")
    bureau.prove_next(visitor, "sms")
    assert visitor.title.startswith("Now comes a wait")
    bureau.site.clock.advance(DAY - 60)
    case = visitor.path
    assert visitor.get(case).status_code == 200
    assert visitor.title.startswith("Now comes a wait")
    bureau.site.clock.advance(120)
    visitor.get("/recover")
    assert case in visitor.links()
    visitor.get(case)
    assert visitor.title.startswith("The wait is over")
    bureau.prove_next(visitor, "sms")
    visitor.submit("/password", password=NEW, lost="app")
    assert visitor.title.startswith("Your new password is set")
    assert bureau.can_sign_in(person, NEW)
    with bureau.app.app_context():
        assert db.session.scalar(select(TotpRow.id).where(TotpRow.subscriber_id == person.id)) is None


def test_higher_level_waits_three_days_and_falls(bureau: Bureau) -> None:
    """An account of level 2 waits for 72 hours by mail and SMS, and is level 1 afterwards."""
    person = bureau.person(ial=2)
    visitor = bureau.begin(person)
    bureau.prove_first(visitor, "sms")
    bureau.prove_next(visitor, "email")
    bureau.site.clock.advance(3 * DAY - 60)
    visitor.get(visitor.path)
    assert visitor.title.startswith("Now comes a wait")
    bureau.site.clock.advance(120)
    visitor.get(visitor.path)
    bureau.prove_next(visitor, "email")
    assert "registration centre" in visitor.page.text
    visitor.submit("/password", password=NEW)
    assert bureau.column(person, SubscriberRow.ial) == 1
    assert "subscriber.level_changed" in bureau.site.events(person)


def test_app_and_message_keep_the_level(bureau: Bureau) -> None:
    """A code by message and then one of the app: at once, and the level stays; the app is asked for at sign-in."""
    person = bureau.person(totp=True, ial=2)
    visitor = bureau.begin(person)
    bureau.prove_first(visitor, "sms")
    visitor.submit("/choose", way="app")
    visitor.submit("/app", code=bureau.site.code(person))
    assert visitor.title.startswith("Set your new password")
    visitor.submit("/password", password=NEW, lost="app")
    assert bureau.column(person, SubscriberRow.ial) == 2
    assert not bureau.can_sign_in(person, NEW)


def test_weak_password_uses_nothing_up(bureau: Bureau) -> None:
    """A refused password: an explained page, nothing changed, and the next try goes through."""
    person = bureau.person(totp=True)
    sheet = bureau.paper(person)
    visitor = bureau.begin(person)
    visitor.submit("/choose", way="paper")
    visitor.submit("/paper", recovery_code=sheet[1])
    bureau.prove_next(visitor, "email")
    # short for somebody who loses the second factor by this
    visitor.submit("/password", password="Zb7#kQw9", lost="app")
    assert visitor.page.status_code == 400
    assert visitor.title.startswith("Error:")
    with bureau.app.app_context():
        assert db.session.scalar(select(TotpRow.id).where(TotpRow.subscriber_id == person.id)) is not None
    visitor.submit("/password", password=NEW, lost="app")
    assert bureau.can_sign_in(person, NEW)


def test_everything_that_was_open_ends(bureau: Bureau) -> None:
    """Sessions and grants of before end with the recovery."""
    person, service = bureau.person(), bureau.site.service()
    elsewhere = bureau.site.visitor()
    elsewhere.get(authorize_address(service))
    bureau.site.sign_in(elsewhere, person)
    elsewhere.submit("", decision="allow")
    assert "code" in answer_of(elsewhere)
    sheet = bureau.paper(person)
    visitor = bureau.begin(person)
    visitor.submit("/choose", way="paper")
    visitor.submit("/paper", recovery_code=sheet[0])
    bureau.prove_next(visitor, "sms")
    visitor.submit("/password", password=NEW)
    elsewhere.get("/account")
    assert elsewhere.title.startswith("Sign in")
    with bureau.app.app_context():
        open_ones = select(GrantRow.id).where(GrantRow.subscriber_id == person.id, GrantRow.revoked_at.is_(None))
        assert db.session.scalar(open_ones) is None


def test_forgotten_name_goes_to_the_address_alone(bureau: Bureau) -> None:
    """The user name is sent to the address that was typed; the page is the same for one that nobody has."""
    person = bureau.person(email="only.mine@people.example")
    pages = []
    for address in ("Only.Mine@people.example", "nobody.at.all@people.example"):
        visitor = bureau.site.visitor()
        visitor.get("/recover/name")
        visitor.submit("/recover/name", contact=address)
        pages.append((visitor.page.status_code, plain(visitor.page.text)))
    assert pages[0] == pages[1]
    letters = [one for one in bureau.letters() if one.notice == "username_reminder"]
    assert [(one.to, one.parameters["username"]) for one in letters] == [("only.mine@people.example", person.username)]


def test_forgotten_name_reaches_a_phone(bureau: Bureau) -> None:
    """A number in any spelling; every account that has it proven."""
    person = bureau.person(phone_number="+23276000099")
    visitor = bureau.site.visitor()
    visitor.get("/recover/name")
    visitor.submit("/recover/name", contact="076 000-099")
    letters = [one for one in bureau.letters() if one.notice == "username_reminder"]
    assert [(one.channel, one.parameters["username"]) for one in letters] == [("sms", person.username)]


def test_visit_has_a_reference_that_staff_find(bureau: Bureau) -> None:
    """None of these: a number for each who asks, by which staff find the person, however it is typed."""
    person = bureau.person()
    found: list[Visit | None] = []
    for name in (person.username, person.username, "nobody-of-that-name"):
        visitor = bureau.site.visitor()
        visitor.get("/recover/password")
        visitor.submit("/recover/password", identifier=name)
        visitor.submit("/choose", way="visit")
        number = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", visitor.page.text)
        assert number, visitor.title
        bureau.work()
        with bureau.app.app_context():
            found.append(visits().find(number[0].lower().replace("-", " ")))
    assert [one and one.subscriber_id for one in found] == [person.id, person.id, None]
    told = [one for one in bureau.letters("recovery_started") if one.subscriber_id == person.id]
    assert sorted(one.channel for one in told) == ["email", "sms"]
    with bureau.app.app_context():
        assert visits().find("not a number") is None


def test_nothing_left_leads_to_a_visit(bureau: Bureau) -> None:
    """Who proved an address and has nothing more gets the number of a visit, the same when asked again."""
    person = bureau.person(ial=2)
    visitor = bureau.begin(person)
    bureau.prove_first(visitor, "email")
    case, numbers = visitor.path, []
    for _ in range(2):
        visitor.get(case)
        visitor.submit("/choose", way="none")
        number = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", visitor.page.text)
        assert number, visitor.title
        numbers.append(number[0])
    assert numbers[0] == numbers[1]


def test_mailbox_alone_is_for_bare_accounts(bureau: Bureau) -> None:
    """Level 1 with nothing but an e-mail address: back after a day. With a phone on record it is not enough."""
    person = bureau.person(phone_number=None, phone_number_verified=None)
    visitor = bureau.begin(person)
    bureau.prove_first(visitor, "email")
    visitor.submit("/choose", way="none")
    assert visitor.title.startswith("Now comes a wait")
    bureau.site.clock.advance(DAY + 60)
    visitor.get(visitor.path)
    bureau.prove_next(visitor, "email")
    visitor.submit("/password", password=NEW)
    assert bureau.can_sign_in(person, NEW)
