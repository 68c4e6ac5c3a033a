"""The rows of the gallery: what changed is told in the order of commits, so that no index ever misses anybody."""

import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.orm import Session

from enrollment.capture import Position
from enrollment.capture.extraction import TemplateOf
from enrollment.gallery import Entries, Epochs, Owner
from enrollment.storage import Kind
from idp.entropy import Entropy
from tests.factories.keys import purpose_keys, sealer
from tests.factories.moments import StillClock

pytestmark = pytest.mark.integration

RACERS = 50
CLOCK = StillClock()
THUMB, INDEX, FACE = Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.FACE


def entries(session: Session) -> Entries:
    """The rows over a session."""
    return Entries(session, CLOCK, Entropy(CLOCK))


def template(position: Position, kind: Kind | None = None) -> TemplateOf:
    """A template of that position."""
    fitting = Kind.FACE_TEMPLATE if position is FACE else Kind.FINGER_TEMPLATE
    return TemplateOf(uuid.uuid4(), uuid.uuid4(), position, 1, 70, kind or fitting, "engine-1", uuid.uuid4())


def entered(session: Session, positions: Iterable[Position] = (THUMB,)) -> uuid.UUID:
    """An application of which these positions are searched."""
    subject = uuid.uuid4()
    entries(session).enter_case(subject.hex[:14].upper(), subject, [template(position) for position in positions])
    return subject


def told(rows: Entries, after: int, most: int) -> tuple[dict[uuid.UUID, int], int]:
    """How many templates each changed subject has, told in pieces."""
    found: dict[uuid.UUID, int] = {}
    while after < rows.newest():
        changes = rows.changes(after, most)
        assert changes.upto > after
        after = changes.upto
        found |= {subject: len(held) for subject, held in changes.subjects.items()}
    return found, after


def test_entering_again_changes_nothing(session: Session) -> None:
    """A step that runs twice enters once; a sample captured anew takes the place of the old; records stay out."""
    rows, subject = entries(session), uuid.uuid4()
    thumb, face = template(THUMB), template(FACE)
    first = rows.enter_case("A", subject, [thumb, face, template(THUMB, Kind.MINUTIAE)])
    assert rows.enter_case("A", subject, [thumb, face]) == first
    assert [entry.object_id for entry in rows.of([subject])] == [face.object_id, thumb.object_id]
    better = template(THUMB)
    assert rows.enter_case("A", subject, [better, face]) > first
    assert [entry.object_id for entry in rows.of([subject])] == [face.object_id, better.object_id]
    assert (rows.people(), rows.withdraw([subject]), rows.people()) == (1, 2, 0)
    assert rows.owners([subject]) == {subject: Owner("A", None)}


def test_issuance_makes_them_the_persons(session: Session) -> None:
    """From issuance on a subject is a person's, and is found by the person."""
    rows, subject, person = entries(session), uuid.uuid4(), uuid.uuid4()
    rows.enter_case("A", subject, [template(THUMB)])
    assert rows.enter({"A": person, "B": uuid.uuid4()}) is None
    assert rows.owners([subject]) == {subject: Owner("A", person)}
    assert rows.subjects_of(person) == {subject}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 4), st.sets(st.sampled_from(list(Position)), max_size=4)), max_size=8))
def test_changes_tell_everything_in_pieces_of_any_size(
    session: Session, steps: list[tuple[int, set[Position]]]
) -> None:
    """However small the pieces, at the end everybody is told as they are, those who were taken out too."""
    rows = entries(session)
    after = rows.newest()
    subjects = [uuid.uuid4() for _ in range(5)]
    for number, positions in steps:
        rows.enter_case(f"C{number}", subjects[number], [template(position) for position in positions])
    touched = {subjects[number] for number, positions in steps if positions}
    for most in (1, 3, 500):
        found, upto = told(rows, after, most)
        assert set(found) == touched
        assert found == {subject: len(rows.of([subject])) for subject in touched}
        assert upto == rows.newest()


def test_no_index_misses_a_change_of_many_at_once(own_database: Engine) -> None:
    """Fifty workers enter at the same time while an index follows: it never goes past somebody who is not there yet."""
    apart = create_engine(own_database.url, poolclass=NullPool)
    gate = Barrier(RACERS + 1)
    seen: set[uuid.UUID] = set()
    reached = 0

    def enter(_: int) -> uuid.UUID:
        with Session(apart) as session:
            session.connection()
            gate.wait()
            subject = entered(session, (THUMB, INDEX))
            session.commit()
            return subject

    with ThreadPoolExecutor(RACERS) as pool:
        racing = [pool.submit(enter, number) for number in range(RACERS)]
        gate.wait()
        while not all(one.done() for one in racing):
            with Session(apart) as session:
                changes = entries(session).changes(reached)
                seen |= set(changes.subjects)
                reached = changes.upto
        subjects = {one.result() for one in racing}
    with Session(apart) as session:
        last, _ = told(entries(session), reached, 500)
    assert seen | set(last) == subjects
    apart.dispose()


def test_epochs_have_secrets_of_their_own(session: Session) -> None:
    """Two workers get the same secret; the next epoch has another, and the one before is destroyed. AC-112."""
    keys = purpose_keys()
    epochs = Epochs(session, sealer(keys), CLOCK, Entropy(CLOCK))
    first = epochs.current()
    assert Epochs(session, sealer(keys), CLOCK, Entropy(CLOCK)).current() == first
    second = epochs.begin_next()
    assert (first.epoch, second.epoch) == (1, 2)
    assert first.key != second.key
    assert epochs.current() == second
    assert second.key.hex() not in repr(second)
