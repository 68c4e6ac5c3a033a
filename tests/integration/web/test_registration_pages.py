"""Opening an account without a visit: the way through, what is refused, and what nobody learns."""

import itertools
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.errors import Refusal
from idp.registration import Application, State
from idp.subscribers.levels import Levels
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from idp.web.registration.rooms import applications, registration
from idp.web.rooms import directory, trail
from tests.factories.errands import Office
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import Site, answer_of, authorize_address
from tests.integration.web.recovering import plain
from tests.live import MovableClock

pytestmark = pytest.mark.integration
NEW = "four wet umbrellas sing to nobody"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def office(site: Site) -> Office:
    """The worker of the module's site."""
    return Office(site.app)


@pytest.fixture(autouse=True)
def time(test_clock: MovableClock) -> MovableClock:
    """The machine's time when a test begins."""
    return test_clock


def address() -> str:
    """An address that nobody has."""
    return f"fatu{next(_numbers)}@people.example"


def begun(site: Site, contact: str, visitor: Visitor | None = None, at: str = "/register") -> Visitor:
    """A browser that gave its address."""
    visitor = visitor or site.visitor()
    visitor.get(at)
    visitor.submit("/register", contact=contact)
    return visitor


def named(site: Site, office: Office, contact: str, channel: str = "email") -> Visitor:
    """A browser that proved its address and gave a name."""
    visitor = begun(site, contact)
    visitor.submit("/code", code=office.code(channel))
    visitor.submit("/name", given_name="Fatmata Binta", family_name="Kɔrɔma")
    return visitor


def person_of(site: Site, username: str) -> SubscriberRow:
    """The stored account."""
    with site.app.app_context():
        found = directory().by_username(username)
        assert found is not None
        row = db.session.get(SubscriberRow, found.id)
        assert row is not None
        return row


def test_way_through_by_mail(site: Site, office: Office) -> None:
    """Address, code, name, a suggested user name and a password: an account of level 1, signed in."""
    contact = address()
    visitor = named(site, office, contact)
    suggested = re.search(r'name="username"[^>]*value="([^"]+)"', visitor.page.text)
    assert suggested
    assert suggested[1].startswith("fatmata.koroma")
    visitor.submit("/account", username=suggested[1], password=NEW)
    assert visitor.title.startswith("Your account is open")
    row = person_of(site, suggested[1])
    assert (row.ial, row.state) == (1, "active")
    with site.app.app_context():
        claims = directory().profile(row.id)
    assert claims["email"] == contact
    assert claims["email_verified"] is True
    assert (claims["given_name"], claims["family_name"]) == ("Fatmata Binta", "Kɔrɔma")
    visitor.get("/account")
    assert visitor.title.startswith("Your account")
    assert "/account/methods" in str(visitor.links())


def test_way_through_by_phone_to_the_waiting_service(site: Site, office: Office) -> None:
    """Who came from a service goes on there; `sub` stays when the level is raised later."""
    service, visitor = site.service(), site.visitor()
    visitor.get(authorize_address(service))
    register = next(link for link in visitor.links() if link.startswith("/register"))
    begun(site, f"076 1{next(_numbers):05}", visitor, register)
    visitor.submit("/code", code=office.code("sms"))
    visitor.submit("/name", given_name="Momoh", family_name="")
    visitor.submit("/account", username="momoh.of.the.stall", password=NEW)
    visitor.get(next(link for link in visitor.links() if "/signin/" in link))
    visitor.submit("", decision="allow")
    assert "code" in answer_of(visitor)
    row = person_of(site, "momoh.of.the.stall")
    with site.app.app_context():
        levels = Levels(db.session(), trail())
        assert levels.raise_level(row.id, 2, actor="operator") is None
        assert levels.raise_level(row.id, 1) is None
        db.session.commit()
    raised = person_of(site, "momoh.of.the.stall")
    assert (raised.id, raised.ial) == (row.id, 2)
    (event,) = site.audit(subscriber_id=row.id, event="subscriber.level_changed")
    assert event.body == {"from": 1, "to": 2, "reason": "proofed"}


def test_known_address_gets_a_message_and_the_same_pages(site: Site, office: Office) -> None:
    """AC-063: pages and statuses are the same, wrong codes too; only the message says that there is an account."""
    known, fresh = address(), address()
    site.person(email=known, email_verified=True)
    office.letters()
    seen = []
    for contact in (known, fresh):
        visitor = begun(site, contact)
        office.work()
        pages = [visitor.page, *(visitor.submit("/code", code="000000") for _ in range(7))]
        local = contact.partition("@")[0]
        seen.append([(page.status_code, plain(page.text.replace(local, "LOCAL"))) for page in pages])
    assert seen[0] == seen[1]
    told = {(one.notice, one.to) for one in office.letters()}
    assert told == {("already_registered", known), ("registration_code", fresh)}


def test_address_that_is_not_proven_is_free(site: Site, office: Office) -> None:
    """Somebody else's unproven note of an address keeps nobody from opening an account with it."""
    contact = address()
    site.person(email=contact, email_verified=False)
    visitor = named(site, office, contact)
    visitor.submit("/account", username=f"unproven{next(_numbers)}", password=NEW)
    assert visitor.title.startswith("Your account is open")


