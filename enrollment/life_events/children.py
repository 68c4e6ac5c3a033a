"""Children come again at five and at fifteen: who is to be called, without anybody's birthday in the database.

What is kept of the birthday is a keyed digest of the month in which the child reaches that age (HMAC-SHA256, RFC 2104);
whoever calls computes the digests of the months that have come.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.cases.models import KinRow
from enrollment.life_events.belongings import absorbed
from enrollment.life_events.models import ChildCallRow, RelationRow
from enrollment.register import Accounts, Birth, Register, Status
from enrollment.register.models import PersonRow
from enrollment.register.survivors import survivors
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys
from idp.notices import Notice, Notices

__all__ = ["AGES", "GUARDIAN", "Children"]

AGES = (5, 15)
GUARDIAN = "guardian"
# A round that did not run for so long still finds everybody.
_MONTHS = 36
_AT_A_TIME = 50


class Children:
    """Notes guardians and calls, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        register: Register,
        accounts: Accounts,
        notices: Notices,
        keys: PurposeKeys,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._register = register
        self._accounts = accounts
        self._notices = notices
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def note(self, person_id: UUID, birth: Birth) -> int:
        """Note when somebody is to come again, anew for each version of their record; how many calls are to come."""
        waiting = ChildCallRow.person_id == person_id, ChildCallRow.called_at.is_(None)
        months = {age: _month(birth, age) for age in AGES}
        now = _index(self._clock.now().date())
        ahead = {age: month for age, month in months.items() if month >= now}
        self._session.execute(update(ChildCallRow).where(*waiting).values(month=b"", called_at=self._clock.now()))
        for age, month in ahead.items():
            values = {"month": self._digest(month), "called_at": None}
            made = insert(ChildCallRow).values(person_id=person_id, age=age, **values)
            keys = [ChildCallRow.person_id, ChildCallRow.age]
            self._session.execute(made.on_conflict_do_update(index_elements=keys, set_=values))
        return len(ahead)

    def link(self, aid: str, child_id: UUID, actor: UUID | None) -> int:
        """Those whom an application names as guardians are the child's; how many links are new."""
        named = select(KinRow.subscriber_id).where(KinRow.aid == aid, KinRow.relation == GUARDIAN)
        people = {self._accounts.person_of(account) for account in self._session.scalars(named)}
        count = 0
        for guardian in sorted(one for one in people if one is not None and one != child_id):
            values = {
                "id": self._entropy.uuid(),
                "person_id": child_id,
                "other_id": guardian,
                "kind": GUARDIAN,
                "made_by": actor or UUID(int=0),
                "made_at": self._clock.now(),
            }
            made = insert(RelationRow).values(values).on_conflict_do_nothing().returning(RelationRow.id)
            if self._session.scalar(made) is None:
                continue
            count += 1
            for account in self._accounts.of_person(guardian):
                self._trail.append(AuditEvent(Event.GUARDIAN_LINKED, subscriber_id=account, body={"case": aid}))
        return count

    def guardians_of(self, child_id: UUID) -> list[UUID]:
        """The people of the register who are a child's guardians now: whoever goes on for those who were noted.

        Also those who were noted in a record that was merged into the child's.
        """
        records = [child_id, *absorbed(self._session, child_id)]
        now = RelationRow.person_id.in_(records), RelationRow.ended_at.is_(None)
        noted = self._session.scalars(select(RelationRow.other_id).where(*now).order_by(RelationRow.made_at)).all()
        going_on = survivors(self._session, noted)
        return [one for one in dict.fromkeys(going_on[other] for other in noted) if one not in records]

    def call(self) -> int:
        """Call those whose month has come, and their guardians, once: how many children, at most fifty.

        Whoever is not in the register as active now is called when they are again, in as many months.
        """
        now = _index(self._clock.now().date())
        come = [self._digest(month) for month in range(now - _MONTHS, now + 1)]
        rows = self._session.execute(
            select(ChildCallRow.person_id, ChildCallRow.age)
            .join(PersonRow, PersonRow.id == ChildCallRow.person_id)
            .where(ChildCallRow.month.in_(come), ChildCallRow.called_at.is_(None))
            .where(PersonRow.status == Status.ACTIVE.value)
            .limit(_AT_A_TIME)
            .with_for_update(skip_locked=True, of=ChildCallRow)
        ).all()
        for row in rows:
            called = update(ChildCallRow).where(ChildCallRow.person_id == row.person_id, ChildCallRow.age == row.age)
            self._session.execute(called.values(called_at=self._clock.now()))
            self._called(row.person_id, row.age)
        return len(rows)

    def _called(self, child_id: UUID, age: int) -> None:
        person = self._register.get(child_id)
        if person is None or person.status is not Status.ACTIVE:
            return
        own = self._accounts.of_person(child_id)
        living = [one for one in self.guardians_of(child_id) if self._lives(one)]
        others = [account for one in living for account in self._accounts.of_person(one)]
        for account in dict.fromkeys([*own, *others]):
            self._notices.tell(account, Notice.COME_AGAIN, {"age": str(age), "own": "yes" if account in own else ""})
            body = {"age": age, "own": account in own}
            self._trail.append(AuditEvent(Event.CHILD_CALLED, subscriber_id=account, body=body))

    def _lives(self, person_id: UUID) -> bool:
        person = self._register.get(person_id)
        return person is not None and person.status not in {Status.DECEASED, Status.ERASED}

    def _digest(self, month: int) -> bytes:
        return self._keys.mac(Purpose.BLIND_INDEX, f"child|{month}")


def _month(birth: Birth, age: int) -> int:
    """The month after the one in which somebody reaches an age; where only the year is known, after its end."""
    return (birth.year + age) * 12 + (12 if birth.month is None else birth.month)


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1
