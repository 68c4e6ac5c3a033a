"""What an event took comes back with its end, and nothing else does: neither more of it, nor what others took."""

import uuid

import pytest
from sqlalchemy import delete, insert, or_, select, update

from enrollment.issuance.models import IssuanceRow
from enrollment.life_events import Kind
from enrollment.register import Status
from enrollment.register.models import PersonAccountRow
from enrollment.standing.models import SuspensionRow
from idp.audit.models import AuditRow
from idp.subscribers import MoveReason
from idp.subscribers import State as AccountState
from tests.factories.life import Village
from tests.factories.register import an_aid

pytestmark = pytest.mark.integration

SHUT, OPEN, DEAD = AccountState.SUSPENDED, AccountState.ACTIVE, AccountState.DECEASED


def shut(village: Village, account: uuid.UUID) -> None:
    """An account is suspended for a reason of its own, which is no record's."""
    moved = village.lifecycle.move(account, AccountState.SUSPENDED, MoveReason.SUSPECTED_MISUSE, actor="operator")
    assert moved is None


def suspended(village: Village, person_id: uuid.UUID, accounts: list[uuid.UUID]) -> uuid.UUID:
    """A record is suspended, and these accounts with it."""
    assert village.life.statuses.move(person_id, Status.SUSPENDED, "test") is Status.ACTIVE
    for account in accounts:
        shut(village, account)
    row_id = uuid.uuid4()
    values = {"id": row_id, "person_id": person_id, "reason": "suspected_misuse", "accounts": accounts, "tries": 0}
    made = {"reference": uuid.uuid4().hex[:8], "digest": b"-", "made_by": uuid.uuid4(), "made_at": village.clock.now()}
    village.session.execute(insert(SuspensionRow).values(**values, **made))
    return row_id


@pytest.mark.parametrize("before", ["merge", "death"])
def test_a_split_opens_no_account_that_was_shut_for_a_reason_of_its_own(village: Village, before: str) -> None:
    """Whoever lives leaves the record of the dead with the accounts as they were before that death."""
    dead, _ = village.settled()
    alive, account = village.settled(given_names="Other")
    if before == "merge":
        shut(village, account)
    village.done(Kind.MERGE, dead, alive)
    if before == "death":
        shut(village, account)
    village.died(dead)
    assert village.account(account) is DEAD
    village.done(Kind.SPLIT, dead, alive)
    assert village.account(account) is SHUT


def test_a_split_opens_no_account_that_was_shut_while_nobody_was_dead(village: Village) -> None:
    """Also where the two are merely taken apart."""
    kept, _ = village.settled()
    closed, account = village.settled(given_names="Other")
    village.done(Kind.MERGE, kept, closed)
    shut(village, account)
    village.done(Kind.SPLIT, kept, closed)
    assert village.account(account) is SHUT


def test_who_leaves_a_suspended_record_leaves_its_suspension(village: Village) -> None:
    """It was the record's that goes on, and is dead now: its own accounts stay shut, whatever becomes of it."""
    dead, staying = village.settled()
    alive, moving = village.settled(given_names="Other")
    village.done(Kind.MERGE, dead, alive)
    suspension = suspended(village, dead, [staying, moving])
    village.died(dead)
    village.done(Kind.SPLIT, dead, alive)
    assert (village.account(staying), village.account(moving)) == (DEAD, OPEN)
    left = select(SuspensionRow.accounts).where(SuspensionRow.id == suspension)
    assert village.session.scalar(left) == [staying]
    shut(village, moving)
    village.done(Kind.DEATH_UNDONE, dead)
    assert (village.account(staying), village.account(moving)) == (SHUT, SHUT)


def test_an_account_that_was_shut_before_a_death_is_shut_after_it(village: Village) -> None:
    """Where the death is taken back; one that was closed meanwhile stays closed."""
    person, first = village.settled()
    other, second = village.settled(given_names="Other")
    village.done(Kind.MERGE, person, other)
    shut(village, first)
    village.died(person)
    assert village.lifecycle.move(second, AccountState.CLOSED, MoveReason.PERSON_ASKED, actor="operator") is None
    village.done(Kind.DEATH_UNDONE, person)
    assert (village.account(first), village.account(second)) == (SHUT, AccountState.CLOSED)


def test_deaths_one_after_the_other(village: Village) -> None:
    """A death that was taken back says nothing of the next: each puts back what it found."""
    dead, _ = village.settled()
    alive, account = village.settled(given_names="Other")
    village.done(Kind.MERGE, dead, alive)
    village.died(dead)
    village.done(Kind.DEATH_UNDONE, dead)
    shut(village, account)
    village.died(dead)
    village.done(Kind.SPLIT, dead, alive)
    assert village.account(account) is SHUT


def test_an_account_that_an_application_merely_names_hears_of_nothing(village: Village) -> None:
    """It moves with the record, and back; whoever holds it is told nothing, and is not shut out."""
    kept, _ = village.settled()
    closed, _ = village.settled(given_names="Other")
    _, stranger = village.settled(given_names="Stranger", consent=True)
    village.session.execute(delete(IssuanceRow).where(IssuanceRow.subscriber_id == stranger))
    named = {"aid": an_aid(), "person_id": closed, "subscriber_id": stranger, "account": "linked"}
    village.session.execute(insert(IssuanceRow).values(**named, issued_at=village.clock.now()))
    village.session.execute(
        update(PersonAccountRow).where(PersonAccountRow.subscriber_id == stranger).values(person_id=closed)
    )
    village.done(Kind.MERGE, kept, closed)
    village.died(kept)
    village.done(Kind.SPLIT, kept, closed)
    assert village.accounts.person_of(stranger) == closed
    assert village.account(stranger) is OPEN
    assert village.told() == []
    heard = AuditRow.subscriber_id == stranger, or_(AuditRow.event.like("life.%"), AuditRow.event.like("person.%"))
    assert village.session.scalars(select(AuditRow.event).where(*heard)).all() == []
