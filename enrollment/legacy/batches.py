"""Imports as they are stored: one for each file and mapping, whose rows are read once and taken once.

A file that is brought again is the import that it was: nothing is read or taken a second time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, BinaryIO, cast
from uuid import UUID

from sqlalchemy import Table, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from enrollment.errors import Code as Why
from enrollment.errors import Refusal
from enrollment.legacy.documents import ABOUT, document_of
from enrollment.legacy.models import ImportBatchRow, ImportRowRow
from enrollment.legacy.purging import purge_given_up
from enrollment.legacy.rows import Code, Record
from enrollment.legacy.wishes import Wishes
from enrollment.register.seals import Content, Seals
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys

__all__ = ["GIVEN_UP_FROM", "Batch", "Batches", "State", "digest_of"]

_PIECE = 1024 * 1024
_AT_ONCE = 2000
_OF = text(
    """
    update import_row set of_row = v.of_row, codes = codes || cast(:codes as text[])
    from unnest(cast(:rows as int[]), cast(:of_rows as int[])) as v(row, of_row)
    where import_row.batch_id = :batch and import_row.row = v.row
    """
)


class State(StrEnum):
    """Where an import is. `columns`: its columns are not confirmed yet; `asked`: a worker reads next."""

    COLUMNS = "columns"
    ASKED = "asked"
    READING = "reading"
    CHECKED = "checked"
    TAKING = "taking"
    DONE = "done"
    FAILED = "failed"
    DISCARDED = "discarded"


GIVEN_UP_FROM = (State.COLUMNS, State.ASKED, State.READING, State.CHECKED, State.FAILED)
"""States in which nothing of an import is taken yet."""


@dataclass(frozen=True, slots=True)
class Batch:
    """An import. `read` of `rows` rows are stored, `done` of them are taken or left out; the others count those."""

    id: UUID
    state: State
    wishes: dict[str, Any]
    trouble: str | None
    by_id: UUID | None
    rows: int
    read: int
    done: int
    stopped: int
    issued: int
    referred: int
    known: int
    made_at: datetime
    changed_at: datetime


def digest_of(stream: BinaryIO, wishes: Wishes) -> bytes:
    """SHA-256 of a file and what is said about it, 32 bytes."""
    whole = hashlib.sha256(json.dumps(wishes.as_document(), sort_keys=True).encode())
    stream.seek(0)
    while piece := stream.read(_PIECE):
        whole.update(piece)
    return whole.digest()


class Batches:
    """Keeps imports and their rows, in the caller's transaction."""

    def __init__(
        self, session: Session, keys: PurposeKeys, seals: Seals, clock: Clock, entropy: Entropy, trail: Trail
    ) -> None:
        self._session = session
        self._keys = keys
        self._seals = seals
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def begin(self, digest: bytes, wishes: Wishes, size: int, by_id: UUID | None, state: State) -> Batch:
        """The import of this file; the one that there is, where it was brought before."""
        now = self._clock.now()
        values = {
            "id": self._entropy.uuid(),
            "digest": digest,
            "state": state.value,
            "wishes": wishes.as_document(),
            "by_id": by_id,
            "size": size,
            **dict.fromkeys(("rows", "read", "done", "stopped", "issued", "referred", "known"), 0),
            "made_at": now,
            "changed_at": now,
        }
        made = self._session.scalar(
            upsert(ImportBatchRow)
            .values(values)
            .on_conflict_do_nothing(index_elements=["digest"], index_where=text("state <> 'discarded'"))
            .returning(ImportBatchRow.id)
        )
        if made is not None:
            self._say(Event.IMPORT_BEGUN, made, by_id, size=size)
        return self._one(ImportBatchRow.digest == digest, ImportBatchRow.state != State.DISCARDED.value)

    def find(self, batch_id: UUID) -> Batch | Refusal:
        """One import; `ENR_UNKNOWN` where there is none."""
        row = self._session.get(ImportBatchRow, batch_id, populate_existing=True)
        return Refusal(Why.ENR_UNKNOWN, "import") if row is None else _batch(row)

    def latest(self, most: int = 50) -> list[Batch]:
        """Imports, the last one first, without those that were discarded."""
        wanted = select(ImportBatchRow).where(ImportBatchRow.state != State.DISCARDED.value)
        rows = self._session.scalars(
            wanted.order_by(ImportBatchRow.made_at.desc()).limit(most).execution_options(populate_existing=True)
        )
        return [_batch(row) for row in rows]

    def hold(self, batch_id: UUID, *states: State) -> Batch | None:
        """The import, held until the caller's transaction ends, while it is in one of these states; else None."""
        row = self._session.scalar(
            select(ImportBatchRow)
            .where(ImportBatchRow.id == batch_id, ImportBatchRow.state.in_([state.value for state in states]))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return None if row is None else _batch(row)

    def put(self, batch_id: UUID, records: Sequence[Record], seen: set[bytes]) -> None:
        """Store rows, each sealed under a key of its own. `seen` are the old numbers of the rows before them."""
        owners = [self._entropy.uuid() for _ in records]
        contents = [
            Content(owner, ABOUT, document_of(record)) for owner, record in zip(owners, records, strict=True)
        ]  # fmt: skip
        rows = []
        for owner, record, sealed in zip(owners, records, self._seals.seal(contents), strict=True):
            rows.append(
                {
                    "batch_id": batch_id,
                    "row": record.row,
                    "state": "stopped" if record.stopped else "waiting",
                    "codes": record.codes,
                    "of_row": None,
                    "subject_key_id": owner,
                    "legacy_blind": self.number(batch_id, record, seen),
                    "sealed": sealed,
                }
            )
        self._session.execute(insert(cast("Table", ImportRowRow.__table__)), rows)
        self.change(batch_id, read=records[-1].row)

    def number(self, batch_id: UUID, record: Record, seen: set[bytes]) -> bytes | None:
        """The keyed digest of the row's old number, the first time that it comes."""
        if not record.number:
            return None
        blind = self._keys.mac(Purpose.BLIND_INDEX, f"import|{batch_id}|{record.number}")
        if blind in seen:
            return None
        seen.add(blind)
        return blind

    def join(self, batch_id: UUID, duplicates: Mapping[int, int], clashes: Mapping[int, int]) -> None:
        """Note which rows are of an earlier one, or have its old number and say so by their code: once."""
        for pairs, codes in ((duplicates, []), (clashes, [Code.DUPLICATE.value])):
            if pairs:
                told = {"batch": batch_id, "rows": list(pairs), "of_rows": list(pairs.values()), "codes": codes}
                self._session.execute(_OF, told)

    def checked(self, batch_id: UUID, rows: int) -> None:
        """Every row is read and compared."""
        stopped = self._session.scalar(
            select(func.count())
            .select_from(ImportRowRow)
            .where(ImportRowRow.batch_id == batch_id, ImportRowRow.state == "stopped")
        )
        self.change(batch_id, state=State.CHECKED.value, rows=rows, stopped=stopped or 0, done=stopped or 0)

    def change(self, batch_id: UUID, **values: object) -> None:
        """Set columns of an import."""
        self._session.execute(
            update(ImportBatchRow)
            .where(ImportBatchRow.id == batch_id)
            .values(changed_at=self._clock.now(), **values)
            .execution_options(synchronize_session=False)
        )

    def stuck(self, patience: timedelta) -> list[Batch]:
        """Imports that a worker should be at, and that did not move for so long."""
        wanted = select(ImportBatchRow).where(
            ImportBatchRow.state.in_([State.ASKED.value, State.READING.value, State.TAKING.value]),
            ImportBatchRow.changed_at < self._clock.now() - patience,
            ImportBatchRow.by_id.is_not(None),
        )
        return [_batch(row) for row in self._session.scalars(wanted.execution_options(populate_existing=True))]

    def same(self, digest: bytes) -> UUID | None:
        """The import of this file and mapping, if there is one."""
        wanted = select(ImportBatchRow.id).where(
            ImportBatchRow.digest == digest, ImportBatchRow.state != State.DISCARDED.value
        )
        return self._session.scalar(wanted)

    def idle(self, patience: timedelta) -> list[Batch]:
        """Imports of which nothing is taken, and that nobody went on with for so long."""
        states = [state.value for state in GIVEN_UP_FROM]
        wanted = select(ImportBatchRow).where(
            ImportBatchRow.state.in_(states), ImportBatchRow.changed_at < self._clock.now() - patience
        )
        return [_batch(row) for row in self._session.scalars(wanted.execution_options(populate_existing=True))]

    def discard(self, batch: Batch, by_id: UUID | None) -> None:
        """Give it up; `by_id` None: its time was over. Only for one of which nothing was taken.

        The first rows and their keys are removed at once, the others by the next rounds of the purge.
        """
        self.change(batch.id, state=State.DISCARDED.value)
        purge_given_up(self._session, self._clock.now(), _AT_ONCE)
        self._say(Event.IMPORT_DISCARDED, batch.id, by_id, actor="system" if by_id is None else None)

    def finish(self, batch: Batch) -> None:
        """Nothing of it waits any more."""
        self.change(batch.id, state=State.DONE.value)
        self._say(
            Event.IMPORT_DONE, batch.id, batch.by_id, rows=batch.rows, stopped=batch.stopped, issued=batch.issued,
            referred=batch.referred, known=batch.known,
        )  # fmt: skip

    def _say(self, event: Event, batch_id: UUID, by_id: UUID | None, actor: str | None = None, **body: int) -> None:
        actor = actor or ("operator" if by_id is None else str(by_id))
        self._trail.append(AuditEvent(event, actor=actor, body={"import": str(batch_id), **body}))

    def _one(self, *conditions: Any) -> Batch:
        wanted = select(ImportBatchRow).where(*conditions).execution_options(populate_existing=True)
        return _batch(self._session.scalars(wanted).one())


def _batch(row: ImportBatchRow) -> Batch:
    return Batch(
        row.id, State(row.state), row.wishes, row.trouble, row.by_id, row.rows, row.read, row.done, row.stopped,
        row.issued, row.referred, row.known, row.made_at, row.changed_at,
    )  # fmt: skip
