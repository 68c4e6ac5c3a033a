"""Erasure by destroying keys, over the pages, the worker's round and the operator's command; and its proof."""

import base64
import json
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from enrollment.centres import Role
from enrollment.cli.erasing import erase_due
from enrollment.erasure.models import ErasureRow
from enrollment.gallery.models import GalleryEntryRow
from enrollment.life_events.models import ChildCallRow
from enrollment.register import Status, Statuses
from enrollment.register.models import IdentifierRow, NameKeyRow, PersonVersionRow
from enrollment.storage.kinds import Kind
from enrollment.storage.models import StoredObjectRow
from enrollment.storage.placing import Leavings, Left, Placed
from enrollment.web.rooms import EXAMINER, OBJECTS
from enrollment.web.standing_rooms import checking, identifiers, register
from idp.keys.models import PersonKeyRow
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from idp.web.rooms import directory, trail
from tests.factories.captures import WrittenExaminer
from tests.factories.floor import Floor, Member
from tests.factories.records import Citizen, citizen, employed, signed_in, status_of
from tests.factories.vaults import Cellar, cellar
from tests.factories.verification import EVERYTHING
from tests.stack import Stack

pytestmark = pytest.mark.integration

DAY = 86_400


@pytest.fixture(scope="module", autouse=True)
def stored(stack: Stack, worker: str, floor: Floor) -> Iterator[Cellar]:
    """An object store behind the floor."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: WrittenExaminer()}
        yield held


@pytest.fixture
def one(floor: Floor) -> Citizen:
    """Somebody with a number, an account, a face and two fingers."""
    return citizen(floor, body=EVERYTHING)


def objects(floor: Floor, one: Citizen) -> list[Placed]:
    """Where everything is that is stored of somebody."""
    with floor.site.app.test_request_context():
        person = register().get(one.person_id)
        assert person is not None
        rows = db.session.scalars(select(StoredObjectRow).where(StoredObjectRow.owner_id == person.subject_key_id))
        return [Placed(row.id, row.owner_id, Kind(row.kind), row.version, row.store_version) for row in rows]


def left(floor: Floor, stored: Cellar, placed: list[Placed]) -> set[Left]:
    """What there is of them."""
    with floor.site.app.test_request_context():
        shared = floor.site.services
        leavings = Leavings(db.session(), stored.store, shared.sealer, shared.clock)
        return {leavings.of(one) for one in placed}


def carried_out(floor: Floor) -> int:
    """What the worker does every ten minutes."""
    with floor.site.app.test_request_context():
        return erase_due()


def proof_of(floor: Floor, one: Citizen) -> tuple[uuid.UUID, str]:
    """The last proof of somebody."""
    with floor.site.app.test_request_context():
        wanted = select(ErasureRow).where(ErasureRow.person_id == one.person_id, ErasureRow.outcome == "done")
        row = db.session.scalars(wanted.order_by(ErasureRow.asked_at.desc()).limit(1)).one()
        assert row.proof is not None
        return row.id, row.proof


def verified(floor: Floor, *arguments: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """What the operator's command says."""
    done = floor.site.app.test_cli_runner().invoke(args=["erasure", "verify", *arguments, "--json"], **more)
    return done.exit_code, json.loads(done.output)


