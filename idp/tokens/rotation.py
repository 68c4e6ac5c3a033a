"""Using a refresh token: one statement finds the family, judges, rotates or revokes, and audits (RFC 9700 4.14.2).

The live token rotates. The one just before it, presented again within `RETRY_SECONDS` in an identical request, gets the
same answer again (networks are bad). Anything else that names the family is reuse and ends it; a clock set back does
not open those seconds again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.database import Operation, Statement
from idp.database.batch import Row
from idp.database.operation import one
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
from idp.tokens.refresh_token import RefreshToken

__all__ = ["Refreshed", "Use", "rotate", "rotated"]

RETRY_SECONDS = 10
_ENDS_FAMILY = "('grant.client', 'grant.reused')"

ROTATE = Statement(
    "grant.rotate",
    f"""
    with i as (
        select * from rows from (jsonb_to_recordset(%s::jsonb) as (
            handle text, presented text, next text, caller text, request text, narrowed text[], wanted text[],
            now timestamptz, idle_seconds double precision, retry_seconds double precision, idle_until timestamptz,
            absolute_seconds double precision, audit_id uuid, request_id text)) with ordinality as item(
            handle, presented, next, caller, request, narrowed, wanted, now, idle_seconds, retry_seconds, idle_until,
            absolute_seconds, audit_id, request_id, n)
    ), held as materialized (
        select i.*, g.*,
            coalesce(g.refresh_previous_digest = decode(i.presented, 'hex')
                and g.refresh_request = decode(i.request, 'hex')
                and g.refresh_rotated_at + make_interval(secs => i.retry_seconds) > i.now
                and g.refresh_rotated_at - make_interval(secs => i.retry_seconds) <= i.now, false) as retried
        from i {one("authorization_grant", "g", "g.refresh_handle = decode(i.handle, 'hex')", lock=True)}
    ), judged as materialized (
        select i.*,
            case
                when i.refresh_digest is null then 'grant.unknown'
                when i.revoked_at is not null then 'token.revoked'
                when i.client_id <> i.caller then 'grant.client'
                when i.refresh_digest <> decode(i.presented, 'hex') and not i.retried then 'grant.reused'
                when i.refresh_expires_at <= i.now
                    or i.created_at + make_interval(secs => i.absolute_seconds) <= i.now then 'grant.expired'
                when i.narrowed is not null and not i.narrowed <@ i.scope then 'grant.scope'
                when i.wanted is not null and not i.wanted <@ i.audience then 'resource.not_allowed'
                else {gate(offline="i.offline")}
            end as refused
        from held i
        {one("client", "party", "party.client_id = i.client_id")}
        {one("subscriber", "person", "person.id = i.subscriber_id")}
        {one("session", "live", "live.id = i.session_id")}
    ), moved as (
        update authorization_grant target set
            refresh_previous_digest = target.refresh_digest,
            refresh_digest = decode(g.next, 'hex'),
            refresh_generation = target.refresh_generation + 1,
            refresh_rotated_at = g.now,
            refresh_request = decode(g.request, 'hex'),
            refresh_expires_at = g.idle_until
        from judged g
        where target.id = g.id and g.refused is null and not g.retried
    ), ended as (
        update authorization_grant target set revoked_at = g.now, revoke_reason = g.refused
        from judged g
        where target.id = g.id and g.refused in {_ENDS_FAMILY}
    ), audited as (
        insert into audit_event (id, at, event, subscriber_id, client_id, session_id, request_id, body)
        select i.audit_id, i.now,
            case when g.id is null then 'token.refused' when g.refused is null then 'token.refreshed'
                when g.refused = 'grant.reused' then 'token.reused'
                when g.refused = 'grant.client' then 'token.foreign' else 'token.refused' end,
            g.subscriber_id, i.caller, g.session_id, i.request_id,
            jsonb_build_object('grant', g.id, 'kind', 'refresh_token', 'retried', g.retried,
                'refused', case when g.id is null then 'grant.unknown' else g.refused end)
        from i left join judged g on g.n = i.n
        on conflict (id) do nothing
    )
    select g.n, g.refused,
        case when g.retried then g.refresh_generation else g.refresh_generation + 1 end,
        case when g.retried then g.refresh_rotated_at else g.now end,
        {GRANT_COLUMNS}, {PROFILE_COLUMNS}
    from judged g
    {profile_joins("g.refused is null and cardinality(g.id_token_claims) > 0")}
    """,  # noqa: S608 - built from constants of this package
)


@dataclass(frozen=True, slots=True)
class Use:
    """A refresh token as presented. `request` is a digest of everything asked, by which a retry is known."""

    token: RefreshToken
    following: RefreshToken
    client_id: str
    request: bytes
    scope: Sequence[str] | None
    audience: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The family's grant after use. A retry has the `generation` and `rotated_at` of the use that it repeats."""

    grant: Grant
    generation: int
    rotated_at: datetime
    profile: SealedProfile | None


def rotate(
    use: Use,
    *,
    now: datetime,
    idle_seconds: int,
    refresh_idle: timedelta,
    refresh_absolute: timedelta,
    audit_id: str,
    request_id: str,
) -> Operation:
    """The operation that uses the token. Uses of one family never share a batch."""
    handle = use.token.handle_digest().hex()
    item = {
        "handle": handle,
        "presented": use.token.secret_digest().hex(),
        "next": use.following.secret_digest().hex(),
        "caller": use.client_id,
        "request": use.request.hex(),
        "narrowed": use.scope,
        "wanted": use.audience,
        "now": now.isoformat(),
        "idle_seconds": idle_seconds,
        "retry_seconds": RETRY_SECONDS,
        "idle_until": (now + refresh_idle).isoformat(),
        "absolute_seconds": refresh_absolute.total_seconds(),
        "audit_id": audit_id,
        "request_id": request_id,
    }
    return Operation(ROTATE, item, key=handle)


def rotated(row: Row | None) -> Refreshed | Refusal:
    """What came of it."""
    if row is None:
        return Refusal(Code.GRANT_UNKNOWN)
    refused, generation, rotated_at, *columns = row
    if refused is not None:
        return Refusal(Code(refused))
    grant, profile = granted(columns)
    return Refreshed(grant, generation, rotated_at, profile)
