"""After "this was not me": the owner gets a new password at once, and nobody gets anything else."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import select, update

from idp.authorization.disowning import Disowned
from idp.errors import Refusal
from idp.outbox import Channel
from idp.selfservice.models import ContactChangeRow
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from idp.web.rooms import disown
from idp.web.selfservice_rooms import contact_changes
from tests.factories.mail import Letter, letters
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Person, Site
from tests.integration.web.recovering import DAY, NEW, Bureau

pytestmark = pytest.mark.integration

PAGE = "/account/password"
LOCKED = "Changes are locked for now - WanGov ID"
CLOSED = (
    "/account/details/contact/email",
    "/account/methods/totp",
    "/account/methods/recovery-codes",
    "/account/passkeys/add",
    "/account/close",
    "/account/helping/offer/carer",
)


@pytest.fixture
def bureau(site: Site) -> Bureau:
    """The site with its worker."""
    return Bureau(site)


def at(site: Site, person: Person, visitor: Visitor, path: str = "/account") -> Visitor:
    """The browser, signed in on this page; each code generator's code is good once."""
    site.clock.advance(60)
    visitor.get("/signin")
    site.sign_in(visitor, person)
    visitor.get(path)
    return visitor


def last_session(site: Site, person: Person) -> UUID:
    """The session that began last."""
    started = site.audit(subscriber_id=person.id, event="session.started")[-1].session_id
    assert started is not None
    return started


def not_me(site: Site, person: Person, session_id: UUID | None) -> Disowned:
    """The owner follows the link of a notice."""
    with site.app.app_context():
        done = disown(person.id, session_id)
        db.session.commit()
    return done


def attacked(site: Site, person: Person) -> tuple[Visitor, Visitor]:
    """The owner's browser, known for a month, and that of a stranger who signed in and was shut out."""
    home, stranger = at(site, person, site.visitor()), site.visitor()
    site.clock.advance(30 * DAY)
    at(site, person, stranger)
    not_me(site, person, last_session(site, person))
    return home, stranger


def opens(site: Site, person: Person, password: str) -> bool:
    """Does this password get over the first page?"""
    visitor = site.visitor()
    visitor.get("/signin")
    visitor.submit("/password", identifier=person.username, password=password)
    return not visitor.title.startswith("Error")


def mail(site: Site, person: Person, notice: str) -> list[Letter]:
    """What was written to the person under this name."""
    with site.app.app_context():
        return [letter for letter in letters(site.services, db.session(), person.id) if letter["notice"] == notice]


def test_the_owner_sets_a_password_at_once(site: Site) -> None:
    """A second factor on a device known before, and the present password: then the old one is worth nothing."""
    person = site.person(totp=True, email="a@mail.example", email_verified=True)
    home, _ = attacked(site, person)
    at(site, person, home, PAGE)
    assert "The password is all that can be changed now" in home.page.text
    home.submit(PAGE, present=PASSWORD, password=NEW)
    assert home.path == "/account/methods"
    assert opens(site, person, NEW)
    assert not opens(site, person, PASSWORD)
    assert len(mail(site, person, "password_changed")) == 1


def test_everything_else_stays_locked_for_the_owner_too(site: Site) -> None:
    """Contacts, ways to sign in, copy, closing and mandates wait; the page says so, and leads to the password."""
    person = site.person(totp=True, email="a@mail.example", email_verified=True)
    home, _ = attacked(site, person)
    at(site, person, home, PAGE)
    home.submit(PAGE, present=PASSWORD, password=NEW)
    for address in CLOSED:
        home.get(address)
        assert (home.page.status_code, home.title) == (403, LOCKED), address
    assert PAGE in home.links()
    home.get("/account/data")
    home.submit("/account/data/ask")
    assert (home.page.status_code, home.title) == (403, LOCKED)
    site.clock.advance(3 * DAY)
    visitor = site.visitor()
    visitor.get("/account/methods/totp")
    visitor.submit("/password", identifier=person.username, password=NEW)
    visitor.submit("/code", code=site.code(person))
    assert visitor.page.status_code == 200


def test_a_password_alone_gains_nothing(site: Site) -> None:
    """Whoever knows the password but has no device of the owner's meets the locked page, with and without codes."""
    plain, strong = site.person(), site.person(totp=True)
    for person in (plain, strong):
        _, stranger = attacked(site, person)
        for visitor in (stranger, site.visitor()):
            at(site, person, visitor, PAGE)
            assert (visitor.page.status_code, visitor.title) == (403, LOCKED)
            assert PAGE not in visitor.links()
            assert "/recover" in visitor.links()


