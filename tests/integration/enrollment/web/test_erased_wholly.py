"""What goes with a record that is erased and names nobody in its row; who hears of it last; one that fails."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from enrollment.adjudication.models import AdjudicationRow
from enrollment.capture.models import SampleRow
from enrollment.cases.models import ApplicationRow, SectionRow
from enrollment.centres import Role
from enrollment.cli.erasing import erase_due
from enrollment.deduplication.models import HitRow, SearchRow
from enrollment.erasure.models import ErasureRow
from enrollment.gallery.models import GalleryEntryRow
from enrollment.register import Status
from enrollment.register.models import PersonAccountRow
from enrollment.storage.kinds import Kind
from enrollment.storage.models import StoredObjectRow
from enrollment.storage.placing import Leavings, Left, Placed
from enrollment.web.rooms import EXAMINER, OBJECTS, vault
from idp.keys.models import PersonKeyRow
from idp.outbox.message import Channel
from idp.outbox.models import MessageRow
from idp.outbox.outbox import open_content
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from idp.web.letters import Written, write_out
from idp.web.rooms import directory
from tests.factories.captures import WrittenExaminer
from tests.factories.floor import Floor, Member
from tests.factories.records import Citizen, citizen, employed, signed_in, status_of
from tests.factories.register import an_aid
from tests.factories.vaults import Cellar, cellar
from tests.factories.verification import EVERYTHING, FACE, Enroller, shown
from tests.stack import Stack

pytestmark = pytest.mark.integration
WEEK = 7 * 86_400


@pytest.fixture(scope="module", autouse=True)
def stored(stack: Stack, worker: str, floor: Floor) -> Iterator[Cellar]:
    """An object store behind the floor."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: WrittenExaminer()}
        yield held


def applied(floor: Floor, state: str, kind: str = "new", **more: Any) -> tuple[str, uuid.UUID]:
    """An application that led to no record, with a face and somebody's name: its number, and whose keys seal it."""
    shared, aid, owner = floor.site.services, an_aid(), uuid.uuid4()
    now = shared.clock.now()
    values = {"aid": aid, "kind": kind, "state": state, "version": 9, "subject_key_id": owner, "searched": True}
    with floor.site.app.test_request_context():
        held = vault()
        assert held is not None
        db.session.execute(insert(ApplicationRow).values(**values, tries=0, opened_at=now, changed_at=now, **more))
        sealed = {"aid": aid, "name": "person", "status": "ok", "version": 1, "sealed": b"sealed", "savers": []}
        db.session.execute(insert(SectionRow).values(sealed))
        picture = shown(aid)
        captured = {FACE: [(picture, b"face " + picture)]}
        Enroller(db.session(), held, shared.purpose_keys, shared.clock).captured(aid, owner, captured)
        db.session.commit()
    return aid, owner


def found(floor: Floor, aid: str, person_id: uuid.UUID, outcome: str, reason: str) -> None:
    """Adjudicators said whom the search had found."""
    now = floor.site.services.clock.now()
    search = {"aid": aid, "attempt": 7, "begun_at": now, "entered": 1, "ended_at": now, "outcome": "refer"}
    hit = {"aid": aid, "attempt": 7, "rank": 1, "person_id": person_id, "why": "compared", "parts": {}}
    decided = {"aid": aid, "version": 8, "known": False, "appeal": False, "stage": "vote", "rank": 1}
    closed = {"outcome": outcome, "reason": reason, "closed_by": uuid.uuid4(), "closed_at": now}
    with floor.site.app.app_context():
        db.session.execute(insert(SearchRow).values(**search, policy=1))
        db.session.execute(insert(HitRow).values(hit))
        row = decided | closed | {"id": uuid.uuid4(), "since": now, "opened_at": now}
        db.session.execute(insert(AdjudicationRow).values(row))
        db.session.commit()


def asked(floor: Floor, registrar: Member, one: Citizen) -> str:
    """A registrar asks for a record to be erased; where the request is."""
    sent = registrar.send("/staff/records/erase", number=one.nin, ground="law", confirmed="yes")
    assert sent.status_code == 303, sent.text
    with floor.site.app.app_context():
        wanted = select(ErasureRow.id).where(ErasureRow.person_id == one.person_id, ErasureRow.ended_at.is_(None))
        return f"/staff/records/erasures/{db.session.scalars(wanted).one()}"


