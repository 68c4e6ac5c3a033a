"""What becomes of an appeal: forward only, whatever else happens to the suspension, and not by one person twice."""

import re
import threading

import pytest
from sqlalchemy import delete, select, text

from enrollment.centres import Role
from enrollment.register import Status, Statuses
from enrollment.standing.models import AppealRow, SuspensionRow
from enrollment.web.standing_rooms import appeals, register, returns
from idp.keys.models import PersonKeyRow
from idp.outbox.models import MessageRow
from idp.web.extensions import db
from idp.web.rooms import trail
from tests.factories.floor import Floor
from tests.factories.records import Citizen, citizen, employed, letter_of, status_of, suspended
from tests.factories.visitors import Visitor

pytestmark = pytest.mark.integration


@pytest.fixture
def one(floor: Floor) -> Citizen:
    """Somebody with a number and an account."""
    return citizen(floor)


def shown(floor: Floor, reference: str, code: str, words: str | None = None) -> str:
    """The citizen's page, from an address of their own; with what they say, where they say something."""
    visitor: Visitor = floor.site.visitor()
    visitor.get("/appeal")
    visitor.submit("/appeal", reference=reference, letter_code=code)
    if words is not None:
        visitor.submit("/appeal", words=words)
    return visitor.page.text


def said(floor: Floor, one: Citizen) -> list[str | None]:
    """What came of each appeal of somebody, oldest first."""
    with floor.site.app.test_request_context():
        wanted = select(AppealRow.decision).join(SuspensionRow, SuspensionRow.id == AppealRow.suspension_id)
        wanted = wanted.where(SuspensionRow.person_id == one.person_id).order_by(AppealRow.made_at)
        return list(db.session.scalars(wanted))


def test_what_was_granted_is_agreed_to_or_kept_and_never_waits_again(floor: Floor, one: Citizen) -> None:
    """Whoever granted it cannot take that back; a second who says no keeps it, and the person reads that and when."""
    registrar, second, third = (floor.member(Role.REGISTRAR) for _ in range(3))
    reference, code, address = suspended(floor, registrar, one)
    shown(floor, reference, code, "It was my sister.")
    assert second.send(address, decision="granted").status_code == 303
    assert 'value="take_back"' not in second.get(address).text
    late = second.send(address, decision="take_back")
    assert (late.status_code, "is not taken back" in late.text) == (409, True)
    own = registrar.send(address, decision="decline")
    assert (own.status_code, "ENR-FOUREYES" in own.text) == (409, True)
    assert 'value="decline"' not in registrar.get(address).text
    assert said(floor, one) == ["granted"]
    assert third.send(address, decision="decline").status_code == 303
    assert said(floor, one) == ["kept"]
    assert third.send(address, decision="decline").status_code == 409
    page = shown(floor, reference, code)
    assert "It stays suspended" in page
    assert "from" in page
    assert 'name="words"' not in page
    floor.site.clock.advance(31 * 86_400)
    assert 'name="words"' in shown(floor, reference, code)


def test_a_return_for_another_reason_settles_what_waits(floor: Floor, one: Citizen) -> None:
    """Nothing is left to decide about a record that is in use again."""
    registrar, second = floor.member(Role.REGISTRAR), floor.member(Role.REGISTRAR)
    reference, code, address = suspended(floor, registrar, one)
    shown(floor, reference, code, "It was my sister.")
    registrar.send(address, decision="ask", why="in_error")
    assert second.send(address, decision="approve").status_code == 303
    assert said(floor, one) == ["settled"]
    assert second.send(address, decision="kept").status_code == 409
    assert said(floor, one) == ["settled"]
    assert "given back for another reason" in second.get(address).text
    rows = floor.site.audit(event="person.appeal_decided", subscriber_id=one.id)
    assert [row.body["decision"] for row in rows] == ["settled"]


def test_an_appeal_in_the_moment_of_the_return_waits_for_nobody(floor: Floor, one: Citizen) -> None:
    """Whoever sends it while a registrar gives the record back waits for that, and hears that it is over."""
    registrar, second = floor.member(Role.REGISTRAR), floor.member(Role.REGISTRAR)
    reference, code, address = suspended(floor, registrar, one)
    registrar.send(address, decision="ask", why="in_error")
    with floor.site.app.test_request_context():
        row = db.session.scalars(select(SuspensionRow).where(SuspensionRow.person_id == one.person_id)).one()
        actor = floor.country().actor(second.id)
        assert not hasattr(returns().approve(actor, row.id), "code")
        held = db.session.scalar(text("select pg_backend_pid()"))
        outcome: list[object] = []
        sender = threading.Thread(target=lambda: outcome.append(_sent(floor, reference, code)))
        sender.start()
        _until_blocked(floor, int(held or 0))
        db.session.commit()
        sender.join()
    assert outcome == ["suspension"]
    assert said(floor, one) == []
    assert status_of(floor, one) is Status.ACTIVE


def _sent(floor: Floor, reference: str, code: str) -> str:
    with floor.site.app.test_request_context():
        made = appeals().make(reference, code, "It was my sister.")
        db.session.commit()
        return getattr(made, "about", "made")


