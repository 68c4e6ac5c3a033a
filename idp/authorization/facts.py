"""What the authorization endpoint must know before it decides, in one statement: session, person, gate, consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.database import Operation, Statement
from idp.database.batch import Row
from idp.database.operation import maybe_one, one
from idp.sessions.gate import gate

__all__ = ["Agreement", "Facts", "ask_facts", "facts_of"]

# The session is touched here, at most once a minute, so that idle time is counted without a write per request.
TOUCH_SECONDS = 60

FACTS = Statement(
    "authorize.facts",
    f"""
    with i as (
        select * from rows from (jsonb_to_recordset(%s::jsonb) as (
            session_digest text, client_id text, now timestamptz, idle_seconds double precision,
            touch_seconds double precision))
            with ordinality as item(session_digest, client_id, now, idle_seconds, touch_seconds, n)
    ), judged as materialized (
        select i.*, live.id, live.subscriber_id, live.authenticated_at, live.aal, live.amr, live.seen_at, person.ial,
            {gate(offline="false")} as refused
        from i
        {one("session", "live", "live.secret_digest = decode(i.session_digest, 'hex')")}
        {one("subscriber", "person", "person.id = live.subscriber_id")}
        {maybe_one("client", "party", "party.client_id = i.client_id")}
    ), touched as (
        update session target set seen_at = j.now
        from judged j
        where target.id = j.id and j.refused is null
            and j.seen_at + make_interval(secs => j.touch_seconds) <= j.now
    )
    select j.n, j.refused, j.id, j.subscriber_id, j.authenticated_at, j.aal, j.amr, j.ial,
        agreed.consent_id, agreed.granted_at, agreed.expires_at, agreed.scopes, agreed.asked_scopes,
        agreed.asked_fields, agreed.data_scope->'fields', agreed.client_fingerprint
    from judged j
    {
        maybe_one(
            "consent",
            "agreed",
            "agreed.citizen_id = j.subscriber_id and agreed.consumer_id = j.client_id and agreed.status = 'active'",
        )
    }
    """,  # noqa: S608 - built from constants of this package
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The consent in the store for this person and client, in force or not."""

    consent_id: UUID
    granted_at: datetime
    expires_at: datetime | None
    scopes: frozenset[str]
    asked_scopes: frozenset[str]
    asked_fields: frozenset[str]
    fields: frozenset[str]
    client_fingerprint: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A browser's session as the gate sees it. `refused` is the gate's code, None when the session may proceed."""

    refused: str | None
    session_id: UUID
    subscriber_id: UUID
    authenticated_at: datetime
    aal: int
    amr: tuple[str, ...]
    ial: int
    agreement: Agreement | None


def ask_facts(session_digest: bytes, client_id: str, *, now: datetime, idle_seconds: int) -> Operation:
    """The operation that reads the facts behind a session cookie's digest."""
    item = {
        "session_digest": session_digest.hex(),
        "client_id": client_id,
        "now": now.isoformat(),
        "idle_seconds": idle_seconds,
        "touch_seconds": TOUCH_SECONDS,
    }
    return Operation(FACTS, item, key=session_digest.hex(), shared=True)


def facts_of(row: Row | None) -> Facts | None:
    """The facts, or None when the cookie belongs to no session."""
    if row is None:
        return None
    refused, session_id, subscriber_id, authenticated_at, aal, amr, ial, *agreed = row
    return Facts(refused, session_id, subscriber_id, authenticated_at, aal, tuple(amr), ial, _agreement(agreed))


def _agreement(columns: Sequence[object]) -> Agreement | None:
    consent_id, granted_at, expires_at, scopes, asked_scopes, asked_fields, fields, fingerprint = columns
    if not isinstance(consent_id, UUID):
        return None
    assert isinstance(granted_at, datetime)  # noqa: S101 - the column is not null
    return Agreement(
        consent_id=consent_id,
        granted_at=granted_at,
        expires_at=expires_at if isinstance(expires_at, datetime) else None,
        scopes=_words(scopes),
        asked_scopes=_words(asked_scopes),
        asked_fields=_words(asked_fields),
        fields=_words(fields),
        client_fingerprint=str(fingerprint),
    )


def _words(column: object) -> frozenset[str]:
    return frozenset(column) if isinstance(column, list) else frozenset()
