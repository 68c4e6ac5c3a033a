"""Sealing for many people at once: their keys come in one question, and new ones go in one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from enrollment.register.lookups import among
from idp.clock import Clock
from idp.database import Session
from idp.keys import PersonKey, Purpose, Sealer
from idp.keys.models import PersonKeyRow

__all__ = ["Content", "Seals"]


@dataclass(frozen=True, slots=True)
class Content:
    """Something of a person's: whose key seals it, and what it is (`about`: nothing else can take its place)."""

    owner_id: UUID
    about: str
    data: bytes = field(repr=False)


class Seals:
    """Seals and opens under people's keys for enrolment, in the caller's transaction."""

    def __init__(self, session: Session, sealer: Sealer, clock: Clock) -> None:
        self._session = session
        self._sealer = sealer
        self._clock = clock

    def seal(self, contents: Sequence[Content]) -> list[bytes]:
        """Each content sealed, in order. Keys are made where there are none; never for an erased person."""
        held = self._keys(content.owner_id for content in contents)
        missing = sorted({content.owner_id for content in contents} - held.keys())
        if missing:
            self._make(missing)
            held |= self._keys(missing)
        return [self._sealer.seal(held[content.owner_id], content.data, content.about) for content in contents]

    def open(self, contents: Sequence[Content]) -> list[bytes | None]:
        """Each opened, in order; None where the key is destroyed.

        Raises `SealBrokenError` for bytes of anybody or anything else.
        """
        held = self._keys(content.owner_id for content in contents)
        return [
            self._sealer.open(held[content.owner_id], content.data, content.about) if content.owner_id in held else None
            for content in contents
        ]

    def _keys(self, owners: Iterable[UUID]) -> dict[UUID, PersonKey]:
        kept = PersonKeyRow.person_id, PersonKeyRow.version, PersonKeyRow.purpose_version, PersonKeyRow.wrapped
        wanted = select(*kept).where(
            among(PersonKeyRow.person_id, set(owners)), PersonKeyRow.purpose == Purpose.ENROLMENT.value
        )
        return {
            row.person_id: PersonKey(row.person_id, Purpose.ENROLMENT, row.version, row.purpose_version, row.wrapped)
            for row in self._session.execute(wanted)
        }

    def _make(self, owners: Sequence[UUID]) -> None:
        now = self._clock.now()
        keys = (self._sealer.new_person_key(owner, Purpose.ENROLMENT) for owner in owners)
        rows = [
            {
                "person_id": key.person_id,
                "purpose": key.purpose.value,
                "version": key.version,
                "purpose_version": key.purpose_version,
                "wrapped": key.wrapped,
                "created_at": now,
            }
            for key in keys
        ]
        self._session.execute(insert(PersonKeyRow).on_conflict_do_nothing(), rows)
