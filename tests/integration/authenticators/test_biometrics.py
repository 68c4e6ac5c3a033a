from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from idp.audit.models import AuditRow
from idp.authenticators.biometric import MAX_SAMPLE_BYTES, Biometrics
from idp.authenticators.biometric_locks import Modality
from idp.authenticators.models import BiometricSampleRow
from idp.errors import Code, Refusal
from tests.factories.biometrics import BodyDesk
from tests.factories.signin import Desk, Shared

pytestmark = pytest.mark.integration

FACE, FINGER = Modality.FACE, Modality.FINGER


@pytest.fixture
def body(desk: Desk) -> BodyDesk:
    """The services over a transaction that is rolled back."""
    return BodyDesk(desk)


def code(outcome: Refusal | None) -> Code:
    """Why it was refused."""
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def outcomes(body: BodyDesk) -> list[object]:
    """What the trail says of checks."""
    rows = body.desk.session.scalars(select(AuditRow).where(AuditRow.event == "biometric.checked"))
    return [row.body["outcome"] for row in rows]


def test_the_right_sample_matches(body: BodyDesk) -> None:
    """The verifier gets the sample as it came and the challenge of the page; the trail says so, and no more."""
    person = body.person()
    challenge = body.checks.begin("here", person, FACE)
    assert body.checks.check("here", person, FACE, b"me 1", challenge) is None
    assert body.bodies.asked == [(person, FACE, b"me 1", bytes.fromhex(challenge))]
    (row,) = body.desk.session.scalars(select(AuditRow).where(AuditRow.event == "biometric.checked"))
    assert row.body == {"modality": "face", "outcome": "matched"}


@pytest.mark.parametrize(
    ("sample", "refused"),
    [
        (b"you", Refusal(Code.BIOMETRIC_NO_MATCH)),
        (b"dark", Refusal(Code.BIOMETRIC_CAPTURE, "too-dark")),
        (b"down", Refusal(Code.PASSWORD_BUSY)),
        (b"", Refusal(Code.BIOMETRIC_SIZE)),
        (b"x" * (MAX_SAMPLE_BYTES + 1), Refusal(Code.BIOMETRIC_SIZE)),
    ],
)
def test_what_is_no_match_is_refused(body: BodyDesk, sample: bytes, refused: Refusal) -> None:
    """AC-104: match, no match or capture again, by a closed word and never by a number."""
    assert body.check(body.person(), sample) == refused


def test_a_challenge_is_good_once_and_for_what_it_was_made(body: BodyDesk) -> None:
    """Spent by the first use whatever came of it; another place, person or modality has none of it."""
    person, other = body.person(), body.person("testb")
    challenge = body.checks.begin("here", person, FACE)
    assert code(body.checks.check("here", person, FACE, b"you", challenge)) is Code.BIOMETRIC_NO_MATCH
    assert code(body.checks.check("here", person, FACE, b"me 1", challenge)) is Code.BIOMETRIC_CHALLENGE
    for place, who, modality in (("there", person, FACE), ("here", other, FACE), ("here", person, FINGER)):
        challenge = body.checks.begin("here", person, FACE)
        assert code(body.checks.check(place, who, modality, b"me 2", challenge)) is Code.BIOMETRIC_CHALLENGE
    for made_up in ("", "zz", "00" * 32, "00" * 5000):
        assert code(body.checks.check("here", person, FACE, b"me 3", made_up)) is Code.BIOMETRIC_CHALLENGE
    assert [sample for _, _, sample, _ in body.bodies.asked] == [b"you"]


def test_the_same_bytes_are_refused_a_second_time(body: BodyDesk) -> None:
    """AC-102: whether they matched or not, for that person, and for ninety days."""
    person, other = body.person(), body.person("testb")
    assert body.check(person, b"me 1") is None
    assert code(body.check(person, b"me 1")) is Code.BIOMETRIC_REPLAY
    assert code(body.check(person, b"me 1", FINGER)) is Code.BIOMETRIC_REPLAY
    assert body.check(person, b"me 2") is None
    assert body.check(other, b"me 1") is None
    assert outcomes(body).count("biometric.replay") == 2
    body.desk.clock.advance(days=91)
    assert body.check(person, b"me 1") is None
    kept = body.desk.session.scalars(select(BiometricSampleRow).where(BiometricSampleRow.subscriber_id == person))
    assert len(list(kept)) == 1, "old digests go"


def test_one_counter_for_all_modalities(body: BodyDesk) -> None:
    """AC-106: five misses in all, face or finger, then a wait that grows; it is counted before anything is compared."""
    person = body.person()
    for number in range(5):
        sample = f"you {number}".encode()
        assert code(body.check(person, sample, (FACE, FINGER)[number % 2])) is Code.BIOMETRIC_NO_MATCH
    refused = body.check(person, b"me 1", FINGER)
    assert refused == Refusal(Code.THROTTLED, "biometric", retry_after=30)
    assert len(body.bodies.asked) == 5
    body.desk.clock.advance(seconds=31)
    assert code(body.check(person, b"you 6")) is Code.BIOMETRIC_NO_MATCH
    waits = body.check(person, b"me 2")
    assert waits is not None
    assert waits.retry_after == 60
    body.desk.clock.advance(seconds=61)
    assert body.check(person, b"me 3") is None
    assert code(body.check(person, b"you 7")) is Code.BIOMETRIC_NO_MATCH, "a match begins afresh"


