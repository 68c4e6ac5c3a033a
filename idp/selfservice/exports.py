"""A copy of everything about a person: asked for on a page, made by a worker, sealed, and gone after a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, select, update

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.jobs import Jobs
from idp.keys import Purpose
from idp.keys.person_keys import PersonKeys
from idp.notices import Notice, Notices
from idp.selfservice.models import DataExportRow
from idp.subscribers.models import SubscriberRow

__all__ = ["EXPORT", "KEPT", "Export", "Exports", "Form", "Maker"]

# The job that a worker does for each copy.
EXPORT = "selfservice.export"
KEPT = timedelta(hours=24)
APART = timedelta(hours=24)
# A copy that is not ready by then failed: its worker was stopped for good.
PATIENCE = timedelta(hours=1)
# How far along a copy is, in percent, when its document is gathered and when the print is made.
GATHERED, PRINTED = 40, 80


class Form(StrEnum):
    """What a copy can be downloaded as."""

    DOCUMENT = "json"
    PRINT = "pdf"


@dataclass(frozen=True, slots=True)
class Maker:
    """How a copy is made of a person: the document as JSON bytes, and then a print of it as PDF bytes."""

    document: Callable[[UUID], bytes]
    print_out: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Export:
    """A copy as its owner sees it. `progress` is in percent."""

    id: UUID
    state: str
    progress: int
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime

    @property
    def next_at(self) -> datetime:
        """When another one may be asked for."""
        return self.created_at + APART


class Exports:
    """Copies, in the caller's transaction."""

    def __init__(
        self, session: Session, keys: PersonKeys, notices: Notices, clock: Clock, entropy: Entropy, trail: Trail
    ) -> None:
        self._session = session
        self._keys = keys
        self._notices = notices
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def ask(self, subscriber_id: UUID) -> UUID | Refusal:
        """Have a copy made. Refused: EXPORT_WAIT (one a day, unless it failed), with the seconds to wait."""
        self._session.execute(select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id).with_for_update())
        latest, now = self.latest(subscriber_id), self._clock.now()
        if latest is not None and latest.state != "failed" and latest.next_at > now:
            return Refusal(Code.EXPORT_WAIT, retry_after=int((latest.next_at - now).total_seconds()) + 1)
        export_id = self._entropy.opaque_uuid()
        self._session.execute(
            insert(DataExportRow).values(
                id=export_id,
                subscriber_id=subscriber_id,
                state="waiting",
                progress=0,
                created_at=now,
                expires_at=now + KEPT,
            )
        )
        body = {"export": str(export_id)}
        self._trail.append(AuditEvent(Event.EXPORT_ASKED, subscriber_id=subscriber_id, body=body))
        Jobs(self._session).defer(EXPORT, export_id=str(export_id))
        return export_id

    def latest(self, subscriber_id: UUID) -> Export | None:
        """The person's newest copy, as it is now."""
        row = self._session.execute(
            select(
                DataExportRow.id,
                DataExportRow.state,
                DataExportRow.progress,
                DataExportRow.created_at,
                DataExportRow.ready_at,
                DataExportRow.expires_at,
            )
            .where(DataExportRow.subscriber_id == subscriber_id)
            .order_by(DataExportRow.created_at.desc(), DataExportRow.id)
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        state, now = row.state, self._clock.now()
        if state in {"waiting", "working"} and now > row.created_at + PATIENCE:
            state = "failed"
        elif state == "ready" and now >= row.expires_at:
            state = "expired"
        return Export(row.id, state, row.progress, row.created_at, row.ready_at, row.expires_at)

    def fetch(self, subscriber_id: UUID, export_id: UUID, form: Form) -> bytes | None:
        """The copy itself; None for anybody else's, as for one that is over or never was (AC-090)."""
        column = DataExportRow.sealed_document if form is Form.DOCUMENT else DataExportRow.sealed_print
        sealed = self._session.scalar(
            select(column).where(
                DataExportRow.id == export_id,
                DataExportRow.subscriber_id == subscriber_id,
                DataExportRow.state == "ready",
                DataExportRow.expires_at > self._clock.now(),
            )
        )
        found = None if sealed is None else self._keys.open(subscriber_id, Purpose.IDENTITY, sealed)
        if found is not None:
            body = {"export": str(export_id), "form": form.value}
            self._trail.append(AuditEvent(Event.EXPORT_FETCHED, subscriber_id=subscriber_id, body=body))
        return found

    def make(self, export_id: UUID, maker: Maker) -> Iterator[int]:
        """Make a copy that waits. Yields the progress after each step, to be committed then; repeating it is harmless.

        Counts the day of its keeping from when it is ready, and tells the person.
        """
        subscriber_id = self._session.scalar(
            update(DataExportRow)
            .where(DataExportRow.id == export_id, DataExportRow.state.in_(["waiting", "working"]))
            .values(state="working", progress=10)
            .returning(DataExportRow.subscriber_id)
        )
        if subscriber_id is None:
            return
        yield 10
        document = maker.document(subscriber_id)
        self._note(export_id, progress=GATHERED)
        yield GATHERED
        printed = maker.print_out(document)
        self._note(export_id, progress=PRINTED)
        yield PRINTED
        now = self._clock.now()
        self._note(
            export_id,
            progress=100,
            state="ready",
            sealed_document=self._keys.seal(subscriber_id, Purpose.IDENTITY, document),
            sealed_print=self._keys.seal(subscriber_id, Purpose.IDENTITY, printed),
            ready_at=now,
            expires_at=now + KEPT,
        )
        self._notices.tell(subscriber_id, Notice.EXPORT_READY, {"expires_at": (now + KEPT).isoformat()})
        yield 100

    def clear_away(self) -> int:
        """Forget copies whose day is over; how many there were."""
        over = (
            update(DataExportRow)
            .where(DataExportRow.state == "ready", DataExportRow.expires_at <= self._clock.now())
            .values(state="expired", sealed_document=None, sealed_print=None)
            .returning(DataExportRow.id)
        )
        return len(self._session.execute(over).all())

    def _note(self, export_id: UUID, **values: object) -> None:
        self._session.execute(update(DataExportRow).where(DataExportRow.id == export_id).values(**values))
