"""The counter: is the person who stands there the owner of a number? Match, no match, or capture again."""

import io
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select

from enrollment.cases.models import KinRow
from enrollment.centres import Role
from enrollment.register import Accounts, Status
from enrollment.register.models import PersonVersionRow
from enrollment.storage import Bucket
from enrollment.storage.models import StoredObjectRow
from enrollment.verification import Enrolled
from enrollment.web.rooms import EXAMINER, OBJECTS, vault
from idp.authenticators.biometric_locks import Modality
from idp.authenticators.biometric_tries import BiometricTries
from idp.errors import Refusal as Refused
from idp.web.biometric_rooms import biometric_locks
from idp.web.extensions import db
from tests.factories.captures import WrittenExaminer
from tests.factories.checks import Counter, Owner, log, owned, post
from tests.factories.floor import Floor
from tests.factories.vaults import Cellar, cellar
from tests.factories.verification import INDEX, Enroller, shown
from tests.stack import Stack

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def stored(stack: Stack, worker: str, floor: Floor) -> Iterator[Cellar]:
    """An object store behind the floor, and an examiner that reads what tests write."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: WrittenExaminer()}
        yield held


@pytest.fixture
def owner(floor: Floor, stored: Cellar) -> Owner:
    """Somebody whom nobody knows yet."""
    return owned(floor)


@pytest.fixture
def desk(floor: Floor, stored: Cellar) -> Counter:
    """An officer of the centre."""
    return Counter(floor, floor.member(Role.OFFICER))


def test_match_is_told_without_a_figure_and_the_person_sees_it(desk: Counter, owner: Owner, floor: Floor) -> None:
    """AC-104: the page says that it is the person, and no name or number; their history says who asked, and why."""
    answer = desk.at(owner.nin).capture(right_index=shown(owner.name))
    assert answer.status_code == 303
    page = desk.member.get(desk.address).text
    assert "It is the person" in page
    assert "Sampleton" not in page
    assert not re.search(r"9\.0|ratio|score", page)
    assert log(floor, owner) == [("counter", "match", None)]
    events = floor.site.events(owner.account)
    assert [event for event in events if event.startswith("identity.")] == ["identity.asked", "identity.checked"]
    [asked] = floor.site.audit(subscriber_id=owner.account.id, event="identity.asked")
    assert (asked.actor, asked.body["purpose"]) == (str(desk.member.id), "service")
    visitor = floor.site.visitor()
    visitor.get("/account/history?kind=read")
    floor.site.sign_in(visitor, owner.account)
    assert "compared a fingerprint with yours, and it matched" in visitor.page.text
    assert "Somebody wanted a public service at that counter" in visitor.page.text
    assert owner.nin not in str([row.body for row in floor.site.audit(subscriber_id=owner.account.id)])


def test_no_match_and_capture_again_have_a_next_step(desk: Counter, owner: Owner, floor: Floor) -> None:
    """AC-104: no match says what to do, a bad picture what is wrong with it; that one is no try of the person's."""
    answer = desk.at(owner.nin).capture(right_index=shown("somebody"))
    assert answer.status_code == 200
    assert "No match" in answer.text
    assert "does not mean that somebody is lying" in answer.text
    again = desk.capture(right_index=shown(owner.name, 2, code="BIO-QUALITY", hint="wipe_finger"))
    assert "The finger is wet" in again.text
    assert desk.capture(face=shown(owner.name, 3)).status_code == 303
    results = [result for _, result, _ in log(floor, owner)]
    assert results == ["no_match", "again", "match"]


def test_two_fingers_are_compared_together(desk: Counter, owner: Owner) -> None:
    """Both must be given for a part of the person; more than two, one twice, or a face beside them are not compared."""
    mine = shown(owner.name, 10), shown(owner.name, 11), shown(owner.name, 12)
    answer = desk.at(owner.nin).capture(right_index=mine[0], left_thumb=shown("somebody", 13))
    assert "No match" in answer.text
    mixed = desk.capture(right_index=shown(owner.name, 14), face=shown(owner.name, 15))
    assert (mixed.status_code, "or one finger was given twice" in mixed.text) == (422, True)
    assert desk.capture(right_index=mine[1], left_thumb=mine[2]).status_code == 303


