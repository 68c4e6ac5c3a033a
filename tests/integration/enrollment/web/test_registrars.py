"""The registrars' pages of lives: a death, its end, a merge and its end, each by two, with every no on the way."""

import re
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select, update

from enrollment.cases.models import ApplicationRow
from enrollment.centres import Role
from enrollment.cli.life_tasks import record_death
from enrollment.register.models import PersonAccountRow, PersonRow
from enrollment.web.rooms import EXAMINER, OBJECTS
from idp.audit.models import AuditRow
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from tests.factories.captures import WrittenExaminer, image
from tests.factories.claims import Claimant, bound
from tests.factories.floor import Floor, Member
from tests.factories.vaults import Cellar, cellar
from tests.stack import Stack

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module", autouse=True)
def stored(stack: Stack, worker: str, floor: Floor) -> Iterator[Cellar]:
    """An object store behind the floor, and an examiner that reads what tests write."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: WrittenExaminer()}
        yield held


@pytest.fixture
def pair(floor: Floor) -> tuple[Member, Member]:
    """Two registrars."""
    return floor.member(Role.REGISTRAR, posted=False), floor.member(Role.REGISTRAR, posted=False)


def settled(floor: Floor) -> Claimant:
    """Somebody whose account is in use."""
    made = bound(floor)
    with floor.site.app.app_context():
        in_use = update(SubscriberRow).where(SubscriberRow.id == made.subscriber_id)
        db.session.execute(in_use.values(state="active"))
        claimed = update(ApplicationRow).where(ApplicationRow.aid == made.aid)
        db.session.execute(claimed.values(person_id=made.person_id))
        db.session.commit()
    return made


def fresh_key(floor: Floor) -> str:
    """An idempotency key that nobody used."""
    return str(floor.site.services.entropy.uuid())


def states(floor: Floor, who: Claimant) -> tuple[str, str]:
    """Of the record, and of its account."""
    with floor.site.app.app_context():
        record = select(PersonRow.status).where(PersonRow.id == who.person_id)
        account = select(SubscriberRow.state).where(SubscriberRow.id == who.subscriber_id)
        return str(db.session.scalar(record)), str(db.session.scalar(account))


def history(floor: Floor, who: Claimant) -> set[str]:
    """What the person's own history has."""
    with floor.site.app.app_context():
        rows = select(AuditRow.event).where(AuditRow.subscriber_id == who.subscriber_id)
        return set(db.session.scalars(rows))


def reported(floor: Floor, registrar: Member, who: Claimant) -> str:
    """A death, as far as the signature."""
    registrar.get("/staff/life")
    page = registrar.submit("/life/record", number=who.nin)
    assert "Report the death" in page.text
    assert who.nin not in page.text.replace(f'name="number" value="{who.nin}"', "")
    registrar.submit("/life/deaths")
    aid = registrar.path.rpartition("/")[2]
    address = f"/staff/life/deaths/{aid}"
    missing = registrar.upload(f"{address}/paper", image("paper"), type="death_certificate", reference="")
    assert (missing.status_code, "civil register has the death" in missing.text) == (400, True)
    kept = registrar.upload(f"{address}/paper", image("paper"), type="death_certificate", reference="CR 12/30")
    assert kept.status_code == 303
    registrar.get(address)
    assert "CR 12/30" in registrar.page.text
    assert "Signed: now another registrar" in registrar.submit("/step", step="sign").text
    return aid


def recorded(floor: Floor, aid: str) -> None:
    """What the worker does with an approved report; the way through the search is the worker's own matter."""
    with floor.site.app.test_request_context():
        accepted = update(ApplicationRow).where(ApplicationRow.aid == aid)
        db.session.execute(accepted.values(state="accepted"))
        db.session.commit()
        record_death(aid)