def test_a_password_on_the_known_device_is_not_enough(site: Site) -> None:
    """Somebody without any second factor is led to the recovery, on every device."""
    person = site.person()
    home, _ = attacked(site, person)
    at(site, person, home, PAGE)
    assert (home.page.status_code, home.title) == (403, LOCKED)


def test_a_session_alone_gains_nothing(site: Site) -> None:
    """Taken over with all its cookies, it is asked for the present password, which counts like any guess."""
    person = site.person(totp=True)
    home, _ = attacked(site, person)
    at(site, person, home, PAGE)
    assert home.submit(PAGE, password=NEW).status_code == 400
    for _ in range(5):
        assert home.submit(PAGE, present="not the old one at all", password=NEW).status_code == 400
        assert "This is not your present password" in home.page.text
    assert home.submit(PAGE, present=PASSWORD, password=NEW).status_code == 429
    assert site.events(person).count("signin.failed") == 5
    assert not opens(site, person, NEW)


def test_a_session_without_its_device_gains_nothing(site: Site) -> None:
    """The cookie of the session in another browser, even with the password, is not the device."""
    person = site.person(totp=True)
    home, _ = attacked(site, person)
    at(site, person, home)
    home.drop_cookies("wangov_device")
    assert home.get(PAGE).status_code == 403


def test_the_old_proof_runs_out(site: Site) -> None:
    """Ten minutes after the sign-in the page asks for the whole of it again."""
    person = site.person(totp=True)
    home, _ = attacked(site, person)
    at(site, person, home)
    site.clock.advance(601)
    home.get(PAGE)
    assert home.path.startswith("/signin/")


def test_devices_known_since_the_stranger_came_are_known_no_longer(site: Site) -> None:
    """A stranger who signed in twice keeps no second device by which the password could be set."""
    person = site.person(totp=True)
    at(site, person, site.visitor())
    site.clock.advance(DAY)
    first, second = at(site, person, site.visitor()), None
    told = last_session(site, person)
    second = at(site, person, site.visitor())
    not_me(site, person, told)
    for visitor in (first, second):
        at(site, person, visitor, PAGE)
        assert visitor.page.status_code == 403


def test_a_second_report_does_not_let_in_who_came_between(site: Site) -> None:
    """The hold keeps its beginning: a device that became known under it stays a stranger's."""
    person = site.person(totp=True)
    attacked(site, person)
    between = at(site, person, site.visitor())
    site.clock.advance(60)
    last = at(site, person, site.visitor())
    not_me(site, person, last_session(site, person))
    for visitor in (between, last):
        at(site, person, visitor, PAGE)
        assert visitor.page.status_code == 403


def test_a_hold_of_unknown_beginning_opens_nothing(site: Site) -> None:
    """Placed by hand, without its beginning: no device counts as known before it."""
    person = site.person(totp=True)
    home = at(site, person, site.visitor())
    with site.app.app_context():
        until = site.services.clock.now() + dt.timedelta(days=1)
        db.session.execute(
            update(SubscriberRow).where(SubscriberRow.id == person.id).values(changes_locked_until=until)
        )
        db.session.commit()
    assert home.get(PAGE).status_code == 403


def test_recovery_of_full_worth_sets_a_password(bureau: Bureau) -> None:
    """A printed code and an address, shown under the hold; nothing can be given up as lost meanwhile."""
    site, person = bureau.site, bureau.person(totp=True)
    sheet = bureau.paper(person)
    attacked(site, person)
    visitor = bureau.begin(person)
    visitor.submit("/choose", way="paper")
    visitor.submit("/paper", recovery_code=sheet[0])
    bureau.prove_next(visitor, "email")
    assert "The password is all that can be changed now" in visitor.page.text
    assert 'name="lost"' not in visitor.page.text
    visitor.submit("/password", password=NEW, lost=["app"])
    assert opens(site, person, NEW)
    assert "authenticator.removed" not in site.events(person)


def test_recovery_begun_before_the_hold_sets_none(bureau: Bureau) -> None:
    """A case of the stranger's, ready when the owner followed the link, is refused with the way on."""
    site, person = bureau.site, bureau.person(totp=True)
    sheet = bureau.paper(person)
    visitor = bureau.begin(person)
    visitor.submit("/choose", way="paper")
    visitor.submit("/paper", recovery_code=sheet[0])
    bureau.prove_next(visitor, "email")
    form = visitor.form("/password")
    site.clock.advance(60)
    not_me(site, person, None)
    assert form
    assert visitor.submit("/password", password=NEW).status_code == 403
    assert visitor.title == LOCKED
    assert opens(site, person, PASSWORD)