def test_by_application_number_and_not_without_reason(desk: Counter, owner: Owner) -> None:
    """Purpose, number and the tick are asked for; what is no number, and nobody's, are told apart in words."""
    missing = desk.member.send("/counter", number="", purpose="", present="")
    assert missing.status_code == 400
    for words in ("Choose why you ask", "Type the number", "Tick that the person"):
        assert words in missing.text
    assert "a sign is wrong or missing" in desk.begin("123").text
    wrong = owner.nin[:-1] + str((int(owner.nin[-1]) + 1) % 10)
    assert "a sign is wrong or missing" in desk.begin(wrong).text
    nobody = desk.begin("2470 3815 2693 0417".replace(" ", "")[:15])
    assert nobody.status_code == 422


@pytest.mark.parametrize("roles", [(Role.SUPERVISOR,), (Role.ADJUDICATOR,), (Role.SUPPORT,), (Role.REGISTRAR,)])
def test_only_officers_compare(floor: Floor, owner: Owner, roles: tuple[Role, ...]) -> None:
    """AC-095: another role gets 403 and an audit row; nothing is looked up."""
    member = floor.member(*roles)
    before = len(floor.audited("staff.refused"))
    assert Counter(floor, member).begin(owner.nin).status_code == 403
    assert len(floor.audited("staff.refused")) == before + 1
    assert "identity.asked" not in floor.site.events(owner.account)


def test_not_without_a_posting_and_not_ones_own(floor: Floor, stored: Cellar, owner: Owner) -> None:
    """An officer compares at the centre of the day, and never themselves or somebody of their household."""
    unposted = Counter(floor, floor.member(Role.OFFICER, posted=False))
    assert unposted.begin(owner.nin).status_code == 403
    officer = floor.member(Role.OFFICER)
    mine = owned(floor, officer.id)
    own = Counter(floor, officer).begin(mine.nin)
    assert own.status_code == 403
    household = floor.member(Role.OFFICER)
    aid = floor.member(Role.OFFICER).open()
    with floor.site.app.test_request_context():
        db.session.execute(insert(KinRow).values(aid=aid, subscriber_id=household.id, relation="sibling"))
        version = db.session.scalars(
            select(PersonVersionRow).where(PersonVersionRow.person_id == owner.person_id)
        ).one()
        version.aid = aid
        db.session.commit()
    assert Counter(floor, household).begin(owner.nin).status_code == 403
    assert Counter(floor, household).begin(aid).status_code == 403
    assert Counter(floor, officer).begin(aid).status_code == 303, "by the number of the application, for a stranger"
    refused = [row["person"] for row in floor.audited("staff.refused") if row["reason"] == "ENR-OWN"]
    assert sorted(refused) == sorted([str(officer.id), *[str(owner.account.id)] * 2])


def test_a_check_is_one_officers(floor: Floor, desk: Counter, owner: Owner) -> None:
    """AC-095: to a colleague, and at another centre, the check does not exist; nothing is compared."""
    desk.at(owner.nin)
    for colleague in (floor.member(Role.OFFICER), floor.member(Role.OFFICER, centre=floor.elsewhere)):
        assert colleague.get(desk.address).status_code == 404
        assert post(colleague, desk.address, 0, {"right_index": shown(owner.name)}).status_code == 404
    assert log(floor, owner) == []


def test_each_form_is_taken_once(desk: Counter, owner: Owner, floor: Floor) -> None:
    """AC-102: a capture is for one turn of its check; a second with the same turn is refused, whatever it holds."""
    desk.at(owner.nin)
    assert desk.capture(0, right_index=shown("x", 1)).status_code == 200
    assert desk.capture(0, right_index=shown(owner.name)).status_code == 409
    assert desk.capture(-1, right_index=shown(owner.name)).status_code == 409
    floor.site.clock.advance(16 * 60)
    floor.sign_in(desk.member)
    assert desk.capture(1, right_index=shown(owner.name)).status_code == 409
    assert [result for _, result, _ in log(floor, owner)] == ["no_match"]


