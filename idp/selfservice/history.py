"""What happened to a person's account, in the order it happened: the audit trail, read for whom it concerns.

`KINDS` is closed: each event that can concern a person has a kind here and words in `templates/account/events.html`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from idp.audit import Event
from idp.audit.models import AuditRow
from idp.database import Session
from idp.selfservice.history_kinds import KINDS, NOT_OF_PEOPLE, Kind
from idp.tokens.models import GrantRow

__all__ = ["KINDS", "NOT_OF_PEOPLE", "Entry", "History", "Kind", "Page", "last_uses"]

PAGE = 25
MAX_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a person's. `actor` is None for the person; `fields` are the claims that a service could read."""

    id: UUID
    at: datetime
    event: str
    client_id: str | None
    actor: str | None
    body: Mapping[str, Any]
    fields: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """What it is of."""
        return KINDS[Event(self.event)]


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `older` is the entry to continue behind, None at the end."""

    entries: tuple[Entry, ...]
    older: UUID | None


class History:
    """Reads, in the caller's transaction, and changes nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self,
        subscriber_id: UUID,
        kind: Kind | None = None,
        months: tuple[datetime, datetime] | None = None,
        behind: UUID | None = None,
        size: int = PAGE,
    ) -> Page:
        """At most `size` entries behind `behind`; of one kind, and from `months[0]` to before `months[1]`."""
        wanted = _of(subscriber_id, kind)
        if months is not None:
            wanted = wanted.where(AuditRow.at >= months[0], AuditRow.at < months[1])
        if behind is not None:
            wanted = wanted.where(AuditRow.id < behind)
        rows = self._session.scalars(wanted.limit(size + 1)).all()
        entries = self._with_fields([_entry(row) for row in rows[:size]])
        return Page(entries, entries[-1].id if len(rows) > size else None)

    def entry(self, subscriber_id: UUID, event_id: UUID) -> Entry | None:
        """One entry of this person's; None for anybody else's, as for one that never was (AC-090)."""
        row = self._session.scalar(_of(subscriber_id, None).where(AuditRow.id == event_id))
        return None if row is None else self._with_fields([_entry(row)])[0]

    def began(self, subscriber_id: UUID) -> datetime | None:
        """When the oldest entry was written."""
        return self._session.scalar(select(func.min(AuditRow.at)).where(AuditRow.subscriber_id == subscriber_id))

    def whole(self, subscriber_id: UUID) -> tuple[Entry, ...]:
        """Everything, newest first, at most ten thousand entries."""
        return self.page(subscriber_id, size=MAX_ENTRIES).entries

    def _with_fields(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """A reading of details names the authorization it was under, which names what could be read."""
        grants = {entry.body.get("grant") for entry in entries if entry.event == Event.USERINFO_RELEASED.value}
        known: dict[str, tuple[str, ...]] = {}
        if grants:
            ids = [UUID(grant) for grant in grants if grant]
            rows = self._session.execute(select(GrantRow.id, GrantRow.userinfo_claims).where(GrantRow.id.in_(ids)))
            known = {str(grant_id): tuple(fields) for grant_id, fields in rows}
        return tuple(replace(entry, fields=known.get(str(entry.body.get("grant")), ())) for entry in entries)


def last_uses(session: Session, subscriber_id: UUID) -> dict[str, datetime]:
    """When each service last read details of this person: client id -> moment."""
    rows = session.execute(
        select(AuditRow.client_id, func.max(AuditRow.at))
        .where(
            AuditRow.subscriber_id == subscriber_id,
            AuditRow.event == Event.USERINFO_RELEASED.value,
            AuditRow.client_id.is_not(None),
            AuditRow.body["refused"].astext.is_(None),
        )
        .group_by(AuditRow.client_id)
    )
    return {client_id: at for client_id, at in rows if client_id is not None}


def _of(subscriber_id: UUID, kind: Kind | None) -> Select[AuditRow]:
    shown = [event.value for event, of in KINDS.items() if kind is None or of is kind]
    wanted = select(AuditRow).where(AuditRow.subscriber_id == subscriber_id, AuditRow.event.in_(shown))
    return wanted.order_by(AuditRow.id.desc())


def _entry(row: AuditRow) -> Entry:
    return Entry(row.id, row.at, row.event, row.client_id, row.actor, row.body)
