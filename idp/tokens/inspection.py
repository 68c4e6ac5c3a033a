"""Looking at a live token: is its grant still good, and what may be told now? One statement, audited by itself.

Serves introspection (RFC 7662) and userinfo (OpenID Connect Core 5.3). A token of a client's own (client
credentials) has no grant; for it only a revocation of the single token counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.audit import Event
from idp.database import Operation, Statement
from idp.database.batch import Row
from idp.errors import Code, Refusal
from idp.sessions.gate import gate
from idp.tokens.grant import (
    GRANT_COLUMNS,
    PROFILE_COLUMNS,
    Grant,
    SealedProfile,
    granted,
    profile_joins,
)

__all__ = ["Inspected", "Question", "inspect", "inspected"]

INSPECT = Statement(
    "grant.inspect",
    f"""
    with i as (
        select * from rows from (jsonb_to_recordset(%s::jsonb) as (
            grant_id uuid, handle text, presented text, jti text, caller text, event text, profile boolean,
            now timestamptz,
            idle_seconds double precision, absolute_seconds double precision, audit_id uuid, request_id text))
            with ordinality as item(
            grant_id, handle, presented, jti, caller, event, profile, now, idle_seconds, absolute_seconds,
            audit_id, request_id, n)
    ), judged as materialized (
        select i.n, g.id as grant_id, g.refresh_expires_at, g.created_at,
            case
                when revoked.jti is not null then 'token.revoked'
                when g.id is null and i.grant_id is null and i.handle is null then null
                when g.id is null then 'grant.unknown'
                when g.revoked_at is not null then 'token.revoked'
                when i.handle is not null and g.refresh_digest <> decode(i.presented, 'hex') then 'grant.reused'
                when i.handle is not null and (g.refresh_expires_at <= i.now
                    or g.created_at + make_interval(secs => i.absolute_seconds) <= i.now) then 'grant.expired'
                else {gate(offline="g.offline")}
            end as refused
        from i
        left join authorization_grant g
            on g.id = i.grant_id or g.refresh_handle = decode(i.handle, 'hex')
        left join client party on party.client_id = g.client_id
        left join subscriber person on person.id = g.subscriber_id
        left join session live on live.id = g.session_id
        left join revoked_token revoked on revoked.jti = i.jti
    ), audited as (
        insert into audit_event (id, at, event, subscriber_id, client_id, session_id, request_id, body)
        select i.audit_id, i.now, i.event, g.subscriber_id, i.caller, g.session_id, i.request_id,
            jsonb_build_object('grant', g.id, 'refused', j.refused)
        from i join judged j on j.n = i.n left join authorization_grant g on g.id = j.grant_id
        on conflict (id) do nothing
    )
    select i.n, j.refused, j.refresh_expires_at, {GRANT_COLUMNS}, {PROFILE_COLUMNS}
    from i
    join judged j on j.n = i.n
    left join authorization_grant g on g.id = j.grant_id
    left join subscriber person on i.profile and person.id = g.subscriber_id
    {profile_joins("i.profile and j.refused is null")}
    """,  # noqa: S608 - built from constants of this package
)


@dataclass(frozen=True, slots=True)
class Question:
    """Which token is looked at, and who asks.

    Exactly one of `grant_id`, `refresh_digests`, neither (a client's own token).
    """

    event: Event
    caller: str
    grant_id: UUID | None = None
    jti: str | None = None
    refresh_digests: tuple[bytes, bytes] | None = None
    with_profile: bool = False


@dataclass(frozen=True, slots=True)
class Inspected:
    """A good token's grant (None for a client's own token), and the profile where it was asked for."""

    grant: Grant | None
    profile: SealedProfile | None
    refresh_expires_at: datetime | None


def inspect(
    question: Question, *, now: datetime, idle_seconds: int, absolute_seconds: int, audit_id: UUID, request_id: str
) -> Operation:
    """The operation that answers the question."""
    handle, presented = question.refresh_digests or (None, None)
    item = {
        "grant_id": str(question.grant_id) if question.grant_id else None,
        "handle": handle.hex() if handle else None,
        "presented": presented.hex() if presented else None,
        "jti": question.jti,
        "caller": question.caller,
        "event": question.event.value,
        "profile": question.with_profile,
        "now": now.isoformat(),
        "idle_seconds": idle_seconds,
        "absolute_seconds": absolute_seconds,
        "audit_id": str(audit_id),
        "request_id": request_id,
    }
    return Operation(INSPECT, item)


def inspected(row: Row | None) -> Inspected | Refusal:
    """What came of it."""
    if row is None:
        return Refusal(Code.GRANT_UNKNOWN)
    refused, refresh_expires_at, *columns = row
    if refused is not None:
        return Refusal(Code(refused))
    grant, profile = granted(columns) if columns[0] is not None else (None, None)
    return Inspected(grant, profile, refresh_expires_at)
