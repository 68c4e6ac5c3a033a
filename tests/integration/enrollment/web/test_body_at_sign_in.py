"""A face or finger of the register as a factor of a sign-in: limits, locks and replays, counted with the counter."""

import uuid
from collections.abc import Iterator

import pytest

from enrollment.capture import Position
from enrollment.centres import Role
from enrollment.register import Status
from enrollment.web.rooms import EXAMINER, OBJECTS, vault
from idp.authenticators.biometric_locks import Modality
from idp.errors import StoreUnavailableError
from idp.web.biometric_rooms import biometric_locks
from idp.web.extensions import db
from tests.factories.captures import WrittenExaminer
from tests.factories.checks import Counter
from tests.factories.floor import Floor
from tests.factories.records import citizen
from tests.factories.register import Office
from tests.factories.vaults import Cellar, cellar
from tests.factories.verification import EVERYTHING, Enroller, shown
from tests.integration.web.conftest import Person
from tests.integration.web.test_biometric_pages import at_face_page, send
from tests.stack import Stack

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def stored(stack: Stack, worker: str, floor: Floor) -> Iterator[Cellar]:
    """An object store behind the application, and an examiner that reads what tests write."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: WrittenExaminer()}
        yield held


class Somebody:
    """A person of the register with a password, a code and what was captured; pictures of them say `name`."""

    def __init__(self, floor: Floor, *positions: Position) -> None:
        self.name = uuid.uuid4().hex
        self.floor = floor
        self.account: Person = floor.site.person(totp=True)
        shared = floor.site.services
        with floor.site.app.test_request_context():
            office = Office(db.session(), keys=shared.purpose_keys, clock=shared.clock)  # type: ignore[arg-type]  # any clock
            self.person_id, self.nin = office.numbered()
            held = vault()
            assert held is not None
            enroller = Enroller(db.session(), held, shared.purpose_keys, shared.clock)
            enroller.written(self.person_id, self.name, positions or tuple(Position)[:3])
            enroller.account(self.person_id, self.account.id)
            db.session.commit()

    def shows(self, sample: bytes, way: str = "face", **other: str) -> int:
        """A sign-in in which a code was right, and now this picture; the status."""
        visitor = at_face_page(self.floor.site, self.account)
        if way == "finger":
            visitor.get(f"{visitor.path}/ways")
            visitor.submit("/choose", method="finger")
        self.page = visitor
        return send(visitor, sample, way, **other)

    def log(self) -> list[tuple[str, str, str | None]]:
        """What is written down of comparisons."""
        with self.floor.site.app.test_request_context():
            shared, held = self.floor.site.services, vault()
            assert held is not None
            return Enroller(db.session(), held, shared.purpose_keys, shared.clock).log(self.person_id)


@pytest.fixture
def somebody(floor: Floor, stored: Cellar) -> Somebody:
    """Face, right thumb and right index finger."""
    return Somebody(floor)


def test_face_of_the_register_signs_in(somebody: Somebody, floor: Floor, stored: Cellar) -> None:
    """After a code, and written down without a picture: what was shown is stored nowhere."""
    before = stored.all_names()
    assert somebody.shows(shown(somebody.name)) == 303
    assert somebody.page.get("/account").status_code == 200
    assert somebody.log() == [("signin", "match", None)]
    assert stored.all_names() == before
    [row] = floor.site.audit(subscriber_id=somebody.account.id, event="biometric.checked")
    assert row.body == {"modality": "face", "outcome": "matched"}


class DownStore:
    """An object store that does not answer."""

    def get(self, *_: object) -> bytes:
        """Never."""
        raise StoreUnavailableError


def test_a_store_that_is_down_is_no_miss(somebody: Somebody, floor: Floor, stored: Cellar) -> None:
    """503 each time at the counter and at the sign-in, nothing counted: afterwards the right picture matches."""
    counter = Counter(floor, floor.member(Role.OFFICER)).at(somebody.nin)
    site = floor.site
    site.app.extensions[OBJECTS] = DownStore()
    for number in range(3):
        assert counter.capture(0, face=shown("x", number)).status_code == 503
        assert somebody.shows(shown("x", 10 + number)) == 503
    site.app.extensions[OBJECTS] = stored.store
    assert counter.capture(0, face=shown(somebody.name, 20)).status_code == 303
    assert somebody.log() == [("counter", "match", None)]


def test_one_finger_is_asked_for_by_name_and_it_alone_is_compared(somebody: Somebody) -> None:
    """Ten fingers would be ten chances: the best one is named on the page."""
    assert somebody.shows(shown(somebody.name), "finger") == 303
    again = Somebody(somebody.floor, Position.LEFT_THUMB)
    assert again.shows(shown("x", 5), "finger") == 400
    assert "Use your left thumb" in again.page.page.text
    assert "right index" not in again.page.page.text


def test_no_match_says_nothing_of_how_near(somebody: Somebody) -> None:
    """AC-104, AC-114: nothing that the sender claims of the capture is read, and no figure is on the page."""
    assert somebody.shows(shown("somebody", liveness=True), liveness="true", score="1.0") == 400
    assert "This did not match" in somebody.page.page.text
    assert somebody.shows(shown(somebody.name, 2, code="BIO-NOFACE", hint="show_face")) == 400
    assert [result for _, result, _ in somebody.log()] == ["no_match", "again"]


def test_replays_are_refused(somebody: Somebody) -> None:
    """AC-102, AC-103: the same picture twice, and the very picture of the enrolment."""
    assert somebody.shows(shown(somebody.name, 7)) == 303
    assert somebody.shows(shown(somebody.name, 7)) == 409
    assert somebody.shows(shown(somebody.name, -1)) == 409
    assert somebody.log()[-1] == ("signin", "refused", "BIO-REPLAY")


def test_misses_at_a_counter_and_at_sign_ins_are_one_count(somebody: Somebody, floor: Floor) -> None:
    """AC-106: three at the counter with fingers and two at sign-ins with a face; the sixth, right or not, waits."""
    counter = Counter(floor, floor.member(Role.OFFICER)).at(somebody.nin)
    for number in range(3):
        assert "No match" in counter.capture(right_index=shown("x", 10 + number)).text
    for number in range(2):
        assert somebody.shows(shown("x", 20 + number)) == 400
    assert counter.capture(face=shown(somebody.name, 30)).status_code == 429
    assert somebody.shows(shown(somebody.name, 31)) == 429
    floor.site.clock.advance(61)
    floor.sign_in(counter.member)
    assert counter.capture(face=shown(somebody.name, 32)).status_code == 303


def test_fifty_misses_turn_everything_off_at_the_counter_too(somebody: Somebody, floor: Floor) -> None:
    """AC-104: then it is locked, and nobody compares until its owner unlocks it."""
    with floor.site.app.test_request_context():
        biometric_locks().lock_all(somebody.account.id)
        db.session.commit()
    counter = Counter(floor, floor.member(Role.OFFICER)).at(somebody.nin)
    assert counter.capture(0, face=shown(somebody.name)).status_code == 409
    assert "Take a picture" not in at_face_page(floor.site, somebody.account).title
    with floor.site.app.test_request_context():
        biometric_locks().unlock(somebody.account.id, Modality.FACE)
        db.session.commit()
    assert counter.capture(0, face=shown(somebody.name, 2)).status_code == 303


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.DECEASED])
def test_whose_record_is_not_active_is_not_asked(somebody: Somebody, floor: Floor, status: Status) -> None:
    """Then there is nothing enrolled, as for people whom the register does not know."""
    with floor.site.app.test_request_context():
        held, shared = vault(), floor.site.services
        assert held is not None
        Enroller(db.session(), held, shared.purpose_keys, shared.clock).stand(somebody.person_id, status)
        db.session.commit()
    assert "Take a picture" not in at_face_page(floor.site, somebody.account).title
    assert "Take a picture" not in at_face_page(floor.site, floor.site.person(totp=True)).title


def test_body_of_whoever_named_the_account_opens_it_not(floor: Floor, stored: Cellar) -> None:
    """An application named somebody else's account: its face is no factor there until the account is claimed."""
    named = citizen(floor, body=EVERYTHING, proven=False)
    assert "Take a picture" not in at_face_page(floor.site, named.account).title
    proven = citizen(floor, body=EVERYTHING)
    assert "Take a picture" in at_face_page(floor.site, proven.account).title


def test_a_lock_holds_at_every_account_of_its_person(somebody: Somebody, floor: Floor) -> None:
    """A merge left them two: what they locked in one is no factor in the other either."""
    other = floor.site.person(totp=True)
    with floor.site.app.test_request_context():
        held, shared = vault(), floor.site.services
        assert held is not None
        Enroller(db.session(), held, shared.purpose_keys, shared.clock).account(somebody.person_id, other.id)
        biometric_locks().lock(somebody.account.id, Modality.FACE)
        db.session.commit()
    title = at_face_page(floor.site, other).title
    assert "Take a picture" not in title
