"""One step of an application: held, checked, moved, and written down, all in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from enrollment.cases.access import Access, Wish, roles_of
from enrollment.cases.aid import Aids
from enrollment.cases.case import Case, Kind, State, case_of
from enrollment.cases.errands import errands_after
from enrollment.cases.guards import Attempt, Guards
from enrollment.cases.idempotency import Replies
from enrollment.cases.models import ApplicationRow, EventRow, KinRow, SectionRow
from enrollment.cases.orders import Doer, Moved, Order, Task, actor_id_of, hand_of, reference_of
from enrollment.cases.packets import Packets
from enrollment.cases.policy import CasePolicy
from enrollment.cases.reasons import REASONS, Reason
from enrollment.cases.sections import Section, Status
from enrollment.cases.transitions import TABLE, Rule, rule_for
from enrollment.cases.transitions import Event as Move
from enrollment.centres.actors import Actor
from enrollment.errors import Code, Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.jobs import Jobs

__all__ = ["Stepper"]

_ROLES = {event: frozenset().union(*(rule.roles for rule in TABLE.values() if rule.event is event)) for event in Move}
_ANYWHERE = {
    event: frozenset(rule.source for rule in TABLE.values() if rule.event is event and rule.anywhere) for event in Move
}


class Stepper:
    """Makes the steps of the table. Services of this room call it; everybody else calls `Lifecycle`."""

    def __init__(
        self,
        session: Session,
        access: Access,
        guards: Guards,
        packets: Packets,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
        policy: CasePolicy,
    ) -> None:
        self._session = session
        self._access = access
        self._guards = guards
        self._packets = packets
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._policy = policy
        self._replies = Replies(session, clock, policy)
        self._aids = Aids(session, entropy)
        self._jobs = Jobs(session)

    def begin(self, by: Doer, key: str, event: Move, kind: Kind, known: Mapping[str, UUID | None]) -> Moved | Refusal:
        """A new application, once for each key. `known` names the person and account that it is about, where known."""
        body = {"event": event.value, "kind": kind.value, **{name: str(value) for name, value in known.items()}}
        return self._once(by, key, body, lambda: self._begin(by, event, kind, known))

    def step(
        self,
        order: Order,
        event: Move,
        *,
        reason: Reason | None = None,
        facts: Mapping[str, Any] | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Moved | Refusal:
        """One step, once for each key."""
        if (reason is None) is (event in REASONS) or (reason is not None and reason not in REASONS[event]):
            return Refusal(Code.ENR_SCHEMA, "reason")
        attempt = Attempt(order, event, facts or {}, changes or {})
        body: dict[str, Any] = {"event": event.value, "aid": order.aid, "version": order.version, "reason": reason}
        body |= {"facts": facts or {}, "changes": changes or {}}
        return self._once(order.by, _key_of(order, event), body, lambda: self._step(attempt, reason))

    def _once(
        self, by: Doer, key: str | None, body: Mapping[str, Any], act: Callable[[], Moved | Refusal]
    ) -> Moved | Refusal:
        if key is None:
            return act()
        held = self._replies.claim(by, key, body)
        if isinstance(held, Refusal):
            return held
        if held is not None:
            return Moved(held["aid"], held["state"], held["version"], again=True)
        done = act()
        if isinstance(done, Refusal):
            self._replies.release(by, key)
        else:
            self._replies.keep(by, key, {"aid": done.aid, "state": done.state, "version": done.version})
        return done

    def _begin(self, by: Doer, event: Move, kind: Kind, known: Mapping[str, UUID | None]) -> Moved | Refusal:
        rule = rule_for(kind, None, event)
        if rule is None:
            return Refusal(Code.ENR_SCHEMA, "kind")
        actor = by if isinstance(by, Actor) else None
        placed = actor is None or actor.centre_id is not None or kind is Kind.DEATH
        if not roles_of(by) & rule.roles or not placed:
            return self._access.refuse(by, "", event.value, Refusal(Code.ENR_ROLE))
        theirs = isinstance(by, Actor) and by.subscriber_id == known.get("subscriber_id")
        if theirs or self._access.is_own(by, known.get("person_id")):
            return self._access.refuse(by, "", event.value, Refusal(Code.ENR_OWN))
        now = self._clock.now()
        case = Case(
            aid=self._aids.new(None if actor is None else actor.station_id),
            kind=kind,
            state=_reached(rule, None),
            version=1,
            centre_id=None if actor is None else actor.centre_id,
            station_id=None if actor is None else actor.station_id,
            officer_id=None if actor is None else actor.subscriber_id,
            person_id=known.get("person_id"),
            subscriber_id=known.get("subscriber_id"),
            subject_key_id=self._entropy.uuid(),
            searched=False,
            held_from=None,
            tries=0,
            opened_at=now,
            changed_at=now,
            due_at=now + self._policy.draft_kept if event is Move.DRAFT else None,
        )
        self._session.execute(insert(ApplicationRow).values(**asdict(case)))
        empty: list[dict[str, Any]] = [
            {"aid": case.aid, "name": section.value, "status": Status.EMPTY.value, "version": 0, "savers": []}
            for section in Section
        ]
        self._session.execute(insert(SectionRow), empty)
        if case.subscriber_id is not None:
            own = {"aid": case.aid, "subscriber_id": case.subscriber_id, "relation": "self"}
            self._session.execute(insert(KinRow).values(own))
        self._note(by, case, event, None, None, {})
        return Moved(case.aid, case.state.value, case.version)

    def _step(self, attempt: Attempt, reason: Reason | None) -> Moved | Refusal:
        order, event = attempt.order, attempt.event
        by = order.by
        case = self._access.reach(by, order.aid, Wish(event.value, _ROLES[event], _ANYWHERE[event], lock=True))
        if isinstance(case, Refusal):
            return case
        rule = rule_for(case.kind, case.state, event)
        refusal = self._forbidden(order, case, rule, event)
        if rule is not None and refusal is None:
            refusal = self._guards.refusal(rule, case, attempt)
        if rule is None or refusal is not None:
            return self._access.refuse(by, order.aid, event.value, refusal or Refusal(Code.ENR_STATE), case)
        values = {**self._values(case, rule, by), **attempt.changes}
        facts = dict(attempt.facts)
        if event is Move.SIGN:
            values["packet_number"] = self._packets.number(values["station_id"])
            values["packet_digest"] = self._packets.digest(case)
            facts |= {"packet": values["packet_number"], "digest": values["packet_digest"].hex()}
        row = self._session.scalars(
            update(ApplicationRow)
            .where(ApplicationRow.aid == case.aid, ApplicationRow.version == case.version)
            .values(**values)
            .returning(ApplicationRow)
            .execution_options(populate_existing=True)
        ).one()
        moved = case_of(row)
        self._note(by, moved, event, case.state, reason, facts)
        if moved.tries >= self._policy.alert_after_tries and event is Move.HOLD:
            body: dict[str, BodyValue] = {"aid": case.aid, "from": case.state.value, "tries": moved.tries}
            self._trail.append(AuditEvent(Event.ENROLMENT_STUCK, actor=reference_of(by), body=body))
        return Moved(moved.aid, moved.state.value, moved.version)

    def _forbidden(self, order: Order, case: Case, rule: Rule | None, event: Move) -> Refusal | None:
        careless = order.version is None and isinstance(order.by, Task)
        if order.version != case.version and not careless:
            return Refusal(Code.ENR_STATE, "version")
        if rule is None:
            return Refusal(Code.ENR_STATE, case.state.value)
        if not roles_of(order.by) & rule.roles:
            return Refusal(Code.ENR_ROLE)
        # Reached by another of the doer's roles than the one that this row asks for.
        return self._access.outside(order.by, case, Wish(event.value, rule.roles, _ANYWHERE[event]))

    def _values(self, case: Case, rule: Rule, by: Doer) -> dict[str, Any]:
        """The columns that a step changes by itself."""
        now = self._clock.now()
        values: dict[str, Any] = {
            "state": _reached(rule, case).value,
            "version": case.version + 1,
            "changed_at": now,
            "held_from": None,
            "due_at": None,
            "tries": case.tries if rule.event is Move.RELEASE else 0,
        }
        if rule.to is State.CAPTURING:
            values["searched"] = False
        if rule.event in {Move.CLEAR, Move.REFER, Move.RECOGNISE}:
            values["searched"] = True
        if rule.event in {Move.START, Move.RESUME, Move.SIGN} and isinstance(by, Actor):
            values |= {"officer_id": by.subscriber_id, "station_id": by.station_id}
            values["centre_id"] = by.centre_id if rule.anywhere else case.centre_id
        if rule.event is Move.SUBMIT:
            values["due_at"] = now + self._policy.submitted_kept
        if rule.event is Move.RECAPTURE:
            values["due_at"] = now + self._policy.recapture_within
        if rule.event is Move.HOLD:
            values |= {"held_from": case.state.value, "tries": case.tries + 1}
            values["due_at"] = now + self._policy.held_first * 2 ** min(case.tries, 8)
        return values

    def _note(
        self, by: Doer, case: Case, event: Move, before: State | None, reason: Reason | None, facts: Mapping[str, Any]
    ) -> None:
        """The event row, the audit row, and what workers do next."""
        told: dict[str, BodyValue] = {
            "aid": case.aid,
            "kind": case.kind.value,
            "event": event.value,
            "from": None if before is None else before.value,
            "to": case.state.value,
            "reason": None if reason is None else reason.value,
            "version": case.version,
        }
        row = {
            "id": self._entropy.uuid(),
            "aid": case.aid,
            "n": case.version,
            "event": event.value,
            "from_state": told["from"],
            "to_state": case.state.value,
            "hand": hand_of(by),
            "actor_id": actor_id_of(by),
            "reason": told["reason"],
            "facts": dict(facts),
            "at": case.changed_at,
        }
        self._session.execute(insert(EventRow).values(row))
        self._trail.append(
            AuditEvent(Event.ENROLMENT_MOVED, subscriber_id=case.subscriber_id, actor=reference_of(by), body=told)
        )
        for errand in errands_after(case.kind, event, case.state):
            self._jobs.defer(errand, in_line=case.aid, aid=case.aid)


def _reached(rule: Rule, case: Case | None) -> State:
    """Where a row leads. Only what is held leads back to where it was."""
    target = rule.to or (None if case is None else case.held_from)
    assert target is not None, "held from nowhere"  # noqa: S101 - for the type checker: the column's check forbids it
    return target


def _key_of(order: Order, event: Move) -> str | None:
    """The idempotency key. A task without a version has none: the state tells it that it was done before."""
    if order.key or not isinstance(order.by, Task):
        return order.key
    if order.version is None:
        return None
    return f"{event.value}|{order.aid}|{order.version}|{order.by.stage[:20]}|{order.by.attempt}"
