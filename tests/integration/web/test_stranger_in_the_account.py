"""Somebody who has the password was in the account: what they began there does not outlive "this was not me"."""

import json
import threading
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from idp.authenticators.models import PasskeyRow, RecoveryCodeRow
from idp.authenticators.passkey_store import NewPasskey
from idp.cli.selfservice_tasks import close_due
from idp.errors import Code, Refusal
from idp.outbox import Channel
from idp.representation import Mandate, Power, Side
from idp.representation.mandate import State
from idp.selfservice.closing import Closing
from idp.sessions.models import DeviceRow
from idp.subscribers.models import SubscriberRow
from idp.web.code_rooms import totp
from idp.web.extensions import db
from idp.web.representation_rooms import acting, mandates
from idp.web.rooms import directory, disown, passkey_store
from idp.web.selfservice_rooms import closings, contact_changes, corrections
from tests.factories.mail import Letter, letters
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import Person, Site
from tests.integration.web.recovering import DAY, NEW, Bureau

pytestmark = pytest.mark.integration
PAGE = "/account/password"
CONTACT: dict[str, Any] = {"email": "owner@mail.example", "email_verified": True}


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


def not_me(site: Site, person: Person, session_id: uuid.UUID | None) -> None:
    """The owner follows the link of a notice."""
    with site.app.app_context():
        disown(person.id, session_id)
        db.session.commit()


def last_session(site: Site, person: Person) -> uuid.UUID:
    """The session that began last."""
    started = site.audit(subscriber_id=person.id, event="session.started")[-1].session_id
    assert started is not None
    return started


def told(site: Site, person: Person, notice: str) -> list[Letter]:
    """What was written to the person under this name."""
    with site.app.app_context():
        return [letter for letter in letters(site.services, db.session(), person.id) if letter["notice"] == notice]


def closing_of(site: Site, person: Person) -> None:
    """Ask for the account to be closed."""
    with site.app.app_context():
        assert isinstance(closings().ask(person.id), Closing)
        db.session.commit()


def state_after_work(site: Site, person: Person) -> str:
    """The account's state, once the worker has looked at what is due."""
    with site.app.app_context():
        close_due()
        found = directory().get(person.id)
        assert found is not None
        return found.state.value


def hold(site: Site, person: Person, hours: float) -> None:
    """Changes are held for so long from now."""
    now = site.services.clock.now()
    with site.app.app_context():
        held = update(SubscriberRow).where(SubscriberRow.id == person.id)
        db.session.execute(held.values(changes_locked_at=now, changes_locked_until=now + timedelta(hours=hours)))
        db.session.commit()


def test_not_me_stops_a_closing_and_tells(site: Site) -> None:
    """A closing that a stranger asked for is stopped for good, and its owner hears of it."""
    person = site.person(**CONTACT)
    at(site, person, site.visitor())
    session_id = last_session(site, person)
    closing_of(site, person)
    not_me(site, person, session_id)
    assert [row.body["by"] for row in site.audit(subscriber_id=person.id, event="closing.stopped")] == ["not_me"]
    assert [letter["to"] for letter in told(site, person, "closing_stopped")] == ["owner@mail.example"]
    site.clock.advance(4 * DAY)
    assert state_after_work(site, person) == "active"


def test_a_finished_recovery_stops_a_closing(bureau: Bureau) -> None:
    """Whoever has the account back keeps it, whatever was asked for before."""
    person = bureau.person()
    sheet = bureau.paper(person)
    closing_of(bureau.site, person)
    visitor = bureau.begin(person)
    visitor.submit("/choose", way="paper")
    visitor.submit("/paper", recovery_code=sheet[0])
    bureau.prove_next(visitor, "email")
    visitor.submit("/password", password=NEW)
    assert visitor.title.startswith("Your new password is set")
    bureau.site.clock.advance(2 * DAY)
    assert state_after_work(bureau.site, person) == "active"
    stopped = bureau.site.audit(subscriber_id=person.id, event="closing.stopped")
    assert [row.body["by"] for row in stopped] == ["recovery"]


