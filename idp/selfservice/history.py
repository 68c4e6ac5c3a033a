"""What happened to a person's account, in the order it happened: the audit trail, read for whom it concerns.

`KINDS` is closed: each event that can concern a person has a kind here and words in `templates/account/events.html`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from idp.audit import Event
from idp.audit.models import AuditRow
from idp.database import Session
from idp.tokens.models import GrantRow

__all__ = ["KINDS", "NOT_OF_PEOPLE", "Entry", "History", "Kind", "Page", "last_uses"]

PAGE = 25
MAX_ENTRIES = 10_000


class Kind(StrEnum):
    """What people sort entries by."""

    SIGNIN = "signin"
    CHANGE = "change"
    SERVICE = "service"
    READ = "read"


KINDS: Mapping[Event, Kind] = MappingProxyType(
    {
        Event.SUBSCRIBER_CREATED: Kind.CHANGE,
        Event.SUBSCRIBER_UPDATED: Kind.CHANGE,
        Event.SUBSCRIBER_STATE_CHANGED: Kind.CHANGE,
        Event.SUBSCRIBER_ERASED: Kind.CHANGE,
        Event.CONTACT_ASKED: Kind.CHANGE,
        Event.CONTACT_CHANGED: Kind.CHANGE,
        Event.CONTACT_STOPPED: Kind.CHANGE,
        Event.CORRECTION_PROPOSED: Kind.CHANGE,
        Event.CORRECTION_WITHDRAWN: Kind.CHANGE,
        Event.CORRECTION_DECIDED: Kind.CHANGE,
        Event.CONCERN_REPORTED: Kind.CHANGE,
        Event.CONCERN_ANSWERED: Kind.CHANGE,
        Event.RECORD_READ: Kind.READ,
        Event.PERSON_CHANGED: Kind.CHANGE,
        Event.NUMBER_ISSUED: Kind.CHANGE,
        Event.NUMBER_ALIAS_MADE: Kind.CHANGE,
        Event.NUMBER_ALIAS_USED: Kind.READ,
        Event.NUMBER_ALIAS_REVOKED: Kind.CHANGE,
        Event.SLIP_MADE: Kind.CHANGE,
        Event.SLIP_SPENT: Kind.SIGNIN,
        Event.SLIP_REFUSED: Kind.SIGNIN,
        Event.ENROLMENT_MOVED: Kind.CHANGE,
        Event.ENROLMENT_READ: Kind.READ,
        Event.ADJUDICATION_COMPARED: Kind.READ,
        Event.ENROLMENT_CONSENTED: Kind.CHANGE,
        Event.ENROLMENT_CONSENT_WITHDRAWN: Kind.CHANGE,
        Event.IDENTITY_ASKED: Kind.READ,
        Event.IDENTITY_CHECKED: Kind.READ,
        Event.EXPORT_ASKED: Kind.READ,
        Event.EXPORT_FETCHED: Kind.READ,
        Event.CLOSING_ASKED: Kind.CHANGE,
        Event.CLOSING_STOPPED: Kind.CHANGE,
        Event.MANDATE_PROPOSED: Kind.CHANGE,
        Event.MANDATE_CONFIRMED: Kind.CHANGE,
        Event.MANDATE_DECLINED: Kind.CHANGE,
        Event.MANDATE_ENDED: Kind.CHANGE,
        Event.MANDATE_USED: Kind.READ,
        Event.DEVICE_FORGOTTEN: Kind.CHANGE,
        Event.AUTHENTICATOR_BOUND: Kind.CHANGE,
        Event.AUTHENTICATOR_REMOVED: Kind.CHANGE,
        Event.RECOVERY_CODE_SPENT: Kind.SIGNIN,
        Event.MESSAGE_CODE_SENT: Kind.SIGNIN,
        Event.PASSKEY_RENAMED: Kind.CHANGE,
        Event.PASSKEY_REFUSED: Kind.SIGNIN,
        Event.BIOMETRIC_CHECKED: Kind.SIGNIN,
        Event.BIOMETRIC_LOCKED: Kind.CHANGE,
        Event.BIOMETRIC_UNLOCKED: Kind.CHANGE,
        Event.RECOVERY_STARTED: Kind.SIGNIN,
        Event.RECOVERY_PROVEN: Kind.SIGNIN,
        Event.RECOVERY_REFUSED: Kind.SIGNIN,
        Event.RECOVERY_STOPPED: Kind.SIGNIN,
        Event.RECOVERY_VISIT_ASKED: Kind.SIGNIN,
        Event.RECOVERY_VISIT_SEEN: Kind.READ,
        Event.RECOVERY_VISIT_SHOWN: Kind.SIGNIN,
        Event.RECOVERY_VISIT_DECIDED: Kind.SIGNIN,
        Event.RECOVERY_VISIT_CODE: Kind.SIGNIN,
        Event.RECOVERY_VISIT_REFUSED: Kind.SIGNIN,
        Event.RECOVERY_DONE: Kind.CHANGE,
        Event.USERNAME_REMINDED: Kind.SIGNIN,
        Event.SUBSCRIBER_LEVEL_CHANGED: Kind.CHANGE,
        Event.SIGNIN_FAILED: Kind.SIGNIN,
        Event.SIGNIN_THROTTLED: Kind.SIGNIN,
        Event.SIGNIN_FIRST_FACTOR: Kind.SIGNIN,
        Event.SIGNIN_CODE_REPLAYED: Kind.SIGNIN,
        Event.SIGNIN_DISOWNED: Kind.SIGNIN,
        Event.NOTICE_LINK_USED: Kind.SIGNIN,
        Event.MESSAGE_FAILED: Kind.SIGNIN,
        Event.MESSAGE_RETRIED: Kind.SIGNIN,
        Event.STAFF_LINK_MADE: Kind.SIGNIN,
        Event.STAFF_ACTIVATED: Kind.SIGNIN,
        Event.SESSION_STARTED: Kind.SIGNIN,
        Event.SESSION_ENDED: Kind.SIGNIN,
        Event.CONSENT_GRANTED: Kind.SERVICE,
        Event.CONSENT_DECLINED: Kind.SERVICE,
        Event.CONSENT_WITHDRAWN: Kind.SERVICE,
        Event.AUTHORIZATION_GRANTED: Kind.SERVICE,
        Event.AUTHORIZATION_REFUSED: Kind.SERVICE,
        Event.TOKEN_ISSUED: Kind.SERVICE,
        Event.TOKEN_REFRESHED: Kind.SERVICE,
        Event.TOKEN_REFUSED: Kind.SERVICE,
        Event.TOKEN_REUSED: Kind.SERVICE,
        Event.TOKEN_FOREIGN: Kind.SERVICE,
        Event.TOKEN_REVOKED: Kind.SERVICE,
        Event.TOKEN_INTROSPECTED: Kind.READ,
        Event.USERINFO_RELEASED: Kind.READ,
    }
)
"""Every event that concerns a person, and what it is of."""

NOT_OF_PEOPLE = frozenset(
    {
        Event.CLIENT_CREATED,
        Event.CLIENT_UPDATED,
        Event.CLIENT_DISABLED,
        Event.CLIENT_ENABLED,
        Event.CLIENT_SECRET_ROTATED,
        Event.CLIENT_AUTHENTICATION_FAILED,
        Event.CLIENT_REDIRECT_MISMATCH,
        Event.RESOURCE_CREATED,
        # Of what becomes of an application the applicant is told by its steps; these are the staff's.
        Event.ENROLMENT_REFUSED,
        Event.ENROLMENT_STUCK,
        Event.ENROLMENT_SECTION_CHANGED,
        Event.ENROLMENT_EXCEPTION_NOTED,
        Event.ENROLMENT_EXCEPTION_REMOVED,
        Event.ENROLMENT_EXCEPTION_GRANTED,
        Event.ENROLMENT_VOUCHED,
        Event.ENROLMENT_CAPTURED,
        Event.ENROLMENT_MIXED_UP,
        Event.ENROLMENT_CAPTURES_DROPPED,
        Event.ENROLMENT_SEARCHED,
        Event.ENROLMENT_TOLD,
        Event.ENROLMENT_FORGOTTEN,
        Event.ADJUDICATION_LOOKED,
        Event.ADJUDICATION_VOTED,
        Event.OBJECT_DAMAGED,
        Event.OBJECT_SWEPT,
        Event.CENTRE_DIVISIONS_LOADED,
        Event.CENTRE_OPENED,
        Event.CENTRE_CHANGED,
        Event.STATION_ADDED,
        Event.STATION_REVOKED,
        Event.STATION_GAP,
        Event.STAFF_POSTED,
        Event.STAFF_POSTING_ENDED,
        Event.STAFF_HAND_OVER_OFFERED,
        Event.STAFF_HAND_OVER_ENDED,
        Event.STAFF_ROLE_ASKED,
        Event.STAFF_ROLE_DECIDED,
        Event.STAFF_ROLE_ENDED,
        Event.STAFF_REFUSED,
        Event.FOUNDING_STARTED,
        Event.FOUNDING_CODE_USED,
        Event.FOUNDING_REFUSED,
        Event.FOUNDING_COMPLETED,
        Event.FOUNDING_STOPPED,
        Event.KEY_CREATED,
        Event.KEY_DESTROYED,
    }
)
"""Events that never concern a person."""


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
