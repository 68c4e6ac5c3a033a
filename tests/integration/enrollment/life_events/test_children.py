"""Children are called at five and fifteen, with their guardians, and no birthday stands in the database."""

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from enrollment.cases import Kind
from enrollment.cases.models import KinRow
from enrollment.life_events import Kind as Happening
from enrollment.life_events.children import GUARDIAN
from enrollment.life_events.models import ChildCallRow, RelationRow
from enrollment.register.models import PersonRow
from idp.audit.models import AuditRow
from tests.factories.life import Village

pytestmark = pytest.mark.integration


def child(village: Village, months_to_five: int, **changes: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """A child who turns five in so many months, with its calls noted."""
    now = village.clock.now().date()
    index = now.year * 12 + now.month - 1 + months_to_five - 60
    born = dt.date(index // 12, index % 12 + 1, 1)
    person, account = village.settled(given_names="Child", birth_date=born.isoformat(), **changes)
    version = village.register.current(person)
    assert version is not None
    village.life.children.note(person, version.facts.birth)
    return person, account


def called(village: Village) -> set[tuple[Any, int]]:
    """Whom a call reached, and of what age."""
    rows = village.session.execute(
        select(AuditRow.subscriber_id, AuditRow.body).where(AuditRow.event == "child.called")
    )
    return {(row.subscriber_id, row.body["age"]) for row in rows}


def test_a_child_is_called_once_when_its_month_is_over(village: Village) -> None:
    """In the month after the birthday, not before, and not again; ten years later once more."""
    _, account = child(village, 2)
    assert village.life.children.call() == 0
    village.clock.advance(days=62)
    village.clock.advance(days=31)
    assert village.life.children.call() == 1
    assert village.life.children.call() == 0
    assert called(village) == {(account, 5)}
    village.clock.advance(days=3653)
    assert village.life.children.call() == 1
    assert called(village) == {(account, 5), (account, 15)}


def test_a_guardian_is_called_too(village: Village) -> None:
    """Whoever the application named, once; the link is in the guardian's own history."""
    person, account = child(village, 0)
    guardian, theirs = village.settled(given_names="Mother")
    aid = village.counter.opened(Kind.CHILD)
    kin = {"aid": aid, "subscriber_id": theirs, "relation": GUARDIAN}
    village.session.execute(insert(KinRow).values(kin))
    assert village.life.children.link(aid, person, None) == 1
    assert village.life.children.link(aid, person, None) == 0
    assert village.life.children.guardians_of(person) == [guardian]
    village.clock.advance(days=31)
    village.life.children.call()
    assert called(village) == {(account, 5), (theirs, 5)}
    linked = select(AuditRow.subscriber_id).where(AuditRow.event == "guardian.linked")
    assert village.session.scalars(linked).all() == [theirs]


def test_nobody_is_their_own_guardian(village: Village) -> None:
    """A number that was mistyped links nobody to themself."""
    person, account = child(village, 0)
    aid = village.counter.opened(Kind.CHILD)
    village.session.execute(insert(KinRow).values(aid=aid, subscriber_id=account, relation=GUARDIAN))
    assert village.life.children.link(aid, person, None) == 0
    assert not village.session.scalars(select(RelationRow.id)).all()


@pytest.mark.parametrize("status", ["deceased", "suspended"])
def test_who_is_not_there_is_not_called(village: Village, status: str) -> None:
    """No letter to the parents of a dead child; who comes back meanwhile is called then, and not forgotten."""
    person, account = child(village, 0)
    village.session.execute(update(PersonRow).where(PersonRow.id == person).values(status=status))
    village.clock.advance(days=31)
    assert village.life.children.call() == 0
    assert called(village) == set()
    village.session.execute(update(PersonRow).where(PersonRow.id == person).values(status="active"))
    village.clock.advance(days=200)
    assert village.life.children.call() == 1
    assert called(village) == {(account, 5)}


def guarded(village: Village, child_id: uuid.UUID, guardian: uuid.UUID) -> None:
    """Somebody is a child's guardian."""
    values = {"person_id": child_id, "other_id": guardian, "kind": GUARDIAN, "made_by": uuid.uuid4()}
    village.session.execute(insert(RelationRow).values(id=uuid.uuid4(), made_at=village.clock.now(), **values))


def test_guardians_are_found_through_merges(village: Village) -> None:
    """A guardian whose record was closed, and one who was noted in a closed record of the child; each of them once."""
    person, account = child(village, 0)
    again = village.settled(given_names="Chile")[0]
    mother, theirs = village.settled(given_names="Mother")
    other, second = village.settled(given_names="Moder")
    father, his = village.settled(given_names="Father")
    guarded(village, person, other)
    guarded(village, person, mother)
    guarded(village, again, father)
    village.done(Happening.MERGE, mother, other)
    village.done(Happening.MERGE, person, again)
    assert sorted(village.life.children.guardians_of(person)) == sorted([mother, father])
    village.clock.advance(days=31)
    village.life.children.call()
    assert {who for who, age in called(village) if age == 5} >= {account, theirs, second, his}


def test_a_dead_guardian_is_written_to_no_more(village: Village) -> None:
    """The others are."""
    person, account = child(village, 0)
    dead, _ = village.settled(given_names="Mother")
    guarded(village, person, dead)
    village.died(dead)
    village.clock.advance(days=31)
    village.life.children.call()
    assert called(village) == {(account, 5)}


def test_grown_ups_and_new_versions(village: Village) -> None:
    """Nobody over fifteen is noted; a corrected birthday moves the call; a birthday is nowhere to be read."""
    grown, _ = village.settled()
    version = village.register.current(grown)
    assert version is not None
    assert village.life.children.note(grown, version.facts.birth) == 0
    person, _ = child(village, 3)
    held = village.register.current(person)
    assert held is not None
    first = set(village.session.scalars(select(ChildCallRow.month).where(ChildCallRow.called_at.is_(None))))
    village.life.children.note(person, version.facts.birth)
    assert not village.session.scalars(select(ChildCallRow.month).where(ChildCallRow.called_at.is_(None))).all()
    village.life.children.note(person, held.facts.birth)
    again = set(village.session.scalars(select(ChildCallRow.month).where(ChildCallRow.called_at.is_(None))))
    assert first == again
    assert {len(one) for one in again} == {32}
