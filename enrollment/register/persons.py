"""People and the versions of what is recorded of them: exactly one holds now, and every earlier one stays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from enrollment.errors import Code, Refusal
from enrollment.register.facts import Facts, recorded_facts
from enrollment.register.lookups import among
from enrollment.register.models import NameKeyRow, PersonRow, PersonVersionRow
from enrollment.register.name_keys import STORED, known_by
from enrollment.register.seals import Content, Seals
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import PurposeKeys

__all__ = ["NewPerson", "Person", "Register", "Status", "Version", "stored_content"]


class Status(StrEnum):
    """Where a person's record is in its life."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DECEASED = "deceased"
    MERGED = "merged"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be registered. `subject_key_id` is the one that sealed the application; it stays theirs."""

    subject_key_id: UUID
    facts: Facts = field(repr=False)
    ial: int
    aid: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A record without its content. `id` never leaves the house."""

    id: UUID
    subject_key_id: UUID
    status: Status
    ial: int
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """What was recorded, from `valid_from` until `valid_until` (None: it holds now); `aid` names the case."""

    person_id: UUID
    n: int
    facts: Facts = field(repr=False)
    aid: str | None
    valid_from: datetime
    valid_until: datetime | None


class Register:
    """Opens records and adds versions, in the caller's transaction."""

    def __init__(
        self, session: Session, keys: PurposeKeys, seals: Seals, clock: Clock, entropy: Entropy, trail: Trail
    ) -> None:
        self._session = session
        self._keys = keys
        self._seals = seals
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def open(self, people: Sequence[NewPerson]) -> list[UUID]:
        """A record with a first version for each, in order; the caller audits what made them people of the register."""
        if not people:
            return []
        now = self._clock.now()
        made = [(self._entropy.uuid(), person) for person in people]
        self._session.execute(
            insert(PersonRow),
            [
                {
                    "id": person_id,
                    "subject_key_id": person.subject_key_id,
                    "status": Status.ACTIVE.value,
                    "ial": person.ial,
                    "created_at": now,
                    "status_changed_at": now,
                }
                for person_id, person in made
            ],
        )
        contents = [stored_content(person_id, 1, person.subject_key_id, person.facts) for person_id, person in made]
        sealed = self._seals.seal(contents)
        self._session.execute(
            insert(PersonVersionRow),
            [
                {"person_id": person_id, "n": 1, "sealed": data, "aid": person.aid, "valid_from": now}
                for (person_id, person), data in zip(made, sealed, strict=True)
            ],
        )
        self._session.execute(
            insert(NameKeyRow),
            [
                {"person_id": person_id, "scheme": STORED, "digests": known_by(self._keys, person.facts)}
                for person_id, person in made
            ],
        )
        return [person_id for person_id, _ in made]

    def amend(
        self, person_id: UUID, expected: int, facts: Facts, *, aid: str | None = None, actor: str | None = None
    ) -> int | Refusal:
        """Record other facts in place of version `expected`; the number of the new version.

        The person stays findable under earlier names. Refused: `ENR_UNKNOWN`, `ENR_STATE` (another version holds by
        now, or the record is merged or erased).
        """
        person = self._locked(person_id)
        if person is None:
            return Refusal(Code.ENR_UNKNOWN)
        if person.status in {Status.MERGED, Status.ERASED}:
            return Refusal(Code.ENR_STATE, "status")
        now = self._clock.now()
        ended = self._session.scalar(
            update(PersonVersionRow)
            .where(
                PersonVersionRow.person_id == person_id,
                PersonVersionRow.n == expected,
                PersonVersionRow.valid_until.is_(None),
            )
            .values(valid_until=now)
            .returning(PersonVersionRow.n)
        )
        if ended is None:
            return Refusal(Code.ENR_STATE, "version")
        n = expected + 1
        [sealed] = self._seals.seal([stored_content(person_id, n, person.subject_key_id, facts)])
        values = {"person_id": person_id, "n": n, "sealed": sealed, "aid": aid, "valid_from": now}
        self._session.execute(insert(PersonVersionRow), values)
        self._add_digests(person_id, facts)
        body: dict[str, str | int | None] = {"person": str(person_id), "version": n, "case": aid}
        self._trail.append(AuditEvent(Event.PERSON_CHANGED, actor=actor, body=body))
        return n

    def raise_level(self, person_id: UUID, ial: int, *, aid: str | None = None, actor: str | None = None) -> bool:
        """Note that the identity is proven to this level, 1 to 3, by now; never down. True when it was less before."""
        raised = self._session.scalar(
            update(PersonRow)
            .where(PersonRow.id == person_id, PersonRow.ial < ial)
            .values(ial=ial)
            .returning(PersonRow.id)
        )
        if raised is not None:
            body: dict[str, str | int | None] = {"person": str(person_id), "ial": ial, "case": aid}
            self._trail.append(AuditEvent(Event.PERSON_CHANGED, actor=actor, body=body))
        return raised is not None

    def lock(self, person_id: UUID) -> Person | None:
        """The record, as `get`, held until the caller's transaction ends: nothing else happens to it meanwhile."""
        return self._locked(person_id)

    def get(self, person_id: UUID) -> Person | None:
        """The record, in whatever status; None when there never was one."""
        return _person(self._session.get(PersonRow, person_id, populate_existing=True))

    def current(self, person_id: UUID) -> Version | None:
        """What is recorded now; None for nobody, and once the person's key is destroyed.

        Raises `SealBrokenError` for a version whose content was swapped or changed.
        """
        held = self._versions([person_id], current=True)
        return held[0] if held else None

    def currents(self, person_ids: Sequence[UUID]) -> dict[UUID, Version]:
        """The same for many, by person; those without one are left out."""
        return {version.person_id: version for version in self._versions(person_ids, current=True)}

    def history(self, person_id: UUID) -> list[Version]:
        """Every version, oldest first; raises as `current`."""
        return self._versions([person_id], current=False)

    def _versions(self, person_ids: Sequence[UUID], *, current: bool) -> list[Version]:
        wanted = (
            select(PersonVersionRow, PersonRow.subject_key_id)
            .join(PersonRow, PersonRow.id == PersonVersionRow.person_id)
            .where(among(PersonVersionRow.person_id, person_ids), PersonVersionRow.sealed.is_not(None))
            .order_by(PersonVersionRow.person_id, PersonVersionRow.n)
            .execution_options(populate_existing=True)
        )
        if current:
            wanted = wanted.where(PersonVersionRow.valid_until.is_(None))
        rows = self._session.execute(wanted).all()
        contents = [Content(key_id, _about(row.person_id, row.n), row.sealed or b"") for row, key_id in rows]
        opened = self._seals.open(contents)
        return [
            Version(row.person_id, row.n, recorded_facts(json.loads(data)), row.aid, row.valid_from, row.valid_until)
            for (row, _), data in zip(rows, opened, strict=True)
            if data is not None
        ]

    def _locked(self, person_id: UUID) -> Person | None:
        held = select(PersonRow).where(PersonRow.id == person_id).with_for_update()
        return _person(self._session.scalar(held.execution_options(populate_existing=True)))

    def index(self, person_id: UUID) -> None:
        """Make anew what the person is found by, of every version that can be read."""
        digests = {digest for version in self.history(person_id) for digest in known_by(self._keys, version.facts)}
        held = self._session.scalar(select(NameKeyRow.digests).where(NameKeyRow.person_id == person_id)) or []
        values = {"scheme": STORED, "digests": sorted({*held, *digests})}
        self._session.execute(update(NameKeyRow).where(NameKeyRow.person_id == person_id).values(values))

    def _add_digests(self, person_id: UUID, facts: Facts) -> None:
        """Earlier digests stay: whoever comes again under a former name is found."""
        held = self._session.scalar(select(NameKeyRow.digests).where(NameKeyRow.person_id == person_id)) or []
        digests = sorted({*held, *known_by(self._keys, facts)})
        stored = postgresql_insert(NameKeyRow).values(person_id=person_id, scheme=STORED, digests=digests)
        self._session.execute(
            stored.on_conflict_do_update(index_elements=[NameKeyRow.person_id], set_={"digests": digests})
        )


def stored_content(person_id: UUID, n: int, key_id: UUID, facts: Facts) -> Content:
    """What a version says, as it is sealed."""
    document = json.dumps(facts.as_document(), ensure_ascii=False, separators=(",", ":"))
    return Content(key_id, _about(person_id, n), document.encode())


def _about(person_id: UUID, n: int) -> str:
    return f"person|{person_id}|{n}"


def _person(row: PersonRow | None) -> Person | None:
    if row is None:
        return None
    return Person(row.id, row.subject_key_id, Status(row.status), row.ial, row.merged_into)