def test_a_body_is_erased_after_a_day_with_a_proof(floor: Floor, one: Citizen, stored: Cellar, tmp_path: Path) -> None:
    """AC-121: keys destroyed, bytes that are still there are noise, level 2, no way in by it; the proof is checked."""
    placed = objects(floor, one)
    assert left(floor, stored, placed) == {Left.READABLE}
    browser = signed_in(floor, one)
    assert "level 2 of 3" in browser.get("/account/body").text
    assert browser.submit("/account/body/erase", sure="erase").status_code == 200
    assert "They will be erased on" in browser.page.text
    assert carried_out(floor) == 0
    floor.site.clock.advance(DAY + 1)
    assert carried_out(floor) == 1
    assert left(floor, stored, placed) == {Left.SEALED}
    assert objects(floor, one) == [] or left(floor, stored, objects(floor, one)) == {Left.SEALED}
    with floor.site.app.test_request_context():
        person, account = register().get(one.person_id), directory().get(one.id)
        assert person is not None
        assert account is not None
        assert (person.ial, account.ial, person.status) == (2, 2, Status.ACTIVE)
        searched = select(func.count()).select_from(GalleryEntryRow)
        searched = searched.where(GalleryEntryRow.person_id == one.person_id, GalleryEntryRow.removed.is_(None))
        assert db.session.scalar(searched) == 0
        assert register().current(one.person_id) is not None
    again = signed_in(floor, one)
    page = again.get("/account/body")
    assert "Nothing of your body is kept." in page.text
    assert "Your face and fingers were erased" in again.get("/account/history").text
    erasure_id, proof = proof_of(floor, one)
    public = floor.site.visitor()
    shown = public.get(f"/proof/{erasure_id}")
    assert "Keys destroyed" in shown.text
    assert one.nin not in shown.text
    statement = tmp_path / "statement.jws"
    statement.write_text(public.get(f"/proof/{erasure_id}/statement.jws").text)
    assert statement.read_text() == proof
    status, told = verified(floor, str(statement))
    assert (status, told["valid"], told["keys"]) == (0, True, {"destroyed": 2, "there": 0})
    assert told["objects"]["sealed"] + told["objects"]["gone"] == len(placed)
    assert verified(floor, "--id", str(erasure_id))[0] == 0


def test_it_is_stopped_within_the_day_and_nothing_is_lost(floor: Floor, one: Citizen, stored: Cellar) -> None:
    """Undo; a second wish while one waits, and a stop of what is over, change nothing."""
    placed, browser = objects(floor, one), signed_in(floor, one)
    assert "Tick the box" in browser_asks(browser)
    browser.submit("/account/body/erase", sure="erase")
    stopping = re.search(r'action="(/account/body/[^"]+/keep)"', browser.page.text)
    assert stopping is not None
    browser.submit("/keep")
    assert "They are kept" in browser.page.text
    floor.site.clock.advance(DAY + 1)
    assert carried_out(floor) == 0
    assert left(floor, stored, placed) == {Left.READABLE}
    again = signed_in(floor, one)
    again.get("/account/body")
    assert "Your face and fingers are kept after all" in again.get("/account/history").text


def browser_asks(browser: Any) -> str:
    """The page, after it was sent without the tick."""
    browser.get("/account/body")
    browser.submit("/account/body/erase")
    assert browser.page.status_code == 400
    page: str = browser.page.text
    browser.get("/account/body")
    return page


def test_only_whoever_is_proven_to_hold_the_record(floor: Floor, one: Citizen) -> None:
    """AC-090: a linked account that was never claimed, and a stranger, see and erase nothing."""
    linked = citizen(floor, body=EVERYTHING, proven=False)
    browser = signed_in(floor, linked)
    for address in ("/account/record", "/account/body", "/account/aliases"):
        page = browser.get(address)
        assert page.status_code == 200
        assert "not joined to a record" in page.text
        assert linked.nin[-4:] not in page.text
    owner = signed_in(floor, one)
    owner.get("/account/body")
    owner.submit("/account/body/erase", sure="erase")
    with floor.site.app.test_request_context():
        erasure_id = db.session.scalars(select(ErasureRow.id).where(ErasureRow.person_id == one.person_id)).one()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/account").text)
    assert token is not None
    stolen = browser.post(f"/account/body/{erasure_id}/keep", csrf_token=token[1], follow=False)
    assert stolen.status_code == 404
    assert floor.site.visitor().get(f"/proof/{erasure_id}").status_code == 404
    for address in ("/account/record", "/account/body", "/account/aliases"):
        assert "/signin" in floor.site.visitor().get(address, follow=False).location
    owner.submit("/keep")


def test_staff_keep_what_they_sign_in_with(floor: Floor) -> None:
    """Whoever works at `nid:3` is told to give the roles back first."""
    member = floor.member(Role.OFFICER)
    own = citizen(floor, body=EVERYTHING)
    employed(floor, member, own)
    member.get("/account/body")
    page = member.send("/account/body/erase", sure="erase")
    assert (page.status_code, "You work for the registration centre" in page.text) == (409, True)


