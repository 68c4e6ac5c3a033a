"""The references of one client and their templates: taken, filled, deleted, and followed by indexes as they change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from enrollment.abis.models import AbisChangeRow, AbisGalleryRow, AbisReferenceRow, AbisTemplateRow
from enrollment.abis.probes import Probe
from enrollment.abis.standing import of_others
from enrollment.capture import Position
from enrollment.errors import Refusal
from enrollment.gallery import Changes, Entry, Template
from enrollment.storage import Facts, Vault
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys.models import PersonKeyRow

__all__ = ["Reference", "References"]

_MOST_CHANGES = 500
_ALONE = text("select pg_advisory_xact_lock(hashtextextended('abis|' || :client, 0))")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference whose templates are held."""

    subject_id: UUID
    reference_id: str


class References:
    """Reads and writes one client's references, in the caller's transaction; nobody else's are ever seen.

    Fulfils `gallery.following.Rows`. Changes are numbered in the order of their commits, as those of the people's
    gallery.
    """

    def __init__(self, session: Session, client_id: str, vault: Vault, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._client_id = client_id
        self._vault = vault
        self._clock = clock
        self._entropy = entropy

    def take(self, reference_id: str) -> UUID | None:
        """Keep the place of a reference whose templates will come; None where the client has one of that name.

        One statement: of two at once, one has it.
        """
        subject_id = self._entropy.uuid()
        made = upsert(AbisReferenceRow).values(
            subject_id=subject_id,
            client_id=self._client_id,
            reference_id=reference_id,
            state="waiting",
            made_at=self._clock.now(),
        )
        held = made.on_conflict_do_nothing(index_elements=["client_id", "reference_id"])
        return self._session.scalar(held.returning(AbisReferenceRow.subject_id))

    def fill(self, subject_id: UUID, probes: Sequence[Probe]) -> bool | Refusal:
        """Store the templates of a reference that waits for them; False where it was deleted in the meantime.

        Refused as `Vault.put`; then nothing may be committed.
        """
        waiting = self._row(subject_id, "waiting")
        if waiting is None:
            return False
        for probe in probes:
            facts = Facts(probe.template.position.subtype, probe.template.quality, probe.engine)
            stored = self._vault.put(subject_id, probe.kind, probe.template.content, facts)
            if isinstance(stored, Refusal):
                return stored
            values = {
                "object_id": stored.id,
                "subject_id": subject_id,
                "position": probe.template.position.number,
                "impression": probe.template.impression,
                "quality": probe.template.quality,
                "engine": probe.engine,
            }
            self._session.execute(insert(AbisTemplateRow).values(**values))
        self._session.execute(
            update(AbisReferenceRow).where(AbisReferenceRow.subject_id == subject_id).values(state="held")
        )
        self._changed(subject_id)
        return True

    def release(self, subject_id: UUID) -> None:
        """Give up a place that was kept and not filled."""
        self._session.execute(
            delete(AbisReferenceRow).where(
                AbisReferenceRow.client_id == self._client_id,
                AbisReferenceRow.subject_id == subject_id,
                AbisReferenceRow.state == "waiting",
            )
        )

    def delete(self, reference_id: str) -> bool:
        """Delete a reference, its templates and the keys that seal them; False where there is none of that name.

        From the commit on nothing can be opened, copies included; the sealed bytes go with the next sweep.
        """
        row = self._session.scalar(
            select(AbisReferenceRow)
            .where(AbisReferenceRow.client_id == self._client_id, AbisReferenceRow.reference_id == reference_id)
            .with_for_update()
        )
        if row is None:
            return False
        subject_id = row.subject_id
        for object_id in self._session.scalars(
            select(AbisTemplateRow.object_id).where(AbisTemplateRow.subject_id == subject_id)
        ).all():
            self._vault.remove(object_id)
        self._session.execute(delete(AbisTemplateRow).where(AbisTemplateRow.subject_id == subject_id))
        self._session.execute(delete(AbisReferenceRow).where(AbisReferenceRow.subject_id == subject_id))
        self._session.execute(delete(PersonKeyRow).where(PersonKeyRow.person_id == subject_id))
        self._changed(subject_id)
        return True

    def find(self, reference_ids: Iterable[str]) -> tuple[Reference, ...]:
        """Those of these that are held."""
        return self._found(AbisReferenceRow.reference_id.in_(list(reference_ids)))

    def named(self, subject_ids: Iterable[UUID]) -> dict[UUID, str]:
        """How the client calls those of these subjects that are held."""
        found = self._found(AbisReferenceRow.subject_id.in_(list(subject_ids)))
        return {one.subject_id: one.reference_id for one in found}

    def of_others(self, subject_ids: Collection[UUID], engines: Collection[str]) -> int:
        """How many of these subjects have a template of an engine that is none of these."""
        return of_others(self._session, subject_ids, engines)

    def count(self) -> int:
        """How many are held."""
        counted = select(func.count()).where(
            AbisReferenceRow.client_id == self._client_id, AbisReferenceRow.state == "held"
        )
        return self._session.scalar(counted) or 0

    def templates(self, subject_id: UUID) -> list[Template] | Refusal:
        """The templates of one reference, opened. Refused: `ENR_OBJECT` where one is not as it was stored."""
        found = []
        for row in self._rows([subject_id]):
            content = self._vault.read(row.object_id)
            if isinstance(content, Refusal):
                return content
            found.append(Template(list(Position)[row.position], row.impression, content, row.quality))
        return found

    def alone(self) -> None:
        """Wait until no other worker writes an index of this client that is shared."""
        self._session.execute(_ALONE, {"client": self._client_id})

    def newest(self) -> int:
        """The number of the last change that is committed, or made in this transaction."""
        held = select(AbisGalleryRow.last).where(AbisGalleryRow.client_id == self._client_id)
        return self._session.scalar(held) or 0

    def changes(self, after: int) -> Changes:
        """What changed after that number, with everything that is held of it now."""
        rows = self._session.execute(
            select(AbisChangeRow.n, AbisChangeRow.subject_id)
            .where(AbisChangeRow.client_id == self._client_id, AbisChangeRow.n > after)
            .order_by(AbisChangeRow.n)
            .limit(_MOST_CHANGES)
        ).all()
        subjects: dict[UUID, tuple[Entry, ...]] = dict.fromkeys((row.subject_id for row in rows), ())
        for entry in self.of(subjects):
            subjects[entry.subject_id] = (*subjects[entry.subject_id], entry)
        return Changes(subjects, rows[-1].n if rows else self.newest())

    def of(self, subject_ids: Collection[UUID]) -> tuple[Entry, ...]:
        """Everything that is held of these subjects."""
        return tuple(
            Entry(row.subject_id, list(Position)[row.position], row.impression, row.engine, row.object_id)
            for row in self._rows(subject_ids)
        )

    def _rows(self, subject_ids: Collection[UUID]) -> Sequence[AbisTemplateRow]:
        return self._session.scalars(
            select(AbisTemplateRow)
            .join(AbisReferenceRow, AbisReferenceRow.subject_id == AbisTemplateRow.subject_id)
            .where(AbisReferenceRow.client_id == self._client_id, AbisTemplateRow.subject_id.in_(list(subject_ids)))
            .order_by(AbisTemplateRow.position, AbisTemplateRow.impression)
            .execution_options(populate_existing=True)
        ).all()

    def _found(self, condition: ColumnElement[bool]) -> tuple[Reference, ...]:
        rows = self._session.execute(
            select(AbisReferenceRow.subject_id, AbisReferenceRow.reference_id).where(
                AbisReferenceRow.client_id == self._client_id,
                AbisReferenceRow.state == "held",
                condition,
            )
        )
        return tuple(Reference(row.subject_id, row.reference_id) for row in rows)

    def _row(self, subject_id: UUID, state: str) -> AbisReferenceRow | None:
        wanted = select(AbisReferenceRow).where(
            AbisReferenceRow.client_id == self._client_id,
            AbisReferenceRow.subject_id == subject_id,
            AbisReferenceRow.state == state,
        )
        return self._session.scalar(wanted.with_for_update().execution_options(populate_existing=True))

    def _changed(self, subject_id: UUID) -> None:
        made = upsert(AbisGalleryRow).values(client_id=self._client_id, last=1)
        counted = made.on_conflict_do_update(index_elements=["client_id"], set_={"last": AbisGalleryRow.last + 1})
        number = self._session.scalar(counted.returning(AbisGalleryRow.last))
        values = {"client_id": self._client_id, "n": number, "subject_id": subject_id}
        self._session.execute(insert(AbisChangeRow).values(**values))