def test_a_hold_postpones_a_closing(site: Site) -> None:
    """Nothing is erased while changes are held; afterwards it is."""
    person = site.person(**CONTACT)
    closing_of(site, person)
    hold(site, person, 72)
    site.clock.advance(2 * DAY)
    assert state_after_work(site, person) == "active"
    site.clock.advance(2 * DAY)
    assert state_after_work(site, person) == "erased"


def test_an_open_recovery_postpones_a_closing(bureau: Bureau) -> None:
    """Nothing is erased while somebody who proved something gets back in; afterwards it is."""
    site, person = bureau.site, bureau.person()
    closing_of(site, person)
    site.clock.advance(DAY - 300)
    bureau.prove_first(bureau.begin(person), "email")
    site.clock.advance(600)
    assert state_after_work(site, person) == "active"
    site.clock.advance(2 * 3600)
    assert state_after_work(site, person) == "erased"


def test_the_older_of_two_strange_devices_opens_nothing(site: Site) -> None:
    """The owner answers the newest notice: the stranger's other device and own app are no proof of the owner."""
    person = site.person(**CONTACT)
    home = at(site, person, site.visitor())
    site.clock.advance(30 * DAY)
    first = at(site, person, site.visitor())
    with site.app.app_context():
        bound = totp().bind(person.id, person.username)
        db.session.commit()
    armed = replace(person, secret=bound.secret)
    site.clock.advance(7200)
    at(site, armed, site.visitor())
    not_me(site, person, last_session(site, person))
    for visitor in (first, home):  # the owner's device, too: the app that was shown there is not surely theirs
        at(site, armed, visitor, PAGE)
        assert visitor.page.status_code == 403, visitor.title


def mandate_by_stranger(site: Site, owner: Person, accomplice: Person) -> Mandate:
    """An accomplice invites, a stranger says yes in the owner's name."""
    with site.app.app_context():
        invited = mandates().invite(accomplice.id, Side.CARER, frozenset({Power.VIEW}), 365)
        assert not isinstance(invited, Refusal)
        made = mandates().accept(owner.id, invited.code)
        assert isinstance(made, Mandate), made
        db.session.commit()
    return made


def confirmed(site: Site, accomplice: Person, made: Mandate) -> Mandate | Refusal:
    """The accomplice's second yes."""
    with site.app.app_context():
        outcome = mandates().confirm(accomplice.id, made.id)
        db.session.commit()
    return outcome


def test_both_people_hear_of_a_mandate(site: Site) -> None:
    """Whoever says yes is told too, and the represented person when it is in force."""
    owner, accomplice = site.person(**CONTACT), site.person(email="other@mail.example", email_verified=True)
    made = mandate_by_stranger(site, owner, accomplice)
    assert len(told(site, owner, "mandate_agreed")) == 1
    assert len(told(site, accomplice, "mandate_proposed")) == 1
    assert isinstance(confirmed(site, accomplice, made), Mandate)
    assert len(told(site, owner, "mandate_agreed")) == 2


@pytest.mark.parametrize("in_force", [True, False])
def test_not_me_ends_the_mandates_of_that_time(site: Site, *, in_force: bool) -> None:
    """A yes that a stranger gave ends with their sign-in, proposed or in force; both hear of it."""
    owner, accomplice = site.person(**CONTACT), site.person(email="other@mail.example", email_verified=True)
    at(site, owner, site.visitor())
    site.clock.advance(60)
    made = mandate_by_stranger(site, owner, accomplice)
    if in_force:
        assert isinstance(confirmed(site, accomplice, made), Mandate)
    not_me(site, owner, last_session(site, owner))
    with site.app.app_context():
        found = mandates().find(owner.id, made.id)
        assert isinstance(found, Mandate)
        assert found.state is State.ENDED
        assert acting().may(accomplice.id, made.id, Power.VIEW) == Refusal(Code.MANDATE_STATE, "ended")
    assert len(told(site, owner, "mandate_ended")) == len(told(site, accomplice, "mandate_ended")) == 1