def erased(floor: Floor, one: Citizen) -> int:
    """Two registrars, a week, and the worker's round."""
    address = asked(floor, floor.member(Role.REGISTRAR), one)
    assert floor.member(Role.REGISTRAR).send(address, decision="approve").status_code == 303
    floor.site.clock.advance(WEEK + 1)
    return carried_out(floor)


def carried_out(floor: Floor) -> int:
    """What the worker does every ten minutes."""
    with floor.site.app.test_request_context():
        return erase_due()


def placed(floor: Floor, owner: uuid.UUID) -> list[Placed]:
    """Where everything is that is stored under these keys."""
    with floor.site.app.app_context():
        rows = db.session.scalars(select(StoredObjectRow).where(StoredObjectRow.owner_id == owner))
        return [Placed(row.id, row.owner_id, Kind(row.kind), row.version, row.store_version) for row in rows]


def what_is_left(floor: Floor, stored: Cellar, aid: str, owner: uuid.UUID, there: list[Placed]) -> dict[str, Any]:
    """Of an application: samples, keys, what was typed, whether it is searched, and what opens in the store."""
    with floor.site.app.test_request_context():
        shared, session = floor.site.services, db.session()
        leavings = Leavings(session, stored.store, shared.sealer, shared.clock)
        searched = select(GalleryEntryRow.id).where(GalleryEntryRow.aid == aid, GalleryEntryRow.removed.is_(None))
        return {
            "samples": len(session.scalars(select(SampleRow.id).where(SampleRow.aid == aid)).all()),
            "keys": len(session.scalars(select(PersonKeyRow.purpose).where(PersonKeyRow.person_id == owner)).all()),
            "typed": session.scalar(select(SectionRow.sealed).where(SectionRow.aid == aid)) is not None,
            "searched": session.scalar(searched) is not None,
            "opens": Left.READABLE in {leavings.of(one) for one in there},
        }


NOTHING = {"samples": 0, "keys": 0, "typed": False, "searched": False, "opens": False}


@pytest.mark.parametrize(
    ("state", "outcome", "reason", "goes"),
    [
        ("rejected_duplicate", "find_duplicate", "honest_retry", True),
        ("rejected_fraud", "find_fraud", "fraud", True),
        ("rejected_duplicate", "find_duplicate", "mix_up", False),
        ("appeal", "find_duplicate", "honest_retry", False),
    ],
)
def test_a_second_application_that_was_refused_goes_with_the_record(
    floor: Floor, stored: Cellar, state: str, outcome: str, reason: str, goes: bool
) -> None:
    """Its face is that person's, though its row names nobody; not where another's was mixed in, or it is disputed."""
    one = citizen(floor, body=EVERYTHING)
    aid, owner = applied(floor, state)
    found(floor, aid, one.person_id, outcome, reason)
    there = placed(floor, owner)
    assert what_is_left(floor, stored, aid, owner, there)["opens"] is True
    assert erased(floor, one) == 1
    assert status_of(floor, one) is Status.ERASED
    after = what_is_left(floor, stored, aid, owner, there)
    assert (after == NOTHING) is goes
    assert after["opens"] is not goes


def test_what_the_account_began_at_home_goes_and_what_is_about_a_child_stays(floor: Floor, stored: Cellar) -> None:
    """A draft that was never brought to a centre; a child's is the child's."""
    one = citizen(floor)
    own, child = (applied(floor, "pre_draft", kind, subscriber_id=one.id) for kind in ("new", "child"))
    others = [placed(floor, owner) for _, owner in (own, child)]
    assert erased(floor, one) == 1
    assert what_is_left(floor, stored, *own, others[0]) == NOTHING
    assert what_is_left(floor, stored, *child, others[1])["opens"] is True


def test_a_body_goes_with_what_was_captured_twice(floor: Floor, stored: Cellar) -> None:
    """Face and fingers of a refused second application too; what was typed in it stays, as the record does."""
    one = citizen(floor, body=EVERYTHING)
    aid, owner = applied(floor, "rejected_duplicate")
    found(floor, aid, one.person_id, "find_duplicate", "honest_retry")
    there, browser = placed(floor, owner), signed_in(floor, one)
    browser.get("/account/body")
    browser.submit("/account/body/erase", sure="erase")
    floor.site.clock.advance(86_401)
    assert carried_out(floor) == 1
    after = what_is_left(floor, stored, aid, owner, there)
    assert after == NOTHING | {"typed": True}


