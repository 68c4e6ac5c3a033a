"""Registration centres: adding, finding, closing and opening them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.centres.actors import Actor
from enrollment.centres.models import CentreRow, DivisionRow
from enrollment.centres.names import plain_name
from enrollment.centres.permissions import Action, Desk
from enrollment.errors import Code, Refusal
from idp.audit import Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["Centre", "CentreStatus", "Centres"]

_CODE = re.compile(r"[A-Z0-9]{2,10}")


class CentreStatus(StrEnum):
    """Whether people are received there."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Centre:
    """A registration centre in a division of the country. `code` is what people and lists call it."""

    id: UUID
    code: str
    name: str
    division_code: str
    status: CentreStatus
    training: bool = False


class Centres:
    """Keeps centres, in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock, entropy: Entropy, trail: Trail) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy
        self._desk = Desk(trail)

    def add(self, by: Actor, code: str, name: str, division_code: str, *, training: bool = False) -> Centre | Refusal:
        """A new centre, open at once. One for `training` stays so: what is done there never reaches the register.

        Refused: `ENR_ROLE`, `ENR_SCHEMA` (`code`: 2 to 10 capital letters and digits; `name`: 1 to 120 printable
        signs), `ENR_UNKNOWN` (`division`), `ENR_EXISTS` (the code).
        """
        refusal = self._desk.permits(by, Action.KEEP_CENTRES)
        if refusal is not None:
            return refusal
        called = plain_name(name)
        if _CODE.fullmatch(code) is None or called is None:
            return Refusal(Code.ENR_SCHEMA, "name" if called is None else "code")
        if not division_code.isprintable() or self._session.get(DivisionRow, division_code) is None:
            return Refusal(Code.ENR_UNKNOWN, "division")
        row = self._session.scalars(
            insert(CentreRow)
            .values(
                id=self._entropy.uuid(),
                code=code,
                name=called,
                division_code=division_code,
                status=CentreStatus.OPEN.value,
                training=training,
                created_at=self._clock.now(),
            )
            .on_conflict_do_nothing(index_elements=[CentreRow.code])
            .returning(CentreRow)
        ).one_or_none()
        if row is None:
            return Refusal(Code.ENR_EXISTS, "code")
        self._desk.write(Event.CENTRE_OPENED, by, centre=str(row.id), division=division_code, training=training)
        return _centre(row)

    def set_status(self, by: Actor, centre_id: UUID, status: CentreStatus) -> Centre | Refusal:
        """Close a centre or open it again. Nobody can be posted to a closed one; whoever is there finishes the day.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_STATE` (it is so already).
        """
        refusal = self._desk.permits(by, Action.KEEP_CENTRES)
        if refusal is not None:
            return refusal
        row = self._session.scalars(
            update(CentreRow)
            .where(CentreRow.id == centre_id, CentreRow.status != status.value)
            .values(status=status.value)
            .returning(CentreRow)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            found = self.find(centre_id)
            return found if isinstance(found, Refusal) else Refusal(Code.ENR_STATE, found.status.value)
        self._desk.write(Event.CENTRE_CHANGED, by, centre=str(row.id), status=status.value)
        return _centre(row)

    def find(self, centre_id: UUID) -> Centre | Refusal:
        """One of them. Refused: `ENR_UNKNOWN`."""
        row = self._session.get(CentreRow, centre_id)
        return Refusal(Code.ENR_UNKNOWN) if row is None else _centre(row)

    def with_code(self, code: str) -> Centre | Refusal:
        """The one that people call so. Refused: `ENR_UNKNOWN`."""
        known = _CODE.fullmatch(code) is not None
        row = self._session.scalar(select(CentreRow).where(CentreRow.code == code)) if known else None
        return Refusal(Code.ENR_UNKNOWN) if row is None else _centre(row)

    def all(self, division_code: str | None = None) -> list[Centre]:
        """Every centre, or those of a division (not of the divisions within it), by code."""
        wanted = select(CentreRow).order_by(CentreRow.code)
        if division_code is not None:
            wanted = wanted.where(CentreRow.division_code == division_code)
        return [_centre(row) for row in self._session.scalars(wanted)]


def _centre(row: CentreRow) -> Centre:
    return Centre(row.id, row.code, row.name, row.division_code, CentreStatus(row.status), row.training)