def test_a_doubtful_yes_opens_nothing_under_a_hold(site: Site) -> None:
    """A yes of the week before is neither confirmed nor used while changes are held; one of long ago is."""
    owner, old, new = (site.person(email=f"{name}@mail.example", email_verified=True) for name in "abc")
    standing = mandate_by_stranger(site, owner, old)
    assert isinstance(confirmed(site, old, standing), Mandate)
    site.clock.advance(8 * DAY)
    waiting, active = mandate_by_stranger(site, owner, new), mandate_by_stranger(site, owner, site.person())
    assert isinstance(confirmed(site, replace(new, id=active.carer_id), active), Mandate)
    hold(site, owner, 72)
    refused = confirmed(site, new, waiting)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.MANDATE_STATE
    with site.app.app_context():
        assert acting().may(active.carer_id, active.id, Power.VIEW) == Refusal(Code.MANDATE_STATE, "held")
        assert isinstance(acting().may(old.id, standing.id, Power.VIEW), Mandate)


def proposed(site: Site, person: Person, made: Mandate | None, claim: str = "gender") -> uuid.UUID | Refusal:
    """A correction, under a mandate or the person's own."""
    with site.app.app_context():
        under = None if made is None else made.id
        outcome = corrections().propose(person.id, claim, f"x{uuid.uuid4().hex}", "So it is.", mandate_id=under)
        db.session.commit()
    return outcome


def states(site: Site, person: Person) -> list[str]:
    """What became of the proposals, oldest first."""
    with site.app.app_context():
        return [one.state for one in reversed(corrections().list_for(person.id))]


def test_a_carers_corrections_do_not_stand_in_the_owners_way(site: Site) -> None:
    """The owner's own takes the place of a carer's about the same detail, and has a month's number of its own."""
    owner, carer = site.person(**CONTACT), site.person()
    made = mandate_by_stranger(site, owner, carer)
    for _ in range(9):
        first = proposed(site, owner, made)
        assert isinstance(first, uuid.UUID)
        with site.app.app_context():
            assert corrections().withdraw(owner.id, first) is None
            db.session.commit()
        site.clock.advance(1)
    assert isinstance(proposed(site, owner, made), uuid.UUID)
    site.clock.advance(1)
    assert isinstance(proposed(site, owner, made, "birthdate"), Refusal)
    assert isinstance(proposed(site, owner, None), uuid.UUID)
    assert states(site, owner) == ["withdrawn"] * 10 + ["open"]


@pytest.mark.parametrize("by_owner", [True, False])
def test_a_carers_corrections_end_with_the_mandate(site: Site, *, by_owner: bool) -> None:
    """Ended by a button, or because a stranger agreed to it: what was proposed under it is taken back."""
    owner, carer = site.person(**CONTACT), site.person()
    visitor = at(site, owner, site.visitor())
    made = mandate_by_stranger(site, owner, carer)
    assert isinstance(confirmed(site, carer, made), Mandate)
    assert isinstance(proposed(site, owner, made), uuid.UUID)
    if by_owner:
        visitor.get(f"/account/helping/{made.id}/end")
        visitor.submit("/end")
    else:
        not_me(site, owner, last_session(site, owner))
    assert states(site, owner) == ["withdrawn"]


