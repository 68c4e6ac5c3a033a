"""Nothing is destroyed on a ground that an event took away, and nothing is merged that is about to be destroyed."""

import uuid

import pytest
from sqlalchemy import insert, select

from enrollment.erasure.models import ErasureRow
from enrollment.erasure.setting_aside import SettingAside
from enrollment.errors import Code, Refusal
from enrollment.life_events import Kind, LifeEvent
from idp.audit.models import AuditRow
from tests.factories.life import Village

pytestmark = pytest.mark.integration


def waits(village: Village, person_id: uuid.UUID, scope: str = "body") -> uuid.UUID:
    """An erasure of somebody that waits for its day."""
    erasure_id = uuid.uuid4()
    ground = "consent_withdrawn" if scope == "body" else "court_order"
    values = {"id": erasure_id, "person_id": person_id, "scope": scope, "ground": ground, "asked_by": uuid.uuid4()}
    now = village.clock.now()
    village.session.execute(insert(ErasureRow).values(**values, asked_at=now, due_at=now))
    return erasure_id


def outcome(village: Village, erasure_id: uuid.UUID) -> str | None:
    """What came of it."""
    return village.session.scalar(select(ErasureRow.outcome).where(ErasureRow.id == erasure_id))


def seen(village: Village, account: uuid.UUID) -> list[str]:
    """How the erasures ended that the account's own history has."""
    mine = AuditRow.subscriber_id == account, AuditRow.event == "erasure.stopped"
    return [body["outcome"] for body in village.session.scalars(select(AuditRow.body).where(*mine))]


class Told:
    """Remembers who was told what."""

    def __init__(self) -> None:
        self.heard: list[tuple[uuid.UUID, str]] = []

    def tell_person(self, person_id: uuid.UUID, what: str) -> None:
        """Fulfils `Told`."""
        self.heard.append((person_id, what))


@pytest.mark.parametrize("scope", ["body", "record"])
def test_the_person_is_told_once(village: Village, scope: str) -> None:
    """Nothing is told where nothing waits."""
    person, told = village.settled()[0], Told()
    aside = SettingAside(village.session, village.accounts, told, village.clock, village.trail)
    assert not aside.set_aside(person, "system")
    waits(village, person, scope)
    assert aside.waits(person)
    assert aside.set_aside(person, "system")
    assert not aside.set_aside(person, "system")
    assert told.heard == [(person, f"{scope}_erasure_void")]
    assert not aside.waits(person)


@pytest.mark.parametrize("scope", ["body", "record"])
@pytest.mark.parametrize("which", [0, 1])
def test_what_is_about_to_be_erased_is_not_merged(village: Village, scope: str, which: int) -> None:
    """The one that goes on would take what was merged into it along; asked for before, it is not agreed to."""
    people = [village.settled()[0], village.settled(given_names="Other")[0]]
    asked = village.ask(Kind.MERGE, *people)
    assert isinstance(asked, LifeEvent)
    erasure = waits(village, people[which], scope)
    assert village.decide(asked) == Refusal(Code.ENR_GUARD, "erasure")
    assert village.decide(asked, agreed=False).state == "refused"
    assert village.ask(Kind.MERGE, *people) == Refusal(Code.ENR_GUARD, "erasure")
    assert outcome(village, erasure) is None


@pytest.mark.parametrize("scope", ["body", "record"])
def test_two_who_are_taken_apart_are_not_erased_as_one(village: Village, scope: str) -> None:
    """Both see that it was set aside."""
    kept, staying = village.settled()
    closed, moving = village.settled(given_names="Other")
    village.done(Kind.MERGE, kept, closed)
    erasure = waits(village, kept, scope)
    village.done(Kind.SPLIT, kept, closed)
    assert outcome(village, erasure) == "void"
    assert seen(village, staying) == seen(village, moving) == ["void"]
    village.done(Kind.MERGE, kept, closed)


@pytest.mark.parametrize(("scope", "ended"), [("body", "void"), ("record", None)])
def test_nobodys_own_wish_outlives_them(village: Village, scope: str, ended: str | None) -> None:
    """A body's erasure ends with the death, for all to see; what registrars decided about the record goes on."""
    person, account = village.settled()
    erasure = waits(village, person, scope)
    village.died(person)
    assert outcome(village, erasure) == ended
    assert seen(village, account) == ([] if ended is None else [ended])


def test_who_lives_is_not_erased_as_one_of_the_dead(village: Village) -> None:
    """An erasure of a dead person's record is set aside where they are not dead."""
    person, account = village.settled()
    village.died(person)
    erasure = waits(village, person, "record")
    village.done(Kind.DEATH_UNDONE, person)
    assert outcome(village, erasure) == "void"
    assert seen(village, account) == ["void"]