def test_a_death_from_paper_to_its_end_and_back(floor: Floor, pair: tuple[Member, Member]) -> None:
    """Signed by one, refused to the same, approved by another; the person's page says so; taken back by two."""
    first, second = pair
    who = settled(floor)
    aid = reported(floor, first, who)
    address = f"/staff/life/deaths/{aid}"
    own = first.send(f"{address}/step", step="take_up", version="2", key=fresh_key(floor))
    assert (own.status_code, "Two different people must do this" in own.text) == (409, True)
    assert aid[:4] in second.get("/staff/life").text
    second.get(address)
    second.submit("/step", step="take_up")
    looked = second.client.get(f"{address}/picture")
    assert (looked.status_code, looked.mimetype) == (200, "image/png")
    assert second.client.get(f"/staff/life/deaths/{who.aid}/picture").status_code == 404
    assert "Approved: the record ends" in second.submit("/step", step="approve").text
    recorded(floor, aid)
    assert states(floor, who) == ("deceased", "deceased")
    assert "life.done" in history(floor, who)
    first.get("/staff/life")
    page = first.submit("/life/record", number=who.nin)
    assert "Recorded as dead" in page.text
    assert "Report the death" not in page.text
    page = first.submit("/life/ask", ground="person_came")
    assert "now another registrar decides" in page.text
    event = first.path
    again = first.send(f"{event}/decide", decision="agree")
    assert (again.status_code, "Another registrar must decide" in again.text) == (409, True)
    second.get(event)
    assert "It is done" in second.submit("/decide", decision="agree").text
    assert states(floor, who) == ("active", "active")


def test_two_records_are_made_one_and_two_again(floor: Floor, pair: tuple[Member, Member]) -> None:
    """Both are shown, another decides, both histories have it, and the way back stands on the record."""
    first, second = pair
    kept, closed = settled(floor), settled(floor)
    first.get("/staff/life")
    first.submit("/life/record", number=kept.nin)
    same = first.submit("/life/compare", other=kept.nin, ground="found_twice")
    assert (same.status_code, "two numbers of one record" in same.text) == (400, True)
    page = first.submit("/life/compare", other=closed.nin, ground="found_twice")
    assert page.text.count("Sampleton") == 2
    first.submit("/life/ask")
    event = first.path
    second.get(event)
    assert "Refused: nothing was changed" in second.submit("/decide", decision="refuse").text
    assert states(floor, closed) == ("active", "active")
    first.get("/staff/life")
    first.submit("/life/record", number=kept.nin)
    first.submit("/life/compare", other=closed.nin, ground="found_twice")
    first.submit("/life/ask")
    event = first.path
    second.get(event)
    assert "It is done" in second.submit("/decide", decision="agree").text
    assert states(floor, closed)[0] == "merged"
    assert {"life.asked", "life.done", "life.declined"} <= history(floor, kept) & history(floor, closed)
    first.get("/staff/life")
    page = first.submit("/life/record", number=kept.nin)
    assert "A merge was wrong" in page.text
    first.submit("/life/ask", kind="split", ground="two_people")
    event = first.path
    second.get(event)
    assert "It is done" in second.submit("/decide", decision="agree").text
    assert states(floor, closed) == ("active", "active")


def test_who_asked_takes_it_back(floor: Floor, pair: tuple[Member, Member]) -> None:
    """And nobody else can."""
    first, second = pair
    kept, closed = settled(floor), settled(floor)
    first.get("/staff/life")
    first.submit("/life/record", number=kept.nin)
    first.submit("/life/compare", other=closed.nin, ground="found_twice")
    first.submit("/life/ask")
    event = first.path
    assert second.send(f"{event}/withdraw").status_code == 404
    first.get(event)
    assert "The request was taken back" in first.submit("/withdraw").text
    decided = second.send(f"{event}/decide", decision="agree")
    assert (decided.status_code, "Somebody decided this before you" in decided.text) == (409, True)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.REGISTRAR])
