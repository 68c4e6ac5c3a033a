"""Templates of what is captured, made by a job and stored sealed; by one engine each sample's are made once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert

from enrollment.capture.findings import Examiner, Made
from enrollment.capture.locking import alone
from enrollment.capture.models import SampleRow, TemplateRow
from enrollment.capture.positions import Position
from enrollment.errors import Refusal
from enrollment.storage import Facts, Kind, Vault
from enrollment.storage.models import StoredObjectRow
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.jobs import Jobs

__all__ = ["EXTRACT", "Extraction", "TemplateOf"]

# The job's name; its argument is `aid`.
EXTRACT = "capture.extract"


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


class Extraction:
    """Makes and lists templates in the caller's transaction."""

    def __init__(self, session: Session, vault: Vault, examiner: Examiner, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._vault = vault
        self._examiner = examiner
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
            .where(~select(TemplateRow.id).where(TemplateRow.sample_id == SampleRow.id).exists())
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
        return self._examiner.templates(Position(row.position), content, row.quality)

    def _store(self, row: SampleRow, made: Made) -> Refusal | None:
        facts = Facts(Position(row.position).subtype, row.quality, made.engine, row.device)
        stored = self._vault.put(row.owner_id, Kind(made.kind), made.content, facts)
        if isinstance(stored, Refusal):
            return stored
        values = {
            "id": self._entropy.uuid(),
            "sample_id": row.id,
            "owner_id": row.owner_id,
            "engine": made.engine,
            "format": made.format,
            "object_id": stored.id,
            "created_at": self._clock.now(),
        }
        self._session.execute(insert(TemplateRow).values(**values))
        return None

    def _listed(self, condition: ColumnElement[bool]) -> tuple[TemplateOf, ...]:
        rows = self._session.execute(
            select(TemplateRow, SampleRow, StoredObjectRow.kind)
            .join(SampleRow, SampleRow.id == TemplateRow.sample_id)
            .join(StoredObjectRow, StoredObjectRow.id == TemplateRow.object_id)
            .where(condition)
        )
        found = (
            TemplateOf(
                sample.id, sample.owner_id, Position(sample.position), sample.impression, sample.quality,
                Kind(kind), template.engine, template.object_id,
            )
            for template, sample, kind in rows
        )  # fmt: skip
        return tuple(sorted(found, key=lambda one: (one.position.number, one.impression, one.kind.value)))
