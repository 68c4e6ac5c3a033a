"""Capture stations: their keys and packet numbers, and their end when they are lost or stolen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.centres.actors import Actor
from enrollment.centres.models import CentreRow, StationRow
from enrollment.centres.names import plain_name
from enrollment.centres.permissions import Action, Desk
from enrollment.centres.station_keys import StationKey
from enrollment.errors import Code, Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["CODE_ALPHABET", "RevokedFor", "Station", "Stations"]

# The signs of application numbers (design section 4): a station's code can stand in front of those that it makes.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 4
DRAWS = 1000


class RevokedFor(StrEnum):
    """Why a station may do nothing any more; closed."""

    STOLEN = "stolen"
    LOST = "lost"
    BROKEN = "broken"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Station:
    """A station. `code`: four signs that people call it by; `last_seq`: the last packet taken."""

    id: UUID
    code: str
    centre_id: UUID
    name: str
    key: StationKey
    last_seq: int
    revoked_at: datetime | None
    revoked_for: RevokedFor | None

    @property
    def active(self) -> bool:
        """False from the moment it was revoked."""
        return self.revoked_at is None


class Stations:
    """Keeps stations, in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock, entropy: Entropy, trail: Trail) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._desk = Desk(trail)

    def add(self, by: Actor, centre_id: UUID, name: str, jwk: Mapping[str, Any]) -> Station | Refusal:
        """A station at an open centre, under the public half of the key that it made and keeps.

        Refused: `ENR_ROLE`, `ENR_SCHEMA` (`name`, `key`), `ENR_UNKNOWN` (`centre`), `ENR_STATE` (centre closed),
        `ENR_EXISTS` (the key is or was a station's: whatever was revoked stays so).
        """
        refusal = self._desk.permits(by, Action.ADD_STATION)
        if refusal is not None:
            return refusal
        called, key = plain_name(name), StationKey.from_jwk(jwk)
        if called is None or key is None:
            return Refusal(Code.ENR_SCHEMA, "name" if called is None else "key")
        status = self._session.scalar(select(CentreRow.status).where(CentreRow.id == centre_id))
        if status != "open":
            return Refusal(Code.ENR_UNKNOWN if status is None else Code.ENR_STATE, "centre")
        row = self._insert(centre_id, called, key)
        if row is None:
            return Refusal(Code.ENR_EXISTS, "key")
        self._desk.write(Event.STATION_ADDED, by, station=str(row.id), centre=str(centre_id), key=row.key_id)
        return _station(row)

    def revoke(self, by: Actor, station_id: UUID, reason: RevokedFor) -> Station | Refusal:
        """From this commit on nothing that the station signs is taken. There is no way back: it gets a new key.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN` (also for a supervisor of another centre), `ENR_STATE` (revoked already).
        """
        found = self.find(station_id)
        centre_id = None if isinstance(found, Refusal) else found.centre_id
        refusal = self._desk.permits(by, Action.REVOKE_STATION, centre_id)
        if refusal is not None:
            return refusal
        row = self._session.scalars(
            update(StationRow)
            .where(StationRow.id == station_id, StationRow.status == "active")
            .values(status="revoked", revoked_at=self._clock.now(), revoked_for=reason.value)
            .returning(StationRow)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            return found if isinstance(found, Refusal) else Refusal(Code.ENR_STATE, "revoked")
        self._desk.write(Event.STATION_REVOKED, by, station=str(row.id), centre=str(row.centre_id), reason=reason.value)
        return _station(row)

    def take_seq(self, station_id: UUID, seq: int) -> Refusal | None:
        """Count packet number `seq` as taken; None when it was the next one. Of any number at once one gets through.

        Refused: `ENR_DEVICE` (unknown or revoked), `ENR_SEQ_GAP` (not the last number and one: either a packet is
        missing or this one came before; audited).
        """
        taken = self._session.scalar(
            update(StationRow)
            .where(StationRow.id == station_id, StationRow.status == "active", StationRow.last_seq == seq - 1)
            .values(last_seq=seq)
            .returning(StationRow.last_seq)
        )
        if taken is not None:
            return None
        found = self.find(station_id)
        if isinstance(found, Refusal) or not found.active:
            return Refusal(Code.ENR_DEVICE)
        self._trail.append(
            AuditEvent(Event.STATION_GAP, body={"station": str(station_id), "number": seq, "last": found.last_seq})
        )
        return Refusal(Code.ENR_SEQ_GAP)

    def signing(self, key_id: str) -> Station | Refusal:
        """The active station whose key has this thumbprint, asked for each signed block. Refused: `ENR_DEVICE`."""
        found = self._one(StationRow.key_id == key_id)
        return Refusal(Code.ENR_DEVICE) if found is None or not found.active else found

    def find(self, station_id: UUID) -> Station | Refusal:
        """One of them, revoked or not. Refused: `ENR_UNKNOWN`."""
        return self._one(StationRow.id == station_id) or Refusal(Code.ENR_UNKNOWN)

    def with_code(self, code: str) -> Station | Refusal:
        """The one that people call so, revoked or not. Refused: `ENR_UNKNOWN`."""
        known = len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET)
        return (self._one(StationRow.code == code) if known else None) or Refusal(Code.ENR_UNKNOWN)

    def of_centre(self, centre_id: UUID) -> list[Station]:
        """Every station of a centre, by name, revoked ones included."""
        wanted = select(StationRow).where(StationRow.centre_id == centre_id).order_by(StationRow.name, StationRow.id)
        return [_station(row) for row in self._session.scalars(wanted.execution_options(populate_existing=True))]

    def _one(self, which: ColumnElement[bool]) -> Station | None:
        row = self._session.scalar(select(StationRow).where(which).execution_options(populate_existing=True))
        return None if row is None else _station(row)

    def _insert(self, centre_id: UUID, name: str, key: StationKey) -> StationRow | None:
        """The new row; None when the key is known. A code that is taken is drawn again: there are 923 521."""
        known = select(StationRow.id).where(StationRow.key_id == key.key_id)
        for _ in range(DRAWS):
            if self._session.scalar(known) is not None:
                return None
            row = self._session.scalars(
                insert(StationRow)
                .values(
                    id=self._entropy.uuid(),
                    code=self._new_code(),
                    centre_id=centre_id,
                    name=name,
                    public_key=key.point,
                    key_id=key.key_id,
                    status="active",
                    last_seq=0,
                    added_at=self._clock.now(),
                )
                .on_conflict_do_nothing()
                .returning(StationRow)
            ).one_or_none()
            if row is not None:
                return row
        message = "no station code is free"
        raise RuntimeError(message)

    def _new_code(self) -> str:
        """248 is eight times 31: what lies above would make some signs likelier."""
        signs = ""
        while len(signs) < CODE_LENGTH:
            signs += "".join(CODE_ALPHABET[byte % 31] for byte in self._entropy.bytes(CODE_LENGTH) if byte < 248)
        return signs[:CODE_LENGTH]


def _station(row: StationRow) -> Station:
    reason = None if row.revoked_for is None else RevokedFor(row.revoked_for)
    return Station(
        row.id, row.code, row.centre_id, row.name, StationKey(row.public_key), row.last_seq, row.revoked_at, reason
    )
