"""Many applications at once, for rows of an older register: the same table, conditions, events and audit as for one.

Each step of each application is looked up in the table; what differs is that one statement writes hundreds. Nothing is
stored before `write`, and the caller's transaction holds all of it or none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, insert, text

from enrollment.cases.aid import Aids
from enrollment.cases.case import Case, Kind, State
from enrollment.cases.models import ApplicationRow, EventRow, SectionRow
from enrollment.cases.orders import Hand, Task, hand_of
from enrollment.cases.reasons import REASONS, Reason
from enrollment.cases.sections import Section, Status
from enrollment.cases.transitions import Event as Move
from enrollment.cases.transitions import Guard, rule_for
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["Holds", "Newcomer", "TakingIn"]

Holds = Callable[[Sequence[Case]], Collection[str]]
"""Answers a condition for many: the numbers (AID) of those for which it holds."""

# By their tables: of rows with and without a value the models would make a statement each.
_SECTIONS, _EVENTS = cast("Table", SectionRow.__table__), cast("Table", EventRow.__table__)
_MOVED = text(
    """
    update enrol_application as a set state = v.state, version = v.version, searched = v.searched,
        person_id = v.person_id, subscriber_id = v.subscriber_id
    from jsonb_to_recordset(cast(:moved as jsonb)) as v(
        aid text, state text, version integer, searched boolean, person_id uuid, subscriber_id uuid)
    where a.aid = v.aid
    """
)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A row that is taken in. `person` is the section of personal details, sealed; `complete`: nothing lacks."""

    subject_key_id: UUID
    person: bytes = field(repr=False)
    complete: bool = True


class TakingIn:
    """Takes rows in and moves them on, in the caller's transaction; made for one batch and gone with it."""

    def __init__(self, session: Session, clock: Clock, entropy: Entropy, trail: Trail, task: Task) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._task = task
        self._aids = Aids(session, entropy)
        self._now = clock.now()
        self._stored: dict[str, Case] = {}
        self._held: dict[str, Case] = {}
        self._events: list[dict[str, Any]] = []
        self._audits: list[AuditEvent] = []

    def take_in(self, rows: Sequence[Newcomer]) -> list[Case]:
        """An application in `RECEIVED` for each row, in order, stored with its sections."""
        if not rows:
            return []
        numbers = self._aids.several(None, len(rows))
        cases = [self._begun(aid, row) for aid, row in zip(numbers, rows, strict=True)]
        self._session.execute(insert(ApplicationRow), [asdict(case) for case in cases])
        sections = [
            section for case, row in zip(cases, rows, strict=True) for section in self._sections(case, row)
        ]  # fmt: skip
        self._session.execute(insert(_SECTIONS), sections)
        for case in cases:
            self._stored[case.aid] = self._held[case.aid] = case
            self._note(case, Move.TAKE_IN, None, None, {})
        return cases

    def step(
        self,
        cases: Sequence[Case],
        move: Move,
        *,
        reason: Reason | None = None,
        holds: Mapping[Guard, Holds] | None = None,
        changes: Mapping[str, Mapping[str, UUID]] | None = None,
    ) -> list[Case]:
        """Each one step on, in order; `changes` are columns by AID.

        Raises RuntimeError where the table has no such step, or a condition does not hold: whoever calls has made it
        true in this transaction.
        """
        if (reason is None) is (move in REASONS) or (reason is not None and reason not in REASONS[move]):
            message = f"{move} and its reason do not go together"
            raise RuntimeError(message)
        self._conditions(cases, move, holds or {})
        moved = []
        for case in cases:
            rule = rule_for(case.kind, case.state, move)
            if rule is None or rule.to is None:
                message = f"no step {move} from {case.state}"
                raise RuntimeError(message)
            more = (changes or {}).get(case.aid, {})
            after = replace(
                case,
                state=rule.to,
                version=case.version + 1,
                searched=case.searched or move in {Move.CLEAR, Move.REFER},
                person_id=more.get("person_id", case.person_id),
                subscriber_id=more.get("subscriber_id", case.subscriber_id),
            )
            self._held[case.aid] = after
            self._note(after, move, case.state, reason, {})
            moved.append(after)
        return moved

    def write(self) -> None:
        """Store where every application is by now, with all events and audit rows."""
        moved = [self._moved(case) for aid, case in self._held.items() if case != self._stored[aid]]
        if moved:
            self._session.execute(_MOVED, {"moved": json.dumps(moved)})
        if self._events:
            self._session.execute(insert(_EVENTS), self._events)
        self._trail.append_all(self._audits)
        self._stored = dict(self._held)
        self._events, self._audits = [], []

    def _begun(self, aid: str, row: Newcomer) -> Case:
        return Case(
            aid=aid,
            kind=Kind.IMPORT,
            state=State.RECEIVED,
            version=1,
            centre_id=None,
            station_id=None,
            officer_id=None,
            person_id=None,
            subscriber_id=None,
            subject_key_id=row.subject_key_id,
            searched=False,
            held_from=None,
            tries=0,
            opened_at=self._now,
            changed_at=self._now,
            due_at=None,
        )

    def _sections(self, case: Case, row: Newcomer) -> list[dict[str, Any]]:
        """All of them empty, but for the personal details."""
        empty = {"aid": case.aid, "version": 0, "sealed": None, "savers": [], "saved_at": None}
        written = {"version": 1, "sealed": row.person, "saved_at": self._now}
        status = Status.OK if row.complete else Status.PARTIAL
        return [
            {**empty, **written, "name": section.value, "status": status.value}
            if section is Section.PERSON
            else {**empty, "name": section.value, "status": Status.EMPTY.value}
            for section in Section
        ]

    def _conditions(self, cases: Sequence[Case], move: Move, holds: Mapping[Guard, Holds]) -> None:
        asked: dict[Guard, list[Case]] = {}
        for case in cases:
            rule = rule_for(case.kind, case.state, move)
            if rule is None or Hand.SYSTEM not in rule.roles:
                message = f"no step {move} from {case.state} for a worker"
                raise RuntimeError(message)
            for guard in rule.guards:
                asked.setdefault(guard, []).append(case)
        for guard, some in asked.items():
            answer = holds.get(guard)
            true = frozenset() if answer is None else frozenset(answer(some))
            if any(case.aid not in true for case in some):
                message = f"{move}, and {guard} does not hold"
                raise RuntimeError(message)

    def _note(
        self, case: Case, move: Move, before: State | None, reason: Reason | None, facts: Mapping[str, Any]
    ) -> None:
        said = None if reason is None else reason.value
        came = None if before is None else before.value
        self._events.append(
            {
                "id": self._entropy.uuid(),
                "aid": case.aid,
                "n": case.version,
                "event": move.value,
                "from_state": came,
                "to_state": case.state.value,
                "hand": hand_of(self._task),
                "actor_id": None,
                "reason": said,
                "facts": dict(facts),
                "at": self._now,
            }
        )
        body: dict[str, str | int | None] = {
            "aid": case.aid,
            "kind": case.kind.value,
            "event": move.value,
            "from": came,
            "to": case.state.value,
            "reason": said,
            "version": case.version,
        }
        self._audits.append(
            AuditEvent(Event.ENROLMENT_MOVED, subscriber_id=case.subscriber_id, actor="system", body=body)
        )

    @staticmethod
    def _moved(case: Case) -> dict[str, Any]:
        return {
            "aid": case.aid,
            "state": case.state.value,
            "version": case.version,
            "searched": case.searched,
            "person_id": None if case.person_id is None else str(case.person_id),
            "subscriber_id": None if case.subscriber_id is None else str(case.subscriber_id),
        }