def test_no_other_role_touches_lives(floor: Floor, role: Role) -> None:
    """Every address is shut for every other role: 403, audited (AC-097)."""
    member = floor.member(role)
    event = f"/staff/life/events/{uuid.uuid4()}"
    pages = ("/staff/life", event, "/staff/life/deaths/22222222222222", "/staff/life/deaths/22222222222222/picture")
    assert {member.get(one).status_code for one in pages} == {403}
    posts = ("record", "compare", "ask", "deaths", "deaths/22222222222222/step")
    assert {member.send(f"/staff/life/{one}").status_code for one in posts} == {403}
    assert {member.send(f"{event}/{one}").status_code for one in ("decide", "withdraw")} == {403}
    assert member.upload("/staff/life/deaths/22222222222222/paper", b"x").status_code == 403


def test_a_registrar_never_sees_their_own_record(floor: Floor, pair: tuple[Member, Member]) -> None:
    """Nor asks for anything about it."""
    first, _ = pair
    who = settled(floor)
    floor.employ(who.subscriber_id, Role.REGISTRAR, posted=False)
    own = Member(floor, who.subscriber_id)
    with floor.site.app.app_context():
        raised = update(SubscriberRow).where(SubscriberRow.id == who.subscriber_id)
        db.session.execute(raised.values(ial=3, policy_group="staff"))
        db.session.commit()
    floor.sign_in(own)
    assert own.get("/staff/life").status_code == 200
    refused = own.submit("/life/record", number=who.nin)
    assert refused.status_code == 403
    assert "Sampleton" not in refused.text
    assert own.send("/staff/life/deaths", number=who.nin, key=fresh_key(floor)).status_code == 403
    assert first.get("/staff/life").status_code == 200


def test_numbers_of_nobody_are_audited(floor: Floor, pair: tuple[Member, Member]) -> None:
    """A number that nobody has, and one that is none: plain words, and a row for whoever tries many."""
    first, _ = pair
    before = len(floor.audited("enrolment.refused"))
    first.get("/staff/life")
    assert first.submit("/life/record", number="123").status_code == 400
    assert first.submit("/life/record", number="22000000000").status_code == 400
    assert len(floor.audited("enrolment.refused")) == before + 2
    other = first.get("/staff/life/deaths/22222222222222")
    assert other.status_code == 404


def test_nobody_is_merged_whose_erasure_waits(floor: Floor, pair: tuple[Member, Member]) -> None:
    """It says so, and what can be done; once it was stopped, the merge is asked for."""
    first, second = pair
    kept, closed = settled(floor), settled(floor)
    sent = first.send("/staff/records/erase", number=closed.nin, ground="court_order", confirmed="yes")
    assert sent.status_code == 303
    merge = {"kind": "merge", "number": kept.nin, "other": closed.nin, "ground": "found_twice"}
    refused = first.send("/staff/life/ask", **merge)
    assert (refused.status_code, "An erasure of one of these records waits" in refused.text) == (409, True)
    waiting = re.findall(r"/staff/records/erasures/[0-9a-f-]+", second.get("/staff/records").text)
    assert {second.send(address, decision="stop").status_code for address in waiting} == {303}
    assert first.send("/staff/life/ask", **merge).status_code == 303


def test_one_person_with_two_accounts_is_no_second_registrar(floor: Floor, pair: tuple[Member, Member]) -> None:
    """AC-096: also over the pages, where each account signs in for itself; a third registrar decides."""
    first, second = pair
    with floor.site.app.app_context():
        person_id = settled(floor).person_id
        for member in pair:
            linked = {"subscriber_id": member.id, "person_id": person_id, "linked_at": floor.site.services.clock.now()}
            db.session.execute(insert(PersonAccountRow).values(linked))
        db.session.commit()
    kept, closed = settled(floor), settled(floor)
    asked = first.send("/staff/life/ask", kind="merge", number=kept.nin, other=closed.nin, ground="found_twice")
    decide = f"{asked.location}".partition("?")[0] + "/decide"
    own = second.send(decide, decision="agree")
    assert (own.status_code, "Another registrar must decide" in own.text) == (409, True)
    assert states(floor, closed) == ("active", "active")
    assert floor.member(Role.REGISTRAR, posted=False).send(decide, decision="agree").status_code == 303
    assert states(floor, closed)[0] == "merged"
