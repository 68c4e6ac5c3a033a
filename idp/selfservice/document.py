"""Everything about one person in one document, as JSON: names of members in English, values as they are stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from idp.authenticators.overview import Overview
from idp.clock import Clock
from idp.consent.models import ConsentRow
from idp.database import Session
from idp.outbox.models import MessageRow
from idp.selfservice.concerns import Concerns
from idp.selfservice.corrections import Corrections
from idp.selfservice.history import Entry, History
from idp.selfservice.models import ContactChangeRow
from idp.selfservice.provenance import origins
from idp.selfservice.sealed_words import SealedWords
from idp.sessions import Devices
from idp.sessions.models import SessionRow
from idp.subscribers import Directory
from idp.subscribers.models import SubscriberRow

__all__ = ["FORMAT", "Gathering", "Part", "Sources"]

FORMAT = "wangov-id-copy/1"
# What another floor of the house adds of a person: values, None where there is nothing.
Part = Callable[[UUID], dict[str, Any] | None]
NO_PARTS: Mapping[str, Part] = MappingProxyType({})
_MANDATES = text(
    """
    select id, powers, state, created_at, expires_at, ended_at, represented_id = :person as represented
    from mandate where represented_id = :person or carer_id = :person order by created_at
    """
)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where what is gathered lies."""

    directory: Directory
    ways: Overview
    devices: Devices
    corrections: Corrections
    concerns: Concerns
    words: SealedWords


class Gathering:
    """Gathers, in the caller's transaction, and changes nothing.

    `service_name` says what a client is called; `parts` are added under their names.
    """

    def __init__(
        self,
        session: Session,
        sources: Sources,
        clock: Clock,
        service_name: Callable[[str], str],
        parts: Mapping[str, Part] = NO_PARTS,
    ) -> None:
        self._parts = parts
        self._session = session
        self._sources = sources
        self._clock = clock
        self._service_name = service_name

    def document(self, subscriber_id: UUID) -> bytes:
        """The document, UTF-8; moments are RFC 3339 in UTC. No secret, key or code is in it."""
        return json.dumps(self.gather(subscriber_id), ensure_ascii=False, indent=2, default=_written).encode()

    def gather(self, subscriber_id: UUID) -> dict[str, Any]:
        """The same as values."""
        return {
            "format": FORMAT,
            "made_at": self._clock.now(),
            **self._record(subscriber_id),
            "ways_to_sign_in": [
                {
                    "kind": way.method.value, "name": way.name, "added": way.added_at, "used": way.used_at,
                    "left": way.left,
                }
                for way in self._sources.ways.of(subscriber_id)
            ],
            "known_browsers": [
                {"says": device.user_agent, "first": device.created_at, "last": device.seen_at}
                for device in self._sources.devices.list_for(subscriber_id)
            ],
            "sign_ins": self._sign_ins(subscriber_id),
            "services": self._services(subscriber_id),
            "helping": [dict(row) for row in self._session.execute(_MANDATES, {"person": subscriber_id}).mappings()],
            "corrections": [
                {
                    "detail": one.claim, "state": one.state, "recorded": one.before, "proposed": one.after,
                    "reason": one.reason, "sent": one.created_at, "decided": one.decided_at, "why": one.reason_code,
                }
                for one in self._sources.corrections.list_for(subscriber_id)
            ],
            "reports": [
                {"entry": one.event_id, "words": one.words, "answer": one.answer, "sent": one.created_at}
                for one in self._sources.concerns.list_for(subscriber_id)
            ],
            "contact_changes": self._contact_changes(subscriber_id),
            "messages": self._messages(subscriber_id),
            "history": [self._entry(entry) for entry in History(self._session).whole(subscriber_id)],
            **{name: part(subscriber_id) for name, part in self._parts.items()},
        }  # fmt: skip

    def _record(self, subscriber_id: UUID) -> dict[str, Any]:
        row = self._session.get_one(SubscriberRow, subscriber_id)
        person = self._sources.directory.get(subscriber_id)
        identity = None if person is None else self._sources.directory.identity(person)
        claims: Mapping[str, Any] = {} if identity is None else identity.claims
        known = origins(self._session, subscriber_id)
        return {
            "account": {
                "number": subscriber_id,
                "user_name": None if identity is None else identity.username,
                "state": row.state,
                "identity_level": row.ial,
                "language": row.locale,
                "opened": row.created_at,
            },
            "details": [
                {
                    "detail": claim,
                    "value": value,
                    "source": known[claim].source.value if claim in known else None,
                    "since": known[claim].since if claim in known else None,
                }
                for claim, value in claims.items()
            ],
        }

    def _sign_ins(self, subscriber_id: UUID) -> list[dict[str, Any]]:
        rows = self._session.scalars(
            select(SessionRow).where(SessionRow.subscriber_id == subscriber_id).order_by(SessionRow.created_at.desc())
        )
        return [
            {
                "began": row.created_at, "ended": row.ended_at, "why": row.end_reason, "browser": row.user_agent,
                "proven_by": row.amr, "level": row.aal,
            }
            for row in rows
        ]  # fmt: skip

    def _services(self, subscriber_id: UUID) -> list[dict[str, Any]]:
        rows = self._session.scalars(
            select(ConsentRow).where(ConsentRow.citizen_id == subscriber_id).order_by(ConsentRow.granted_at.desc())
        )
        return [
            {
                "service": self._service_name(row.consumer_id), "state": row.status, "agreed": row.granted_at,
                "until": row.expires_at, "ended": row.ended_at, "purpose": row.purpose,
                "shared": row.data_scope["fields"],
                "not_shared": sorted(set(row.asked_fields) - set(row.data_scope["fields"])),
            }
            for row in rows
        ]  # fmt: skip

    def _contact_changes(self, subscriber_id: UUID) -> list[dict[str, Any]]:
        rows = self._session.scalars(
            select(ContactChangeRow)
            .where(ContactChangeRow.subscriber_id == subscriber_id)
            .order_by(ContactChangeRow.created_at.desc())
        )
        return [
            {
                "channel": row.channel, "state": row.state, "asked": row.created_at, "ended": row.ended_at,
                **{
                    name: value
                    for name, value in self._sources.words.open(subscriber_id, row.sealed_value).items()
                    if name in {"new", "old"}
                },
            }
            for row in rows
        ]  # fmt: skip

    def _messages(self, subscriber_id: UUID) -> list[dict[str, Any]]:
        """What was written to the person, by kind and time: what it said is not kept."""
        rows = self._session.execute(
            select(MessageRow.notice, MessageRow.channel, MessageRow.state, MessageRow.created_at, MessageRow.sent_at)
            .where(MessageRow.subscriber_id == subscriber_id)
            .order_by(MessageRow.created_at.desc())
        )
        return [
            {
                "about": row.notice, "channel": row.channel, "state": row.state, "written": row.created_at,
                "sent_on": row.sent_at,
            }
            for row in rows
        ]  # fmt: skip

    def _entry(self, entry: Entry) -> dict[str, Any]:
        return {
            "id": entry.id,
            "at": entry.at,
            "event": entry.event,
            "service": None if entry.client_id is None else self._service_name(entry.client_id),
            "by": entry.actor or "person",
            "about": dict(entry.body),
            "details": list(entry.fields),
        }


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(value)