def test_a_proof_that_is_not_true_is_told(floor: Floor, one: Citizen, stored: Cellar, tmp_path: Path) -> None:
    """Another signature, another list, a key that came back, garbage: each with its word, and status 1."""
    with floor.site.app.test_request_context():
        person = register().get(one.person_id)
        assert person is not None
        wanted = select(PersonKeyRow).where(PersonKeyRow.person_id == person.subject_key_id)
        keys = [
            (row.person_id, row.purpose, row.version, row.purpose_version, row.wrapped, row.created_at)
            for row in db.session.scalars(wanted)
            if row.purpose in {"sample", "template"}
        ]
    browser = signed_in(floor, one)
    browser.get("/account/body")
    browser.submit("/account/body/erase", sure="erase")
    floor.site.clock.advance(DAY + 1)
    assert carried_out(floor) == 1
    erasure_id, proof = proof_of(floor, one)
    head, body, signature = proof.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "objects": 0}).encode()).rstrip(b"=").decode()
    cases = {
        "signature": f"{head}.{forged}.{signature}",
        "malformed": "no statement at all",
        "unknown_key": ".".join([_header(head, kid="nobody"), body, signature]),
    }
    for reason, text in cases.items():
        file = tmp_path / reason
        file.write_text(text)
        status, told = verified(floor, str(file))
        assert (status, told["valid"], told["reason"]) == (1, False, reason)
    with floor.site.app.test_request_context():
        for values in keys:
            names = ("person_id", "purpose", "version", "purpose_version", "wrapped", "created_at")
            db.session.add(PersonKeyRow(**dict(zip(names, values, strict=True))))
        db.session.commit()
        verdict = checking(stored.store).check(proof)
        assert (verdict.reason, verdict.keys_left) == ("keys", 2)
        assert verdict.readable > 0
        for values in keys:
            row = db.session.get(PersonKeyRow, values[:2])
            db.session.delete(row)
        done = db.session.get_one(ErasureRow, erasure_id)
        done.material = {**(done.material or {}), "objects": []}
        db.session.commit()
        assert checking(stored.store).check(proof).reason == "list"


def _header(head: str, **changes: str) -> str:
    known = json.loads(base64.urlsafe_b64decode(head + "=="))
    return base64.urlsafe_b64encode(json.dumps({**known, **changes}).encode()).rstrip(b"=").decode()


def asked(floor: Floor, registrar: Member, one: Citizen, ground: str = "court_order") -> str:
    """Ask for a record to be erased; where the request is."""
    sent = registrar.send("/staff/records/erase", number=one.nin, ground=ground, confirmed="yes")
    assert sent.status_code == 303, sent.text
    with floor.site.app.test_request_context():
        wanted = select(ErasureRow.id).where(ErasureRow.person_id == one.person_id, ErasureRow.ended_at.is_(None))
        return f"/staff/records/erasures/{db.session.scalars(wanted).one()}"


def test_a_record_is_erased_by_two_registrars_after_a_week(floor: Floor, one: Citizen, stored: Cellar) -> None:
    """AC-122, AC-086: nothing opens, nothing is found, the account is gone, and the number is nobody's for ever."""
    registrar, colleague = floor.member(Role.REGISTRAR), floor.member(Role.REGISTRAR)
    placed = objects(floor, one)
    with floor.site.app.test_request_context():
        db.session.execute(insert(ChildCallRow).values(person_id=one.person_id, age=5, month=b"m" * 32))
        db.session.commit()
    address = asked(floor, registrar, one)
    own = registrar.send(address, decision="approve")
    assert (own.status_code, "ENR-FOUREYES" in own.text) == (409, True)
    assert colleague.send(address, decision="approve").status_code == 303
    assert colleague.send(address, decision="approve").status_code == 409
    floor.site.clock.advance(6 * DAY)
    assert carried_out(floor) == 0
    floor.site.clock.advance(DAY + 1)
    assert carried_out(floor) == 1
    assert status_of(floor, one) is Status.ERASED
    assert left(floor, stored, placed) == {Left.SEALED}
    with floor.site.app.test_request_context():
        account = directory().get(one.id)
        assert account is not None
        assert account.state.value == "erased"
        assert register().current(one.person_id) is None
        assert register().history(one.person_id) == []
        assert identifiers().nin_of(one.person_id) is None
        numbers = db.session.scalars(select(IdentifierRow).where(IdentifierRow.person_id == one.person_id)).all()
        assert [(row.status, row.sealed, len(row.blind) > 0) for row in numbers] == [("retired", None, True)]
        versions = db.session.scalars(select(PersonVersionRow).where(PersonVersionRow.person_id == one.person_id))
        assert [row.sealed for row in versions] == [None]
        assert db.session.get(NameKeyRow, one.person_id) is None
        assert db.session.scalar(select(ChildCallRow.age).where(ChildCallRow.person_id == one.person_id)) is None
    erasure_id, _ = proof_of(floor, one)
    assert verified(floor, "--id", str(erasure_id))[0] == 0
    third = floor.member(Role.REGISTRAR)
    late = third.send("/staff/records/suspend", number=one.nin, reason="legal_order")
    assert (late.status_code, "Nobody has this number." in late.text) == (400, True)


