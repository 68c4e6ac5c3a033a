"""The numbers of people: national ones given out once and for ever, old ones kept, and who stands behind one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from enrollment.errors import Code, Refusal
from enrollment.register.lookups import among
from enrollment.register.models import IdentifierRow, PersonRow
from enrollment.register.numbers import IdentifierType, new_nin, typed_identifier
from enrollment.register.seals import Content, Seals
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys

__all__ = ["Identified", "Identifiers", "blind_of", "content_of"]

# A drawn number that somebody has is drawn anew: with 8 million people one in a thousand draws.
_ROUNDS = 64


@dataclass(frozen=True, slots=True)
class Identified:
    """Whom a number belongs to. `active` is false for one that is retired: the person died, or was merged."""

    person_id: UUID
    type: IdentifierType
    active: bool


class Identifiers:
    """Gives out, keeps and finds numbers, in the caller's transaction."""

    def __init__(self, session: Session, keys: PurposeKeys, seals: Seals, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._keys = keys
        self._seals = seals
        self._clock = clock
        self._entropy = entropy

    def give_nins(self, owners: Mapping[UUID, UUID]) -> dict[UUID, str]:
        """A new national number for each person (`owners`: person -> subject key), by person.

        Two who draw one number at the same moment: the unique index lets one have it, the other draws again. Raises
        `IntegrityError` for somebody who has an active number: asking for a second is a bug.
        """
        given: dict[UUID, str] = {}
        for _ in range(_ROUNDS):
            waiting = [person_id for person_id in owners if person_id not in given]
            if not waiting:
                return given
            drawn = {person_id: new_nin(self._entropy) for person_id in waiting}
            stored = self._store(drawn, owners)
            given |= {person_id: drawn[person_id] for person_id in stored}
        message = "no free number found: the random source repeats itself"
        raise ValueError(message)

    def keep_legacy(self, person_id: UUID, subject_key_id: UUID, typed: str) -> Refusal | None:
        """Keep a number of an older register. Refused: `NIN_CHECK` (no such number), `ENR_EXISTS` (somebody has it)."""
        read = typed_identifier(typed)
        if isinstance(read, Refusal) or read[0] is not IdentifierType.LEGACY:
            return Refusal(Code.NIN_CHECK)
        stored = self._store({person_id: read[1]}, {person_id: subject_key_id}, IdentifierType.LEGACY)
        return None if stored else Refusal(Code.ENR_EXISTS, "legacy")

    def keep_legacies(self, owners: Mapping[UUID, UUID], typed: Mapping[UUID, str]) -> set[UUID]:
        """The same for many people at once (`owners`: person -> subject key); whose were kept.

        Those of others, and what is no number of an older register, are passed over.
        """
        read = {person_id: typed_identifier(text) for person_id, text in typed.items()}
        numbers = {
            person_id: one[1]
            for person_id, one in read.items()
            if not isinstance(one, Refusal) and one[0] is IdentifierType.LEGACY
        }
        return set(self._store(numbers, owners, IdentifierType.LEGACY)) if numbers else set()

    def find_legacies(self, typed: Iterable[str]) -> dict[str, UUID]:
        """Of these numbers of older registers, as typed, those that somebody has: whose."""
        blinds: dict[bytes, list[str]] = {}
        for text in typed:
            read = typed_identifier(text)
            if not isinstance(read, Refusal) and read[0] is IdentifierType.LEGACY:
                blinds.setdefault(blind_of(self._keys, IdentifierType.LEGACY, read[1]), []).append(text)
        if not blinds:
            return {}
        wanted = select(IdentifierRow.person_id, IdentifierRow.blind).where(
            IdentifierRow.type == IdentifierType.LEGACY.value, IdentifierRow.blind.in_(blinds)
        )
        return {text: row.person_id for row in self._session.execute(wanted) for text in blinds[row.blind]}

    def find(self, typed: str) -> Identified | Refusal:
        """Who has this national or legacy number (an alias: `Aliases.use`).

        Refused: `NIN_CHECK` (not a number of ours), `NIN_UNKNOWN`.
        """
        read = typed_identifier(typed)
        if isinstance(read, Refusal):
            return read
        kind, number = read
        if kind is IdentifierType.ALIAS:
            return Refusal(Code.NIN_UNKNOWN)
        wanted = select(IdentifierRow.person_id, IdentifierRow.status).where(
            IdentifierRow.type == kind.value, IdentifierRow.blind == blind_of(self._keys, kind, number)
        )
        row = self._session.execute(wanted).one_or_none()
        if row is None:
            return Refusal(Code.NIN_UNKNOWN)
        return Identified(row.person_id, kind, row.status == "active")

    def nin_of(self, person_id: UUID) -> str | None:
        """The person's national number, opened; None where there is none, or its key is destroyed."""
        wanted = (
            select(IdentifierRow.id, IdentifierRow.sealed, PersonRow.subject_key_id)
            .join(PersonRow, PersonRow.id == IdentifierRow.person_id)
            .where(IdentifierRow.person_id == person_id, IdentifierRow.type == IdentifierType.NIN.value)
            .order_by(IdentifierRow.created_at.desc())
            .limit(1)
        )
        row = self._session.execute(wanted).one_or_none()
        if row is None or row.sealed is None:
            return None
        [opened] = self._seals.open([content_of(row.subject_key_id, row.id, row.sealed)])
        return None if opened is None else opened.decode()

    def _store(
        self, numbers: Mapping[UUID, str], owners: Mapping[UUID, UUID], kind: IdentifierType = IdentifierType.NIN
    ) -> Sequence[UUID]:
        """Store each number that nobody has; whose were stored."""
        now = self._clock.now()
        ids = {person_id: self._entropy.uuid() for person_id in numbers}
        contents = [content_of(owners[owner], ids[owner], number.encode()) for owner, number in numbers.items()]
        rows: list[dict[str, Any]] = [
            {
                "id": ids[person_id],
                "person_id": person_id,
                "type": kind.value,
                "sealed": sealed,
                "blind": blind_of(self._keys, kind, number),
                "status": "active",
                "created_at": now,
            }
            for (person_id, number), sealed in zip(numbers.items(), self._seals.seal(contents), strict=True)
        ]
        # One order for all, so that two who drew the same two numbers do not wait for each other.
        rows.sort(key=itemgetter("blind"))
        free = insert(IdentifierRow).on_conflict_do_nothing(index_elements=[IdentifierRow.type, IdentifierRow.blind])
        self._session.execute(free, rows)
        return self._session.scalars(select(IdentifierRow.person_id).where(among(IdentifierRow.id, ids.values()))).all()


def blind_of(keys: PurposeKeys, kind: IdentifierType, number: str) -> bytes:
    """The keyed hash under which a number is found."""
    return keys.mac(Purpose.BLIND_INDEX, f"identifier|{kind}|{number}")


def content_of(subject_key_id: UUID, identifier_id: UUID, data: bytes) -> Content:
    """A number as it is sealed."""
    return Content(subject_key_id, f"identifier|{identifier_id}", data)
