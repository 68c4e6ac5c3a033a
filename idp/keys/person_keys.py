"""People's keys where they are stored: one for each person and purpose, made when it is first needed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from idp.clock import Clock
from idp.database import Session
from idp.keys.models import PersonKeyRow
from idp.keys.sealing import PersonKey, Purpose, Sealer

__all__ = ["PersonKeys"]

_FIND = select(PersonKeyRow.version, PersonKeyRow.purpose_version, PersonKeyRow.wrapped).where(
    PersonKeyRow.person_id == bindparam("person_id"), PersonKeyRow.purpose == bindparam("purpose")
)


class PersonKeys:
    """Seals and opens what belongs to a person, in the caller's transaction."""

    def __init__(self, session: Session, sealer: Sealer, clock: Clock) -> None:
        self._session = session
        self._sealer = sealer
        self._clock = clock

    def find(self, person_id: UUID, purpose: Purpose) -> PersonKey | None:
        """The person's key for this purpose; None when none was made yet, or it is destroyed."""
        row = self._session.execute(_FIND, {"person_id": person_id, "purpose": purpose.value}).one_or_none()
        if row is None:
            return None
        return PersonKey(person_id, purpose, row.version, row.purpose_version, row.wrapped)

    def seal(self, person_id: UUID, purpose: Purpose, content: bytes, about: str = "") -> bytes:
        """`content` under the person's key, which is made where there is none. Never for an erased person.

        `about` as in `Sealer.seal`.
        """
        return self._sealer.seal(self._held(person_id, purpose), content, about)

    def open(self, person_id: UUID, purpose: Purpose, sealed: bytes, about: str = "") -> bytes | None:
        """What `seal` sealed; None once the key is destroyed.

        Raises `SealBrokenError` for anybody else's bytes, and for those sealed about something else.
        """
        key = self.find(person_id, purpose)
        return None if key is None else self._sealer.open(key, sealed, about)

    def _held(self, person_id: UUID, purpose: Purpose) -> PersonKey:
        """The stored key. Of two requests that make one at the same moment, the second takes the first's."""
        held = self.find(person_id, purpose)
        if held is not None:
            return held
        key = self._sealer.new_person_key(person_id, purpose)
        self._session.execute(
            insert(PersonKeyRow)
            .values(
                person_id=person_id,
                purpose=purpose.value,
                version=key.version,
                purpose_version=key.purpose_version,
                wrapped=key.wrapped,
                created_at=self._clock.now(),
            )
            .on_conflict_do_nothing()
        )
        stored = self.find(person_id, purpose)
        assert stored is not None, "a person's key was stored and is not there"  # noqa: S101 - for the type checker
        return stored