def test_resumes_for_a_day_in_the_same_browser(site: Site, office: Office) -> None:
    """Who leaves finds it again; another browser does not; after a day it is gone."""
    visitor = named(site, office, address())
    path = visitor.path
    visitor.get("/register")
    assert path in visitor.links()
    site.clock.advance(23 * 3600)
    visitor.get(path)
    assert visitor.title.startswith("Choose how you will sign in")
    assert site.visitor().get(path).status_code == 400
    site.clock.advance(2 * 3600)
    assert visitor.get(path).status_code == 400
    assert visitor.get("/register").status_code == 200


def test_steps_cannot_be_skipped(site: Site, office: Office) -> None:
    """AC-082: without the code there is no name page and no account, whatever is posted."""
    visitor = begun(site, address())
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.page.text)
    assert token
    path = visitor.path
    visitor.post(f"{path}/name", csrf_token=token[1], given_name="Fatu", family_name="X")
    assert visitor.title.startswith("Enter the code")
    visitor.post(f"{path}/account", csrf_token=token[1], username="skipping.along", password=NEW)
    assert visitor.title.startswith("Enter the code")
    with site.app.app_context():
        assert directory().by_username("skipping.along") is None


@pytest.mark.parametrize(
    "typed", ["", "fatu", "a@b", "12", "fatu@people.example, eve@people.example", "x" * 500, "+999"]
)
def test_unusable_addresses_are_explained(site: Site, typed: str) -> None:
    """400, the page again with an error, and nothing is sent."""
    visitor = begun(site, typed)
    assert visitor.page.status_code == 400
    assert visitor.title.startswith("Error:")


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("taken.name", NEW),
        ("\u0430dmin", NEW),
        ("fresh.name", "short"),
        ("fresh.name", "Zb7#kQw9x"),
        ("fresh.name", "Fatmata Binta Koroma"),
        ("", NEW),
        ("fresh.name", ""),
    ],
)
def test_unusable_names_and_passwords_are_explained(site: Site, office: Office, username: str, password: str) -> None:
    """AC-065: taken and look-alike names, short and personal passwords: 400, and no account is left behind."""
    with site.app.app_context():
        taken = directory().by_username("taken.name") is not None
    if not taken:
        site.person(username="taken.name")
    visitor = named(site, office, address())
    visitor.submit("/account", username=username, password=password)
    assert visitor.page.status_code == 400
    assert visitor.title.startswith("Error:")
    with site.app.app_context():
        assert directory().by_username("fresh.name") is None


def test_one_address_opens_one_account(site: Site, office: Office) -> None:
    """Two registrations of one address side by side: the second to finish is told, and makes nothing."""
    contact = address()
    first = named(site, office, contact)
    site.clock.advance(120)
    second = named(site, office, contact)
    first.submit("/account", username=f"first{next(_numbers)}", password=NEW)
    assert first.title.startswith("Your account is open")
    name = f"second{next(_numbers)}"
    second.submit("/account", username=name, password=NEW)
    assert second.title.startswith("This address has an account now")
    with site.app.app_context():
        assert directory().by_username(name) is None


def test_one_of_many_parallel_openings_wins(site: Site, office: Office) -> None:
    """Fifty parallel requests of one registration: one account."""
    visitor = named(site, office, address())
    secret = visitor.path.rpartition("/")[2]
    browser = visitor.cookie("wangov_browser")
    marker = f"racer{next(_numbers)}x"

    def attempt(number: int) -> bool:
        with site.app.app_context():
            application = applications().load(secret, browser)
            assert isinstance(application, Application)
            assert application.state is State.ACCOUNT
            won = not isinstance(registration().open_account(application, f"{marker}{number}", NEW), Refusal)
            if won:
                db.session.commit()
            else:
                db.session.rollback()
            return won

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(attempt, range(50))) == 1


def test_messages_to_one_address_are_limited(site: Site) -> None:
    """Nobody fills a stranger's mailbox: five messages an hour for an address, whoever asks."""
    contact = address()
    statuses = [begun(site, contact).page.status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_the_user_name_is_told_on_the_page_and_in_the_first_message(site: Site, office: Office) -> None:
    """As it is stored; and nobody who has just opened an account is warned of a new sign-in."""
    visitor = named(site, office, address())
    username = f"Umu.{next(_numbers)}"
    visitor.submit("/account", username=username, password=NEW)
    assert visitor.title.startswith("Your account is open")
    assert f">{username.casefold()}</strong>" in visitor.page.text
    (letter,) = office.letters()
    assert letter.notice == "welcome"
    assert letter.parameters["username"] == username.casefold()


def test_the_code_still_works_when_no_more_are_sent(site: Site, office: Office) -> None:
    """After too many messages the page asks to wait for another one, and keeps the field for the one that came."""
    visitor = begun(site, address())
    code = office.code("email")
    assert [visitor.submit("/send").status_code for _ in range(5)] == [200] * 4 + [429]
    assert visitor.page.headers["Retry-After"]
    assert "account is not blocked" not in visitor.page.text
    visitor.submit("/code", code=code)
    assert visitor.title.startswith("What is your name?")


def test_whoever_must_wait_before_the_first_code_is_told_of_no_account(site: Site) -> None:
    """They have none yet."""
    contact = address()
    pages = [begun(site, contact).page for _ in range(6)]
    assert pages[-1].status_code == 429
    assert "account is not blocked" not in pages[-1].text