def test_of_parallel_captures_one_is_taken(desk: Counter, owner: Owner, floor: Floor) -> None:
    """AC-106: twenty at once with one turn are one comparison."""
    desk.at(owner.nin)
    token = desk.member.token
    assert token
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(
                lambda number: post(desk.member, desk.address, 0, {"right_index": shown("x", number)}).status_code,
                range(20),
            )
        )
    assert sorted(answers) == [200] + [409] * 19
    assert len(log(floor, owner)) == 1


def test_the_same_picture_is_refused_everywhere(desk: Counter, owner: Owner, floor: Floor) -> None:
    """AC-102: bytes that were shown before are refused, at another station and under another finger too; it counts."""
    picture = shown(owner.name, 21)
    assert desk.at(owner.nin).capture(right_index=picture).status_code == 303
    other = Counter(floor, floor.member(Role.OFFICER, centre=floor.elsewhere)).at(owner.nin)
    answer = other.capture(left_thumb=picture)
    assert answer.status_code == 409
    assert "used before" in answer.text
    told = floor.site.audit(subscriber_id=owner.account.id, event="identity.checked")
    assert [row.body["outcome"] for row in told] == ["match", "BIO-REPLAY"]


def test_an_enrolled_picture_is_no_live_one(desk: Counter, owner: Owner, floor: Floor) -> None:
    """AC-103: the very image of the enrolment, taken from storage, is refused as a replay and counts as a miss."""
    answer = desk.at(owner.nin).capture(right_index=shown(owner.name, -1))
    assert answer.status_code == 409
    assert log(floor, owner) == [("counter", "refused", "BIO-REPLAY")]


def test_misses_count_for_the_person_whatever_is_shown_and_where(floor: Floor, stored: Cellar, owner: Owner) -> None:
    """AC-104, AC-106: five misses over fingers, face and stations; then a wait, before anything is compared."""
    first = Counter(floor, floor.member(Role.OFFICER)).at(owner.nin)
    second = Counter(floor, floor.member(Role.OFFICER, centre=floor.elsewhere)).at(owner.nin)
    for number, (counter, position) in enumerate(
        [(first, "right_index"), (second, "face"), (first, "left_thumb"), (second, "right_index"), (first, "face")]
    ):
        assert "No match" in counter.capture(None, **{position: shown("x", 30 + number)}).text
    waiting = second.capture(right_index=shown(owner.name, 40))
    assert waiting.status_code == 429
    assert "Wait 1 minute" in waiting.text
    assert int(waiting.headers["Retry-After"]) <= 60
    assert len(log(floor, owner)) == 5
    floor.site.clock.advance(61)
    assert second.capture(right_index=shown(owner.name, 41)).status_code == 303


def test_a_second_account_is_no_second_budget(floor: Floor, stored: Cellar, desk: Counter) -> None:
    """AC-102, AC-106: what a sign-in with another account of the same person missed, and showed, counts here, too."""
    owner, other = owned(floor), floor.site.person()
    seen = shown(owner.name, 50)
    with floor.site.app.test_request_context():
        Accounts(db.session(), floor.site.services.clock).link(other.id, owner.person_id)
        shared = floor.site.services
        keys, clock = shared.purpose_keys, shared.clock
        tries = BiometricTries(db.session(), biometric_locks(), shared.throttle, keys, clock)
        assert tries.is_new(other.id, seen)
        for _ in range(4):
            assert not isinstance(tries.count(other.id), Refused)
        db.session.commit()
    assert desk.at(owner.nin).capture(right_index=seen).status_code == 409
    waiting = desk.capture(right_index=shown(owner.name, 51))
    assert waiting.status_code == 429
    assert log(floor, owner) == []
    floor.site.clock.advance(61)
    assert desk.capture(right_index=shown(owner.name, 52)).status_code == 303


