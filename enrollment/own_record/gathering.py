"""Gathers a record for its owner, as values that a page shows and a copy of everything holds. No score, no template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from enrollment.capture.models import SampleRow
from enrollment.cases import grouped
from enrollment.cases.models import ApplicationRow, EventRow
from enrollment.erasure.values import all_of
from enrollment.issuance.ownership import proven_owner
from enrollment.life_events.models import LifeEventRow
from enrollment.register import Aliases, Identifiers, Register, Version, shown
from enrollment.register.models import IdentifierRow
from enrollment.standing import Suspensions
from enrollment.verification.models import CounterCheckRow
from idp.database import Session

__all__ = ["OwnRecord"]

MAX_LISTED = 500


class OwnRecord:
    """Reads, in the caller's transaction, and changes nothing."""

    def __init__(
        self, session: Session, register: Register, identifiers: Identifiers, aliases: Aliases, suspensions: Suspensions
    ) -> None:
        self._session = session
        self._register = register
        self._identifiers = identifiers
        self._aliases = aliases
        self._suspensions = suspensions

    def of_account(self, subscriber_id: UUID) -> dict[str, Any] | None:
        """The record of whoever is proven to hold this account; None where there is none.

        Raises `SealBrokenError` for a record that was tampered with.
        """
        person_id = proven_owner(self._session, subscriber_id)
        return None if person_id is None else self.gather(person_id)

    def gather(self, person_id: UUID) -> dict[str, Any] | None:
        """The same of somebody of the register. Identifiers of ours that lead elsewhere are not in it."""
        person = self._register.get(person_id)
        if person is None:
            return None
        number = self._identifiers.nin_of(person_id)
        return {
            "status": person.status.value,
            "level": person.ial,
            "national_number": None if number is None else shown(number),
            "versions": self._versions(person_id),
            "applications": self._applications(person_id),
            "suspensions": [
                {
                    "reference": one.reference, "reason": one.reason.value, "since": one.made_at, "until": one.ended_at,
                    "given_back_because": None if one.return_why is None else one.return_why.value,
                    "appealed": one.appealed,
                }
                for one in self._suspensions.history(person_id)
            ],
            "erasures": [
                {
                    "id": one.id, "scope": one.scope.value, "ground": one.ground.value, "asked": one.asked_at,
                    "due": one.due_at, "ended": one.ended_at,
                    "outcome": None if one.outcome is None else one.outcome.value, "proof": one.proof,
                }
                for one in all_of(self._session, person_id)
            ],
            "events": self._events(person_id),
            "aliases": self._aliases_of(person_id),
            "body": self._body(person_id),
            "counter_checks": self._checks(person_id),
        }  # fmt: skip

    def _versions(self, person_id: UUID) -> list[dict[str, Any]]:
        """Newest first, each with what it changed of the one before."""
        held = self._register.history(person_id)
        told, before = [], None
        for one in held:
            told.append(
                {
                    "number": one.n, "from": one.valid_from, "until": one.valid_until,
                    "application": None if one.aid is None else grouped(one.aid),
                    "details": one.facts.as_document(), "changed": _changed(before, one),
                }
            )  # fmt: skip
            before = one
        return told[::-1]

    def _applications(self, person_id: UUID) -> list[dict[str, Any]]:
        rows = self._session.scalars(
            select(ApplicationRow)
            .where(ApplicationRow.person_id == person_id)
            .order_by(ApplicationRow.opened_at.desc())
            .limit(MAX_LISTED)
        ).all()
        steps: dict[str, list[dict[str, Any]]] = {row.aid: [] for row in rows}
        events = select(EventRow).where(EventRow.aid.in_(steps)).order_by(EventRow.aid, EventRow.n)
        for event in self._session.scalars(events):
            steps[event.aid].append({"at": event.at, "to": event.to_state})
        return [
            {
                "application": grouped(row.aid), "kind": row.kind, "state": row.state, "opened": row.opened_at,
                "changed": row.changed_at, "steps": steps[row.aid],
            }
            for row in rows
        ]  # fmt: skip

    def _events(self, person_id: UUID) -> list[dict[str, Any]]:
        """Deaths, merges and what took them back, once they were decided."""
        row = LifeEventRow
        wanted = select(row).where(or_(row.person_id == person_id, row.other_id == person_id))
        wanted = wanted.where(row.state.in_(("done", "undone")))
        found = self._session.scalars(wanted.order_by(row.decided_at.desc()).limit(MAX_LISTED))
        return [{"kind": one.kind, "ground": one.ground, "state": one.state, "at": one.decided_at} for one in found]

    def _aliases_of(self, person_id: UUID) -> list[dict[str, Any]]:
        """Those that are good with their numbers, the others without."""
        good = {one.id: one.number for one in self._aliases.listing(person_id)}
        rows = self._session.scalars(
            select(IdentifierRow)
            .where(IdentifierRow.person_id == person_id, IdentifierRow.type == "alias")
            .order_by(IdentifierRow.created_at.desc())
            .limit(MAX_LISTED)
        )
        return [
            {
                "kind": row.kind, "number": shown(good[row.id]) if row.id in good else None, "made": row.created_at,
                "until": row.expires_at, "ended": row.ended_at, "good": row.id in good,
            }
            for row in rows
        ]  # fmt: skip

    def _body(self, person_id: UUID) -> list[dict[str, Any]]:
        """What is kept of the body, by part: not the pictures, which are looked at at a centre."""
        rows = self._session.execute(
            select(SampleRow.position, SampleRow.captured_at, SampleRow.quality)
            .join(ApplicationRow, ApplicationRow.aid == SampleRow.aid)
            .where(ApplicationRow.person_id == person_id, SampleRow.best)
            .order_by(SampleRow.captured_at, SampleRow.position)
            .limit(MAX_LISTED)
        )
        return [{"part": row.position, "captured": row.captured_at, "quality": row.quality} for row in rows]

    def _checks(self, person_id: UUID) -> list[dict[str, Any]]:
        rows = self._session.scalars(
            select(CounterCheckRow)
            .where(CounterCheckRow.person_id == person_id)
            .order_by(CounterCheckRow.opened_at.desc())
            .limit(MAX_LISTED)
        )
        return [{"at": row.opened_at, "purpose": row.purpose, "outcome": row.outcome} for row in rows]


def _changed(before: Version | None, now: Version) -> Mapping[str, dict[str, str | None]]:
    """Detail -> what it was and what it is; nothing for the first version."""
    if before is None:
        return {}
    old, new = before.facts.as_document(), now.facts.as_document()
    return {
        name: {"was": old.get(name), "is": new.get(name)}
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    }