def test_recovery_by_an_address_of_yesterday_sets_none(bureau: Bureau) -> None:
    """Who changed the address before the hold does not get the password through it."""
    site, person = bureau.site, bureau.person(totp=True)
    sheet = bureau.paper(person)
    stranger = at(site, person, site.visitor(), "/account/details/contact/email")
    stranger.submit("/contact/email", value="stranger@mail.example")
    stranger.submit(stranger.path, code=mail(site, person, "code")[-1]["code"])
    site.clock.advance(DAY)
    not_me(site, person, last_session(site, person))
    visitor = bureau.begin(person)
    visitor.submit("/choose", way="paper")
    visitor.submit("/paper", recovery_code=sheet[0])
    bureau.letters()
    visitor.submit("/choose", way="email")
    visitor.submit("/email", code=bureau.code("email"))
    assert (visitor.page.status_code, visitor.title) == (403, LOCKED)


def test_a_rung_below_the_level_sets_none(bureau: Bureau) -> None:
    """Two addresses are worth level 1: for an account of level 2 the hold stays."""
    site, person = bureau.site, bureau.person(ial=2)
    not_me(site, person, None)
    visitor = bureau.begin(person)
    bureau.prove_first(visitor, "email")
    bureau.prove_next(visitor, "sms")
    assert opens(site, person, PASSWORD)
    assert not visitor.title.startswith("Set your new password")


def test_a_removed_contact_comes_back_by_its_link(site: Site) -> None:
    """The notice goes to the removed address too; its link restores it, once, and shuts out whoever removed it."""
    person = site.person(
        totp=True,
        email="old@mail.example",
        email_verified=True,
        phone_number="+23276000002",
        phone_number_verified=True,
    )
    visitor = at(site, person, site.visitor(), "/account/details/contact/email")
    visitor.submit("/remove")
    told = mail(site, person, "contact_removed")
    assert {letter["to"] for letter in told} == {"old@mail.example", "+23276000002"}
    assert len({letter["link"] for letter in told}) == 1
    owner = site.visitor()
    owner.get(f"/notice/{told[0]['link']}")
    assert "Put your old contact details back?" in owner.title
    owner.submit(f"/notice/{told[0]['link']}")
    assert "Your old contact details are back" in owner.title
    with site.app.app_context():
        from idp.web.rooms import directory

        claims = directory().profile(person.id)
    assert (claims["email"], claims["email_verified"]) == ("old@mail.example", True)
    assert visitor.get("/account", follow=False).status_code == 303
    owner.get(f"/notice/{told[0]['link']}")
    assert owner.page.status_code == 404


def test_a_removal_is_final_after_three_days(site: Site) -> None:
    """The link is over with its time, and so is the change, whatever link names it."""
    person = site.person(
        totp=True,
        email="old@mail.example",
        email_verified=True,
        phone_number="+23276000003",
        phone_number_verified=True,
    )
    visitor = at(site, person, site.visitor(), "/account/details/contact/email")
    visitor.submit("/remove")
    site.clock.advance(3 * DAY + 1)
    visitor.get(f"/notice/{mail(site, person, 'contact_removed')[0]['link']}")
    assert visitor.page.status_code == 404
    with site.app.app_context():
        (change,) = db.session.scalars(select(ContactChangeRow.id).where(ContactChangeRow.subscriber_id == person.id))
        assert isinstance(contact_changes().stop(person.id, change), Refusal)


def test_a_change_is_undone_once_by_fifty_at_once(site: Site) -> None:
    """Of fifty that undo one removal at the same moment, one does."""
    person = site.person(
        totp=True,
        email="old@mail.example",
        email_verified=True,
        phone_number="+23276000004",
        phone_number_verified=True,
    )
    with site.app.app_context():
        assert contact_changes().remove(person.id, Channel.EMAIL) is None
        db.session.commit()
        (change,) = db.session.scalars(select(ContactChangeRow.id).where(ContactChangeRow.subscriber_id == person.id))
    barrier = threading.Barrier(4)

    def race(first: int) -> int:
        barrier.wait()
        found = 0
        for _ in range(first, 50, 4):
            with site.app.app_context():
                found += not isinstance(contact_changes().stop(person.id, change), Refusal)
                db.session.commit()
        return found

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(race, range(4))) == 1