def test_locked_is_not_compared(desk: Counter, owner: Owner, floor: Floor) -> None:
    """BIO-LOCKED: what the person locked is not offered, and refused if it is sent; the rest is."""
    with floor.site.app.test_request_context():
        biometric_locks().lock(owner.account.id, Modality.FINGER)
        db.session.commit()
    page = desk.at(owner.nin).member.get(desk.address).text
    assert "has locked what is not offered" in page
    assert 'name="first"' not in page
    locked = desk.capture(0, right_index=shown(owner.name))
    assert locked.status_code == 409
    assert "BIO-LOCKED" in [row["reason"] for row in floor.audited("staff.refused")]
    assert desk.capture(0, face=shown(owner.name)).status_code == 303


def test_after_the_last_turn_the_answer_is_that_it_could_not_be_confirmed(desk: Counter, owner: Owner) -> None:
    """Six captures; then the check is over, with a way on and nobody turned away."""
    desk.at(owner.nin)
    for number in range(5):
        desk.capture(number, right_index=shown(owner.name, number, code="BIO-QUALITY", hint="wipe_finger"))
    assert desk.capture(5, right_index=shown("x", 55)).status_code == 303
    page = desk.member.get(desk.address).text
    assert "It could not be confirmed" in page
    assert "Nobody is turned away" in page
    assert desk.capture(6, right_index=shown(owner.name)).status_code == 409


@pytest.mark.parametrize("status", [Status.DECEASED, Status.SUSPENDED, Status.ERASED])
def test_only_active_records_are_compared(desk: Counter, owner: Owner, floor: Floor, status: Status) -> None:
    """Whose record is not active is nobody at the counter, also when it ends while a check is open."""
    desk.at(owner.nin)
    with floor.site.app.test_request_context():
        held, shared = vault(), floor.site.services
        assert held is not None
        Enroller(db.session(), held, shared.purpose_keys, shared.clock).stand(owner.person_id, status)
        db.session.commit()
    assert desk.capture(0, right_index=shown(owner.name)).status_code == 404
    said = "This record is suspended" if status is Status.SUSPENDED else "Nobody is registered"
    assert said in desk.begin(owner.nin).text


def test_large_and_empty_pictures(desk: Counter, owner: Owner, floor: Floor) -> None:
    """AC-107: 413 before anything is looked at; a form without a picture says so."""
    desk.at(owner.nin)
    assert desk.capture(0, right_index=bytes(5_000_001)).status_code == 413
    assert desk.capture(0, right_index=b"x" * 5_200_000, left_thumb=b"y" * 5_200_000).status_code == 413
    assert "at least one finger" in desk.capture(0).text
    assert "at least one finger" in desk.capture(0, right_toe=b"x").text
    assert log(floor, owner) == []


def test_swapped_template_is_refused_and_told(desk: Counter, owner: Owner, floor: Floor, stored: Cellar) -> None:
    """AC-111: another person's sealed template in the place of hers, with a row that fits, matches nobody.

    The alarm names the object, and no try of hers is counted.
    """
    other = owned(floor)
    mine, theirs = (template_of(floor, one) for one in (owner, other))
    there = stored.bytes_of(Bucket.TEMPLATES, theirs)
    with floor.site.app.test_request_context():
        row, other_row = (db.session.get(StoredObjectRow, one) for one in (mine, theirs))
        assert row is not None
        assert other_row is not None
        bucket = stored.store.bucket(Bucket.TEMPLATES)
        put = stored.client.put_object(bucket, f"{mine}.1", io.BytesIO(there), len(there))
        row.store_version, row.digest, row.size = put.version_id or "", other_row.digest, other_row.size
        db.session.commit()
    answer = desk.at(owner.nin).capture(right_index=shown(other.name))
    assert answer.status_code == 503
    assert "not possible just now" in answer.text
    assert str(mine) in [row["object"] for row in floor.audited("object.damaged")]
    assert log(floor, owner) == [("counter", "refused", "ENR-OBJECT")]
    assert desk.capture(left_thumb=shown(owner.name)).status_code == 303


def template_of(floor: Floor, owner: Owner) -> uuid.UUID:
    """The object that holds the template of the index finger."""
    with floor.site.app.test_request_context():
        held = Enrolled(db.session(), floor.site.services.purpose_keys).of(owner.person_id)
        return next(one.object_id for one in held if one.position is INDEX)