def test_a_sample_that_cannot_be_used_is_not_counted(body: BodyDesk) -> None:
    """Nothing was compared: neither by a dark picture nor by a verifier that is not there."""
    person = body.person()
    for number in range(12):
        assert body.check(person, f"dark {number}".encode()) == Refusal(Code.BIOMETRIC_CAPTURE, "too-dark")
        assert code(body.check(person, f"down {number}".encode())) is Code.PASSWORD_BUSY
    assert body.check(person, b"me 1") is None


def test_fifty_misses_turn_it_off(body: BodyDesk) -> None:
    """AC-104: not by waiting: only the person turns it on again; the trail tells them. Nobody else is meant."""
    person, other = body.person(), body.person("testb")
    for number in range(50):
        assert code(body.check(person, f"you {number}".encode())) is Code.BIOMETRIC_NO_MATCH
        body.desk.clock.advance(hours=25)
    assert code(body.check(person, b"me 1")) is Code.FACTOR_MISSING
    assert body.locks.held(person) == frozenset(Modality)
    body.desk.clock.advance(days=400)
    assert code(body.check(person, b"me 2", FINGER)) is Code.FACTOR_MISSING
    assert body.check(other, b"me 3") is None
    rows = body.desk.session.scalars(select(AuditRow).where(AuditRow.event == "biometric.locked"))
    assert [row.body["by"] for row in rows] == ["misses", "misses"]
    assert body.locks.unlock(person, FACE)
    assert body.check(person, b"me 4") is None


def test_a_lock_holds_one_modality(body: BodyDesk) -> None:
    """What its owner locked proves nothing and is not offered; the other one is as before."""
    person = body.person()
    assert body.locks.lock(person, FACE)
    assert not body.locks.lock(person, FACE), "once"
    assert code(body.check(person, b"me 1")) is Code.FACTOR_MISSING
    assert body.check(person, b"me 2", FINGER) is None
    held = body.methods.held_by(person)
    assert (held.face, held.finger) == (False, True)
    assert body.locks.unlock(person, FACE)
    assert not body.locks.unlock(person, FACE)
    assert body.check(person, b"me 3") is None


def test_without_a_verifier_nothing_is_offered(body: BodyDesk) -> None:
    """No stand-in: nobody is enrolled, and nothing matches."""
    desk = body.desk
    checks = Biometrics(
        desk.session, None, body.locks, body.challenges, desk.throttle, desk.shared.keys, desk.clock, desk.trail
    )
    person = body.person()
    challenge = checks.begin("here", person, FACE)
    assert checks.usable(person) == frozenset()
    assert code(checks.check("here", person, FACE, b"me", challenge)) is Code.FACTOR_MISSING


def test_nobody_is_matched_for_whom_nothing_is_enrolled(body: BodyDesk) -> None:
    """Unknown people too."""
    assert code(body.check(uuid4(), b"me")) is Code.FACTOR_MISSING
    assert code(body.check(body.desk.person("testb"), b"me")) is Code.FACTOR_MISSING


def _committed(shared: Shared, own_database: Engine) -> UUID:
    with Session(own_database) as session:
        person = Desk(shared, session).person("raced")
        session.commit()
    return person


def test_fifty_at_once_share_one_challenge_and_one_sample(shared: Shared, own_database: Engine) -> None:
    """One of fifty parallel uses of a challenge is checked; of fifty parallel checks of one sample one is new."""
    person = _committed(shared, own_database)

    def used(challenge: str | None) -> Refusal | None:
        with Session(own_database) as session:
            body = BodyDesk(Desk(shared, session))
            body.bodies.enrolled_people[person] = frozenset(Modality)
            own = challenge or body.checks.begin("here", person, FACE)
            sample = b"you raced" if challenge is None else f"me {uuid4()}".encode()
            outcome = body.checks.check("here", person, FACE, sample, own)
            session.commit()
            return outcome

    with Session(own_database) as session:
        shown = BodyDesk(Desk(shared, session)).checks.begin("here", person, FACE)
    with ThreadPoolExecutor(12) as pool:
        once = list(pool.map(used, [shown] * 50))
        assert once.count(None) == 1
        assert {code(one) for one in once if one is not None} == {Code.BIOMETRIC_CHALLENGE}
        tried = [code(one) for one in pool.map(used, [None] * 50)]
    assert tried.count(Code.BIOMETRIC_NO_MATCH) == 1
    assert set(tried) == {Code.BIOMETRIC_NO_MATCH, Code.BIOMETRIC_REPLAY, Code.THROTTLED}
    assert len(tried) - tried.count(Code.THROTTLED) == 5, "counted before it is compared"
    with Session(own_database) as session:
        noted = select(func.count()).where(BiometricSampleRow.subscriber_id == person)
        assert session.scalar(noted) == 2