def test_an_account_that_was_only_named_is_let_go(floor: Floor) -> None:
    """The link that nobody claimed is gone with the record, and its account is as it was."""
    linked = citizen(floor, proven=False)
    assert erased(floor, linked) == 1
    with floor.site.app.test_request_context():
        assert db.session.scalar(select(PersonAccountRow).where(PersonAccountRow.subscriber_id == linked.id)) is None
        account = directory().get(linked.id)
        assert account is not None
        assert account.active


def test_the_last_message_goes_out_although_nothing_is_left(floor: Floor) -> None:
    """To the address that was theirs, under the key of the house; it names the proof and nobody."""
    one = citizen(floor, reached=True)
    with floor.site.app.app_context():
        before = set(db.session.scalars(select(MessageRow.id)))
    assert erased(floor, one) == 1
    with floor.site.app.test_request_context():
        rows = db.session.scalars(select(MessageRow).where(MessageRow.id.not_in(before))).all()
        [last] = [row for row in rows if row.notice == "record_erased"]
        assert (last.subscriber_id, last.state, last.sealed is not None) == (None, "waiting", True)
        assert db.session.scalars(select(MessageRow.id).where(MessageRow.subscriber_id == one.id)).all() == []
        erasure_id = db.session.scalars(select(ErasureRow.id).where(ErasureRow.person_id == one.person_id)).one()
        shared = floor.site.services
        sealed = last.sealed or b""
        content = open_content(db.session(), shared.sealer, shared.clock, last.id, None, sealed)
        assert content is not None
        letter = write_out(last.notice, Channel.EMAIL, content, shared.options)
        assert isinstance(letter, Written)
    assert f"/proof/{erasure_id}" in letter.text
    assert "Testa" not in letter.text


def test_two_registrars_are_two_people_in_office(floor: Floor) -> None:
    """Not two accounts of one person; and what was asked for by who is no registrar any more is asked for anew."""
    owner, one = citizen(floor), citizen(floor)
    first, again = (employed(floor, floor.member(Role.REGISTRAR), owner) for _ in range(2))
    address = asked(floor, first, one)
    refused = again.send(address, decision="approve")
    assert (refused.status_code, "ENR-FOUREYES" in refused.text) == (409, True)
    assert 'value="approve"' not in again.get(address).text
    floor.end_roles(first)
    third = floor.member(Role.REGISTRAR)
    refused = third.send(address, decision="approve")
    assert (refused.status_code, "no registrar any more" in refused.text) == (409, True)
    assert third.send(address, decision="stop").status_code == 303
    assert floor.member(Role.REGISTRAR).send(asked(floor, third, one), decision="approve").status_code == 303


def test_one_that_fails_stops_no_other_and_is_told_of(floor: Floor, stored: Cellar) -> None:
    """A row that was tampered with holds up nobody else's; it is tried again, and goes once it was put right."""
    broken, other = citizen(floor, body=EVERYTHING), citizen(floor, body=EVERYTHING)
    for one in (broken, other):
        browser = signed_in(floor, one)
        browser.get("/account/body")
        browser.submit("/account/body/erase", sure="erase")
    with floor.site.app.app_context():
        sealed = db.session.scalar(select(SubscriberRow.sealed).where(SubscriberRow.id == broken.id))
        _sealed(broken, b"bytes that nobody sealed")
    floor.site.clock.advance(86_401)
    before = len(floor.audited("erasure.failed"))
    assert carried_out(floor) == 2
    assert _outcomes(floor, broken, other) == [None, "done"]
    [told] = floor.audited("erasure.failed")[before:]
    assert told.keys() == {"erasure", "error"}
    run = floor.site.app.test_cli_runner().invoke(args=["erasure", "run", "--json"])
    assert (run.exit_code, run.stdout.strip().splitlines()[-1] != "") == (1, True)
    with floor.site.app.app_context():
        _sealed(broken, sealed)
    assert carried_out(floor) == 1
    assert _outcomes(floor, broken) == ["done"]


def _sealed(one: Citizen, value: bytes | None) -> None:
    db.session.execute(update(SubscriberRow).where(SubscriberRow.id == one.id).values(sealed=value))
    db.session.commit()


def _outcomes(floor: Floor, *people: Citizen) -> list[str | None]:
    with floor.site.app.app_context():
        rows = {row.person_id: row.outcome for row in db.session.scalars(select(ErasureRow))}
        return [rows[one.person_id] for one in people]