def test_an_address_that_is_taken_away_is_told(site: Site) -> None:
    """Whoever reads the mailbox undoes the owner's new number: the number hears of it."""
    person = site.person(**CONTACT)
    number = "+23276000777"
    with site.app.app_context():
        begun = contact_changes().begin(person.id, Channel.SMS, number, "en")
        assert not isinstance(begun, Refusal), begun
        db.session.commit()
    code = told(site, person, "code")[-1]["code"]
    with site.app.app_context():
        assert not isinstance(contact_changes().prove(person.id, begun.id, code), Refusal)
        assert contact_changes().stop(person.id, begun.id) is Channel.SMS
        db.session.commit()
    assert number in {letter["to"] for letter in told(site, person, "contact_undone")}


def test_a_new_link_of_staff_ends_the_lost_passkeys(site: Site) -> None:
    """Somebody who lost every passkey gets to add one with the new link; `--keep-passkeys` removes none."""
    runner = site.app.test_cli_runner()
    document = json.dumps({"username": "officer.lost", "email": "officer@mail.example", "email_verified": True})
    made = json.loads(runner.invoke(args=["staff", "create", "--json"], input=document).output)
    officer = uuid.UUID(made["id"])
    held = NewPasskey(b"c" * 32, b"u" * 32, b"k" * 70, 0, uuid.UUID(int=0), (), "none", False, False)
    with site.app.app_context():
        assert isinstance(passkey_store().add(officer, held, "Lost"), uuid.UUID)
        db.session.commit()
    kept = json.loads(runner.invoke(args=["staff", "activate", made["id"], "--keep-passkeys", "--json"]).output)
    again = json.loads(runner.invoke(args=["staff", "activate", made["id"], "--json"]).output)
    assert (kept["passkeys_removed"], again["passkeys_removed"]) == (0, 1)
    with site.app.app_context():
        assert db.session.scalars(select(PasskeyRow.id).where(PasskeyRow.subscriber_id == officer)).all() == []
    assert len(site.audit(subscriber_id=officer, event="authenticator.removed")) == 1
    visitor = site.visitor()
    address = again["activation_url"].partition("8000")[2]
    visitor.get(address)
    visitor.submit()
    assert (visitor.page.status_code, visitor.path) == (200, "/account/passkeys/add"), visitor.title


def test_a_found_session_strikes_off_no_browser(site: Site) -> None:
    """To have a browser forgotten one shows anew who one is; the page comes back to the list."""
    person = site.person(totp=True)
    at(site, person, site.visitor())
    thief = at(site, person, site.visitor(), "/account/devices")
    site.clock.advance(601)
    thief.submit("/forget")
    assert thief.path.startswith("/signin/")
    with site.app.app_context():
        known = select(DeviceRow.id).where(DeviceRow.subscriber_id == person.id, DeviceRow.revoked_at.is_(None))
        assert len(db.session.scalars(known).all()) == 2
    site.sign_in(thief, person)
    assert thief.path == "/account/devices"


def test_a_change_under_way_when_the_hold_begins_is_not_made(site: Site) -> None:
    """Of "this was not me" and a change at the same moment the second finds what the first did."""
    person = site.person(totp=True, **CONTACT)
    visitor = at(site, person, site.visitor(), "/account/methods/recovery-codes")
    now = site.services.clock.now()
    with site.app.app_context(), db.engine.connect() as other:
        held = update(SubscriberRow).where(SubscriberRow.id == person.id)
        other.execute(held.values(changes_locked_at=now, changes_locked_until=now + timedelta(hours=72)))
        posting = threading.Thread(target=visitor.submit, args=("/recovery-codes",))
        posting.start()
        waiting = text("select count(*) from pg_locks where not granted and database = (select oid from pg_database "
                       "where datname = current_database()) or not granted and locktype = 'transactionid'")  # fmt: skip
        while posting.is_alive() and not other.scalar(waiting):
            posting.join(0.01)
        other.commit()
        posting.join(60)
        assert not posting.is_alive()
        codes = select(RecoveryCodeRow.digest).where(RecoveryCodeRow.subscriber_id == person.id)
        assert db.session.scalars(codes).all() == []
    assert visitor.page.status_code == 403
