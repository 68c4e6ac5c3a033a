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
from idp.database.operation import maybe_one
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


def _statement(name: str, found_by: str, told: str, joins: str = "") -> Statement:
    """The question for grants found by one SQL condition, and what is told of a grant beside its refusal."""
    return Statement(
        name,
        f"""
    with i as (
        select * from rows from (jsonb_to_recordset(%s::jsonb) as (
            grant_id uuid, handle text, presented text, token text, caller text, event text, profile boolean,
            now timestamptz, idle_seconds double precision, absolute_seconds double precision, audit_id uuid,
            request_id text)) with ordinality as item(
            grant_id, handle, presented, token, caller, event, profile, now, idle_seconds, absolute_seconds,
            audit_id, request_id, n)
    ), judged as materialized (
        select i.*, g.*,
            case
                when revoked.jti is not null then 'token.revoked'
                when g.id is null and i.grant_id is null and i.handle is null then null
                when g.id is null or (i.handle is not null and g.refresh_digest is null) then 'grant.unknown'
                when g.revoked_at is not null then 'token.revoked'
                when i.handle is not null and g.refresh_digest <> decode(i.presented, 'hex') then 'grant.reused'
                when i.handle is not null and (g.refresh_expires_at <= i.now
                    or g.created_at + make_interval(secs => i.absolute_seconds) <= i.now) then 'grant.expired'
                else {gate(offline="g.offline")}
            end as refused
        from i
        {maybe_one("authorization_grant", "g", found_by)}
        {maybe_one("client", "party", "party.client_id = g.client_id")}
        {maybe_one("subscriber", "person", "person.id = g.subscriber_id")}
        {maybe_one("session", "live", "live.id = g.session_id")}
        {maybe_one("revoked_token", "revoked", "revoked.jti = i.token")}
    ), audited as (
        insert into audit_event (id, at, event, subscriber_id, client_id, session_id, request_id, body)
        select audit_id, now, event, subscriber_id, caller, session_id, request_id,
            jsonb_build_object('grant', id, 'refused', refused)
        from judged
        on conflict (id) do nothing
    )
    select g.n, g.refused{told}
    from judged g
    {joins}
    """,  # noqa: S608 - built from constants of this package
    )


_WHOLE = (
    f", g.refresh_expires_at, {GRANT_COLUMNS}, {PROFILE_COLUMNS}",
    profile_joins("g.profile and g.refused is null"),
)
INSPECT = _statement("grant.inspect", "g.id = i.grant_id", *_WHOLE)
INSPECT_REFRESH = _statement("grant.inspect_refresh", "g.refresh_handle = decode(i.handle, 'hex')", *_WHOLE)
# An access token says itself what introspection tells of it; reading thirty columns would cost more than judging.
JUDGE = _statement("grant.judge", "g.id = i.grant_id", "")


@dataclass(frozen=True, slots=True)
class Question:
    """Which token is looked at, and who asks.

    Exactly one of `grant_id`, `refresh_digests`, neither (a client's own token). Without `with_grant` the answer only
    says whether the token is good.
    """

    event: Event
    caller: str
    grant_id: UUID | None = None
    jti: str | None = None
    refresh_digests: tuple[bytes, bytes] | None = None
    with_grant: bool = True
    with_profile: bool = False


@dataclass(frozen=True, slots=True)
class Inspected:
    """A good token's grant (None for a client's own token, or not asked for), and the profile where asked for."""

    grant: Grant | None
    profile: SealedProfile | None
    refresh_expires_at: datetime | None


def inspect(
    question: Question, *, now: datetime, idle_seconds: int, absolute_seconds: int, audit_id: str, request_id: str
) -> Operation:
    """The operation that answers the question."""
    item = {
        "token": question.jti,
        "caller": question.caller,
        "event": question.event.value,
        "now": now.isoformat(),
        "idle_seconds": idle_seconds,
        "absolute_seconds": absolute_seconds,
        "audit_id": audit_id,
        "request_id": request_id,
    }
    if question.grant_id is not None:
        item["grant_id"] = str(question.grant_id)
    if not question.with_grant:
        return Operation(JUDGE, item)
    item["profile"] = question.with_profile
    if question.refresh_digests is None:
        return Operation(INSPECT, item)
    handle, presented = question.refresh_digests
    return Operation(INSPECT_REFRESH, {**item, "handle": handle.hex(), "presented": presented.hex()})


def inspected(row: Row | None) -> Inspected | Refusal:
    """What came of it."""
    if row is None:
        return Refusal(Code.GRANT_UNKNOWN)
    refused, *told = row
    if refused is not None:
        return Refusal(Code(refused))
    if not told:
        return Inspected(None, None, None)
    refresh_expires_at, *columns = told
    grant, profile = granted(columns) if columns[0] is not None else (None, None)
    return Inspected(grant, profile, refresh_expires_at)