@pytest.mark.usefixtures("stored")
def test_an_account_that_was_only_named_is_not_erased(floor: Floor) -> None:
    """AC-090: the record goes, and the account of whoever was named in its application stays."""
    linked = citizen(floor, proven=False)
    address = asked(floor, floor.member(Role.REGISTRAR), linked)
    assert floor.member(Role.REGISTRAR).send(address, decision="approve").status_code == 303
    floor.site.clock.advance(7 * DAY + 1)
    assert carried_out(floor) == 1
    assert status_of(floor, linked) is Status.ERASED
    with floor.site.app.test_request_context():
        account = directory().get(linked.id)
        assert account is not None
        assert account.active


def test_any_registrar_stops_it_within_the_week(floor: Floor, one: Citizen) -> None:
    """Undo before its day, whether agreed to or not; after that another one may be asked for."""
    registrar, colleague = floor.member(Role.REGISTRAR), floor.member(Role.REGISTRAR)
    address = asked(floor, registrar, one)
    twice = registrar.send("/staff/records/erase", number=one.nin, ground="law", confirmed="yes")
    assert (twice.status_code, "ENR-EXISTS" in twice.text) == (409, True)
    colleague.send(address, decision="approve")
    assert colleague.send(address, decision="stop").status_code == 303
    floor.site.clock.advance(8 * DAY)
    assert carried_out(floor) == 0
    assert status_of(floor, one) is Status.ACTIVE
    assert registrar.send(asked(floor, floor.member(Role.REGISTRAR), one), decision="stop").status_code in {303, 401}


def test_a_record_that_was_merged_meanwhile_is_not_erased(floor: Floor, one: Citizen, stored: Cellar) -> None:
    """What is due and does not fit any more is void, and told so; nothing is destroyed."""
    placed, other = objects(floor, one), citizen(floor)
    browser = signed_in(floor, one)
    browser.get("/account/body")
    browser.submit("/account/body/erase", sure="erase")
    with floor.site.app.test_request_context():
        statuses = Statuses(db.session(), floor.site.services.clock, trail())
        statuses.move(one.person_id, Status.MERGED, "merged", into=other.person_id)
        db.session.commit()
    floor.site.clock.advance(DAY + 1)
    assert carried_out(floor) == 1
    assert left(floor, stored, placed) == {Left.READABLE}
    with floor.site.app.test_request_context():
        row = db.session.scalars(select(ErasureRow).where(ErasureRow.person_id == one.person_id)).one()
        assert (row.outcome, row.proof) == ("void", None)
        told = [body for body in floor.audited("erasure.stopped") if body["erasure"] == str(row.id)]
        assert {body["outcome"] for body in told} == {"void"}


def test_held_changes_put_it_off(floor: Floor, one: Citizen, stored: Cellar) -> None:
    """After "this was not me" it may have been a stranger who asked: it waits as long as changes are held."""
    placed, browser = objects(floor, one), signed_in(floor, one)
    browser.get("/account/body")
    browser.submit("/account/body/erase", sure="erase")
    with floor.site.app.test_request_context():
        row = db.session.get_one(SubscriberRow, one.id)
        now = floor.site.services.clock.now()
        row.changes_locked_at, row.changes_locked_until = now, now + timedelta(days=3)
        db.session.commit()
    floor.site.clock.advance(DAY + 1)
    carried_out(floor)
    assert left(floor, stored, placed) == {Left.READABLE}
    floor.site.clock.advance(2 * DAY)
    assert carried_out(floor) == 1
    assert left(floor, stored, placed) == {Left.SEALED}