def _until_blocked(floor: Floor, by: int) -> None:
    """Somebody waits for this connection."""
    waits = text("select exists (select from pg_locks where not granted and :by = any (pg_blocking_pids(pid)))")
    with floor.site.app.app_context(), db.engine.connect() as watcher:
        while not watcher.scalar(waits, {"by": by}):
            watcher.rollback()


def test_four_eyes_are_two_people_not_two_accounts(floor: Floor, one: Citizen) -> None:
    """A second account of one person is the same pair of eyes: at a return, at an appeal, and at the letter."""
    owner = citizen(floor)
    first, again = (employed(floor, floor.member(Role.REGISTRAR), owner) for _ in range(2))
    reference, code, address = suspended(floor, first, one)
    assert again.send(f"{address}/letter").status_code == 409
    shown(floor, reference, code, "It was my sister.")
    assert again.send(address, decision="kept").status_code == 409
    first.send(address, decision="ask", why="settled")
    assert again.send(address, decision="approve").status_code == 409
    assert status_of(floor, one) is Status.SUSPENDED
    other = floor.member(Role.REGISTRAR)
    assert other.send(address, decision="approve").status_code == 303


def test_who_is_no_registrar_any_more_has_asked_for_nothing(floor: Floor, one: Citizen) -> None:
    """It can only be declined, and asked for anew."""
    registrar, second = floor.member(Role.REGISTRAR), floor.member(Role.REGISTRAR)
    _, _, address = suspended(floor, registrar, one)
    registrar.send(address, decision="ask", why="settled")
    floor.end_roles(registrar)
    refused = second.send(address, decision="approve")
    assert (refused.status_code, "no registrar any more" in refused.text) == (409, True)
    assert status_of(floor, one) is Status.SUSPENDED
    assert second.send(address, decision="decline").status_code == 303


def test_nobody_opens_the_suspension_of_their_own_people(floor: Floor, one: Citizen) -> None:
    """ENR-OWN, and not a word of the appeal; of everybody else the person sees who read it."""
    registrar, second = floor.member(Role.REGISTRAR), floor.member(Role.REGISTRAR)
    reference, code, address = suspended(floor, registrar, one)
    before = len(floor.site.audit(event="record.read", subscriber_id=one.id))
    second.get(address)
    assert len(floor.site.audit(event="record.read", subscriber_id=one.id)) == before
    shown(floor, reference, code, "It was my sister.")
    assert "my sister" in second.get(address).text
    rows = floor.site.audit(event="record.read", subscriber_id=one.id)
    assert [(row.actor, row.body["purpose"]) for row in rows[before:]] == [(str(second.id), "appeal")]
    own = employed(floor, floor.member(Role.REGISTRAR), one)
    page = own.get(address)
    assert (page.status_code, "ENR-OWN" in page.text, "my sister" in page.text) == (403, True, False)


def test_the_person_is_told_that_the_letter_was_printed_again(floor: Floor) -> None:
    """At every address of theirs: the code that they hold is worth nothing, and they did not ask for it, perhaps."""
    one = citizen(floor, reached=True)
    _, _, address = suspended(floor, floor.member(Role.REGISTRAR), one)
    told = _messages(floor, one)
    printed = floor.member(Role.REGISTRAR).send(f"{address}/letter")
    assert re.fullmatch(r"[0-9A-Z-]+", letter_of(printed.text)[1])
    assert _messages(floor, one) == told + 1


@pytest.mark.parametrize("status", [Status.DECEASED, Status.ERASED])
def test_nothing_is_written_for_who_is_gone(floor: Floor, one: Citizen, status: Status) -> None:
    """No appeal, no decision, no letter: what is sealed anew would bring a key of somebody who was erased back."""
    registrar, second = floor.member(Role.REGISTRAR), floor.member(Role.REGISTRAR)
    reference, code, address = suspended(floor, registrar, one)
    shown(floor, reference, code, "It was my sister.")
    with floor.site.app.test_request_context():
        Statuses(db.session(), floor.site.services.clock, trail()).move(one.person_id, status, "test")
        person = register().get(one.person_id)
        assert person is not None
        db.session.execute(delete(PersonKeyRow).where(PersonKeyRow.person_id == person.subject_key_id))
        made = appeals().make(reference, code, "Still.")
        db.session.commit()
        assert getattr(made, "about", "made") == ("letter" if status is Status.ERASED else "suspension")
    for sent in ({"decision": "granted"}, {"decision": "ask", "why": "settled"}):
        refused = second.send(address, **sent)
        assert (refused.status_code, "somebody who died" in refused.text) == (409, True)
    assert second.send(f"{address}/letter").status_code == 409
    assert said(floor, one) == [None]
    with floor.site.app.app_context():
        wanted = select(PersonKeyRow.purpose).where(PersonKeyRow.person_id == person.subject_key_id)
        assert db.session.scalars(wanted).all() == []


def _messages(floor: Floor, one: Citizen) -> int:
    with floor.site.app.test_request_context():
        wanted = select(MessageRow.id).where(MessageRow.subscriber_id == one.id, MessageRow.notice == "life_event")
        return len(db.session.scalars(wanted).all())
