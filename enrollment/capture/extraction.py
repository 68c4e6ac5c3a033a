"""Templates of what is captured, made by a job and stored sealed; by one engine each sample's are made once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from enrollment.capture.findings import Made
from enrollment.capture.locking import alone
from enrollment.capture.models import EngineRow, SampleRow, TemplateRow
from enrollment.capture.positions import Position
from enrollment.errors import Refusal
from enrollment.storage import Facts, Kind, Vault
from enrollment.storage.models import StoredObjectRow
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.jobs import Jobs

__all__ = ["EXTRACT", "Extraction", "Maker", "TemplateOf", "keep_template"]

# The job's name; its argument is `aid`.
EXTRACT = "capture.extract"


_ACTIVE = (
    select(EngineRow.id)
    .where(EngineRow.status == "active")
    .where(EngineRow.modality == case((SampleRow.position == Position.FACE.value, "face"), else_="finger"))
    .correlate(SampleRow)
    .scalar_subquery()
)
# Where no engine is registered, any template will do.
_BY_ACTIVE = or_(_ACTIVE.is_(None), TemplateRow.engine == _ACTIVE)
_newer = aliased(TemplateRow)
_OVERTAKEN = (
    select(_newer.id)
    .join(EngineRow, EngineRow.id == _newer.engine)
    .where(EngineRow.status == "active", _newer.sample_id == TemplateRow.sample_id)
    .where(_newer.engine != TemplateRow.engine)
    .correlate(TemplateRow)
    .exists()
)


@dataclass(frozen=True, slots=True)
class TemplateOf:
    """A stored template: whose, of which position and impression, by which engine, and the object that holds it."""

    sample_id: UUID
    owner_id: UUID
    position: Position
    impression: int
    quality: int
    kind: Kind
    engine: str
    object_id: UUID


class Maker(Protocol):
    """Makes templates by the engine that counts. Fulfilled by an `Examiner`."""

    def templates(self, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:
        """The templates of a sample."""
        ...


class Extraction:
    """Makes and lists templates in the caller's transaction: where engines are registered, those of the active one."""

    def __init__(self, session: Session, vault: Vault, maker: Maker, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._vault = vault
        self._maker = maker
        self._clock = clock
        self._entropy = entropy

    def ask(self, aid: str) -> None:
        """Have the templates made by a worker once the transaction has committed."""
        Jobs(self._session).defer(EXTRACT, in_line=aid, aid=aid)

    def run(self, aid: str) -> int | Refusal:
        """Make what is missing for the best samples of an application; how many templates were made. Bears repeating.

        Refused: `ENR_OBJECT` (a stored image is not as it was), and as `Examiner.templates`; what was made before it
        in this transaction is whole.
        """
        alone(self._session, aid)
        rows = self._session.scalars(
            select(SampleRow)
            .where(SampleRow.aid == aid, SampleRow.best)
            .where(~select(TemplateRow.id).where(TemplateRow.sample_id == SampleRow.id, _BY_ACTIVE).exists())
            .order_by(SampleRow.id)
        ).all()
        count = 0
        for row in rows:
            made = self._made(row)
            if isinstance(made, Refusal):
                return made
            for one in made:
                refused = self._store(row, one)
                if refused is not None:
                    return refused
                count += 1
        return count

    def of(self, aid: str) -> tuple[TemplateOf, ...]:
        """The templates of an application's samples."""
        return self._listed(SampleRow.aid == aid)

    def owned(self, owner_id: UUID) -> tuple[TemplateOf, ...]:
        """The templates of everything that is kept for an owner."""
        return self._listed(SampleRow.owner_id == owner_id)

    def _made(self, row: SampleRow) -> Iterable[Made] | Refusal:
        content = self._vault.read(row.object_id)
        if isinstance(content, Refusal):
            return content
        return self._maker.templates(Position(row.position), content, row.quality)

    def _store(self, row: SampleRow, made: Made) -> Refusal | None:
        return keep_template(self._session, self._vault, row, made, (self._entropy.uuid(), self._clock.now()))

    def _listed(self, condition: ColumnElement[bool]) -> tuple[TemplateOf, ...]:
        rows = self._session.execute(
            select(TemplateRow, SampleRow, StoredObjectRow.kind)
            .join(SampleRow, SampleRow.id == TemplateRow.sample_id)
            .join(StoredObjectRow, StoredObjectRow.id == TemplateRow.object_id)
            .where(condition, ~_OVERTAKEN)
        )
        found = (
            TemplateOf(
                sample.id, sample.owner_id, Position(sample.position), sample.impression, sample.quality,
                Kind(kind), template.engine, template.object_id,
            )
            for template, sample, kind in rows
        )  # fmt: skip
        return tuple(sorted(found, key=lambda one: (one.position.number, one.impression, one.kind.value)))


def keep_template(
    session: Session, vault: Vault, row: SampleRow, made: Made, new: tuple[UUID, datetime]
) -> Refusal | None:
    """Store a template of a sample, sealed, with the identifier and time of `new`. Refused: as `Vault.put`."""
    facts = Facts(Position(row.position).subtype, row.quality, made.engine, row.device)
    stored = vault.put(row.owner_id, Kind(made.kind), made.content, facts)
    if isinstance(stored, Refusal):
        return stored
    values = {
        "id": new[0],
        "sample_id": row.id,
        "owner_id": row.owner_id,
        "engine": made.engine,
        "format": made.format,
        "object_id": stored.id,
        "created_at": new[1],
    }
    session.execute(insert(TemplateRow).values(**values))
    return None
