"""Aliases: numbers that stand for a person for one use, for some days, or until the person takes them back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.errors import Code, Refusal
from enrollment.register.identifiers import Identified, blind_of, content_of
from enrollment.register.models import IdentifierRow, PersonRow
from enrollment.register.numbers import IdentifierType, new_alias, typed_identifier
from enrollment.register.seals import Seals
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import PurposeKeys

__all__ = ["MAX_ACTIVE", "Alias", "AliasKind", "Aliases"]

MAX_ACTIVE = 10
DEFAULT_DAYS = 7
MAX_DAYS = 90
_DRAWS = 20


class AliasKind(StrEnum):
    """How long an alias is good: for one use, for some days, until it is taken back."""

    ONCE = "once"
    TEMPORARY = "temporary"
    PERPETUAL = "perpetual"


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias that is good now. `number` is for its owner alone."""

    id: UUID
    kind: AliasKind
    number: str = field(repr=False)
    created_at: datetime
    expires_at: datetime | None


class Aliases:
    """Makes, shows, uses and ends aliases, in the caller's transaction."""

    def __init__(
        self, session: Session, keys: PurposeKeys, seals: Seals, clock: Clock, entropy: Entropy, trail: Trail
    ) -> None:
        self._session = session
        self._keys = keys
        self._seals = seals
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def make(
        self, person_id: UUID, kind: AliasKind, *, days: int = DEFAULT_DAYS, subscriber_id: UUID | None = None
    ) -> Alias | Refusal:
        """A new alias; `days` (1 to 90) holds for temporary ones, a one-time alias waits for its use as long.

        Refused: `ENR_UNKNOWN`, `ENR_STATE` (not an active person), `ENR_SCHEMA` (days), `ENR_GUARD` (ten are good now).
        """
        if not 1 <= days <= MAX_DAYS:
            return Refusal(Code.ENR_SCHEMA, "days")
        held = select(PersonRow.subject_key_id, PersonRow.status).where(PersonRow.id == person_id)
        person = self._session.execute(held.with_for_update()).one_or_none()
        if person is None:
            return Refusal(Code.ENR_UNKNOWN)
        if person.status != "active":
            return Refusal(Code.ENR_STATE, "status")
        counted = select(func.count()).where(IdentifierRow.person_id == person_id, *self._good())
        if (self._session.scalar(counted) or 0) >= MAX_ACTIVE:
            return Refusal(Code.ENR_GUARD, "aliases")
        now = self._clock.now()
        expires_at = None if kind is AliasKind.PERPETUAL else now + timedelta(days=days)
        alias_id = self._entropy.uuid()
        number = self._stored(alias_id, person_id, person.subject_key_id, kind, expires_at)
        self._audit(Event.NUMBER_ALIAS_MADE, alias_id, kind, subscriber_id)
        return Alias(alias_id, kind, number, now, expires_at)

    def listing(self, person_id: UUID) -> list[Alias]:
        """The aliases of a person that are good now, oldest first; none once the person's key is destroyed."""
        wanted = self._rows().where(IdentifierRow.person_id == person_id, *self._good())
        rows = self._session.execute(wanted.order_by(IdentifierRow.created_at, IdentifierRow.id)).all()
        opened = self._seals.open([content_of(key_id, row.id, row.sealed or b"") for row, key_id in rows])
        return [
            Alias(row.id, AliasKind(row.kind or ""), data.decode(), row.created_at, row.expires_at)
            for (row, _), data in zip(rows, opened, strict=True)
            if data is not None
        ]

    def use(self, typed: str, *, subscriber_id: UUID | None = None) -> Identified | Refusal:
        """Whom an alias stands for now; a one-time alias is used up: of any number of parallel users one gets it.

        Refused: `NIN_CHECK` (not an alias), `NIN_UNKNOWN` (never made, taken back, used up or over; nobody is told
        which).
        """
        read = typed_identifier(typed)
        if isinstance(read, Refusal) or read[0] is not IdentifierType.ALIAS:
            return Refusal(Code.NIN_CHECK)
        blind = blind_of(self._keys, IdentifierType.ALIAS, read[1])
        wanted = select(IdentifierRow.id, IdentifierRow.person_id, IdentifierRow.kind)
        row = self._session.execute(wanted.where(IdentifierRow.blind == blind, *self._good())).one_or_none()
        if row is None or (row.kind == AliasKind.ONCE and not self._end(row.id, "spent")):
            return Refusal(Code.NIN_UNKNOWN)
        self._audit(Event.NUMBER_ALIAS_USED, row.id, AliasKind(row.kind or ""), subscriber_id)
        return Identified(row.person_id, IdentifierType.ALIAS, active=True)

    def revoke(self, person_id: UUID, alias_id: UUID, *, subscriber_id: UUID | None = None) -> Refusal | None:
        """Take an alias back, for ever. Refused: `ENR_UNKNOWN` (somebody else's too), `ENR_STATE` (over already)."""
        kind = self._session.scalar(
            select(IdentifierRow.kind).where(
                IdentifierRow.id == alias_id,
                IdentifierRow.person_id == person_id,
                IdentifierRow.type == IdentifierType.ALIAS.value,
            )
        )
        if kind is None:
            return Refusal(Code.ENR_UNKNOWN)
        if not self._end(alias_id, "revoked"):
            return Refusal(Code.ENR_STATE, "alias")
        self._audit(Event.NUMBER_ALIAS_REVOKED, alias_id, AliasKind(kind), subscriber_id)
        return None

    def _end(self, alias_id: UUID, status: str) -> bool:
        now = self._clock.now()
        ended = update(IdentifierRow).where(IdentifierRow.id == alias_id, *self._good())
        returned = ended.values(status=status, ended_at=now).returning(IdentifierRow.id)
        return self._session.scalar(returned) is not None

    def _good(self) -> tuple[ColumnElement[bool], ...]:
        """Over is over at its moment, whether anybody has cleaned up or not."""
        return (
            IdentifierRow.type == IdentifierType.ALIAS.value,
            IdentifierRow.status == "active",
            or_(IdentifierRow.expires_at.is_(None), IdentifierRow.expires_at > self._clock.now()),
        )

    def _stored(
        self, alias_id: UUID, person_id: UUID, subject_key_id: UUID, kind: AliasKind, expires_at: datetime | None
    ) -> str:
        for _ in range(_DRAWS):
            number = new_alias(self._entropy)
            [sealed] = self._seals.seal([content_of(subject_key_id, alias_id, number.encode())])
            stored = insert(IdentifierRow).values(
                id=alias_id,
                person_id=person_id,
                type=IdentifierType.ALIAS.value,
                kind=kind.value,
                sealed=sealed,
                blind=blind_of(self._keys, IdentifierType.ALIAS, number),
                status="active",
                created_at=self._clock.now(),
                expires_at=expires_at,
            )
            free = stored.on_conflict_do_nothing(index_elements=[IdentifierRow.type, IdentifierRow.blind])
            if self._session.scalar(free.returning(IdentifierRow.id)) is not None:
                return number
        message = "no free alias found: the random source repeats itself"
        raise ValueError(message)

    def _audit(self, event: Event, alias_id: UUID, kind: AliasKind, subscriber_id: UUID | None) -> None:
        body = {"alias": str(alias_id), "kind": kind.value}
        self._trail.append(AuditEvent(event, subscriber_id=subscriber_id, body=body))

    @staticmethod
    def _rows() -> Select[IdentifierRow, UUID]:
        joined = select(IdentifierRow, PersonRow.subject_key_id)
        return joined.join(PersonRow, PersonRow.id == IdentifierRow.person_id).execution_options(populate_existing=True)
