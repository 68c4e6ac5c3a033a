"""A death: two registrars agreed on it by an application; the record ends, and can be brought back for ninety days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, select

from enrollment.cases import Attempt, Case, Cases, Guard, Kind, Moved, Order, Reason, Task
from enrollment.cases import State as CaseState
from enrollment.cases.access import Wish
from enrollment.cases.orders import Hand
from enrollment.errors import Code, Refusal
from enrollment.life_events.announcing import Change
from enrollment.life_events.events import UNDO_WITHIN, Ground, LifeEvent, State, event_of
from enrollment.life_events.events import Kind as LifeKind
from enrollment.life_events.models import LifeEventRow
from enrollment.life_events.parts import Parts
from enrollment.register import Status
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.subscribers import State as AccountState

__all__ = ["Deaths", "Restoration", "death_recorded"]

_TASK = Task("death")
_WISH = Wish("issue", (Hand.SYSTEM,), lock=True)


class Deaths:
    """Records deaths for the worker, in the caller's transaction. Bears repeating."""

    def __init__(
        self,
        session: Session,
        cases: Cases,
        parts: Parts,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._cases = cases
        self._parts = parts
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def record(self, aid: str) -> LifeEvent | Refusal | None:
        """The person of an accepted report is dead: no number of theirs is good, no account signs in.

        None where there is nothing to do: recorded before, cancelled, or no report of a death. After a refusal the
        report is held: `ENR_UNKNOWN` about `person`, `ENR_STATE` about `status` (dead already, merged, erased).
        """
        case = self._cases.access.reach(_TASK, aid, _WISH)
        if isinstance(case, Refusal) or case.state is not CaseState.ACCEPTED or case.kind is not Kind.DEATH:
            return None
        done = Refusal(Code.ENR_UNKNOWN, "person") if case.person_id is None else self._recorded(case, case.person_id)
        if isinstance(done, Refusal):
            self._moved(lambda: self._cases.lifecycle.hold(Order(_TASK, aid), Reason.OTHER))
            return done
        self._moved(lambda: self._cases.lifecycle.issue(Order(_TASK, aid), done.person_id))
        return done

    def _recorded(self, case: Case, person_id: UUID) -> LifeEvent | Refusal:
        asked_by, decided_by = self._registrars(case.aid)
        actor = "system" if decided_by is None else str(decided_by)
        before = self._parts.statuses.move(person_id, Status.DECEASED, Ground.CIVIL_REGISTER, actor=actor)
        if isinstance(before, Refusal):
            return before
        accounts = self._parts.accounts.of_person(person_id)
        # Nobody's own wish is carried out any more; what two registrars decided goes on.
        self._parts.erasures.set_aside(person_id, actor, body_only=True)
        self._parts.announcing.tell(person_id, Change.DECEASED)
        shut = self._parts.belongings.shut_accounts(accounts, actor)
        details = {
            "before": before.value,
            "numbers": [str(one) for one in self._parts.belongings.retire_numbers(person_id)],
            "accounts": {str(account): state.value for account, state in shut.items()},
        }
        now = self._clock.now()
        values = {
            "id": self._entropy.uuid(),
            "kind": LifeKind.DEATH.value,
            "state": State.DONE.value,
            "person_id": person_id,
            "aid": case.aid,
            "ground": Ground.CIVIL_REGISTER.value,
            "details": details,
            "asked_by": asked_by,
            "asked_at": case.opened_at,
            "decided_by": decided_by,
            "decided_at": now,
            "undo_until": now + UNDO_WITHIN[LifeKind.DEATH],
        }
        row = self._session.scalars(insert(LifeEventRow).values(values).returning(LifeEventRow)).one()
        event = event_of(row)
        told: list[UUID | None] = [*accounts]
        for account in told or [None]:
            body = {"kind": event.kind.value, "event": str(event.id), "ground": event.ground.value, "case": case.aid}
            self._trail.append(AuditEvent(Event.LIFE_DONE, subscriber_id=account, actor=actor, body=body))
        return event

    def _registrars(self, aid: str) -> tuple[UUID | None, UUID | None]:
        """Who signed the report, and who approved it."""
        history = self._cases.files.history(_TASK, aid)
        steps = {} if isinstance(history, Refusal) else {step.event: step.actor_id for step in history}
        return steps.get("sign"), steps.get("approve")

    @staticmethod
    def _moved(move: Callable[[], Moved | Refusal]) -> None:
        """The row is held and its conditions were just made true: a no is a broken rule, and nothing may be kept."""
        moved = move()
        if isinstance(moved, Refusal):
            message = f"a death was recorded, and its report did not move: {moved.code} {moved.about}"
            raise RuntimeError(message)  # noqa: TRY004 - a broken rule, which must not be committed


def death_recorded(session: Session, case: Case, attempt: Attempt) -> Refusal | None:
    """The condition `RECORDED` of a death: this report ended this very person's record."""
    person_id = attempt.changes.get("person_id")
    wanted = exists().where(
        LifeEventRow.aid == case.aid,
        LifeEventRow.person_id == person_id,
        LifeEventRow.kind == LifeKind.DEATH.value,
        LifeEventRow.state == State.DONE.value,
    )
    held = person_id is not None and session.scalar(select(wanted))
    return None if held else Refusal(Code.ENR_GUARD, Guard.RECORDED.value)


class Restoration:
    """Fulfils `Act`: a death that was none is taken back, within ninety days."""

    def __init__(self, parts: Parts, clock: Clock) -> None:
        self._parts = parts
        self._clock = clock

    def refusal(self, event: LifeEvent) -> Refusal | None:
        """`ENR_EXPIRED` after ninety days, `ENR_STATE` about `status` for somebody who is not recorded as dead."""
        person = self._parts.register.get(event.person_id)
        if person is None or person.status is not Status.DECEASED:
            return Refusal(Code.ENR_STATE, "status")
        over = event.undo_until is None or event.undo_until <= self._clock.now()
        return Refusal(Code.ENR_EXPIRED, "undo") if over else None

    def do(self, event: LifeEvent, actor: str) -> Mapping[str, Any] | Refusal:
        """Back to what it was: a record that was suspended still is. What was to be erased of the dead is kept.

        Refused: `refusal`.
        """
        before = Status(event.details["before"])
        moved = self._parts.statuses.move(event.person_id, before, event.ground, actor=actor)
        if isinstance(moved, Refusal):
            return moved
        self._parts.belongings.restore_numbers(event.person_id, [UUID(one) for one in event.details["numbers"]])
        held = set(self._parts.accounts.of_person(event.person_id))
        shut = {UUID(name): AccountState(state) for name, state in event.details["accounts"].items()}
        self._parts.belongings.open_accounts({one: state for one, state in shut.items() if one in held}, actor)
        self._parts.erasures.set_aside(event.person_id, actor)
        self._parts.announcing.tell(event.person_id, Change.RESTORED)
        return event.details
