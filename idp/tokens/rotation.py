"""Using a refresh token: one statement finds the family, judges, rotates or revokes, and audits (RFC 9700 4.14.2).

The live token rotates. The one just before it, presented again within `RETRY_SECONDS` in an identical request, gets the
same answer again (networks are bad). Anything else that names the family is reuse and ends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

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
from idp.tokens.refresh_token import RefreshToken

__all__ = ["Refreshed", "Use", "rotate", "rotated"]

RETRY_SECONDS = 10
_ENDS_FAMILY = "('grant.client', 'grant.reused')"

ROTATE = Statement(
    "grant.rotate",
    f"""
    with i as (
        select * from rows from (jsonb_to_recordset(%s::jsonb) as (
            handle text, presented text, next text, client_id text, request text, scope text[], audience text[],
            now timestamptz, idle_seconds double precision, retry_seconds double precision, idle_until timestamptz,
            absolute_seconds double precision, audit_id uuid, request_id text)) with ordinality as item(
            handle, presented, next, client_id, request, scope, audience, now, idle_seconds, retry_seconds, idle_until,
            absolute_seconds, audit_id, request_id, n)
    ), held as materialized (
        select i.n, g.* from i join authorization_grant g on g.refresh_handle = decode(i.handle, 'hex')
        order by g.refresh_handle for update of g
    ), judged as materialized (
        select i.n, g.id as grant_id,
            coalesce(g.refresh_previous_digest = decode(i.presented, 'hex')
                and g.refresh_request = decode(i.request, 'hex')
                and g.refresh_rotated_at + make_interval(secs => i.retry_seconds) > i.now, false) as retried,
            case
                when g.revoked_at is not null then 'token.revoked'
                when g.client_id <> i.client_id then 'grant.client'
                when g.refresh_digest <> decode(i.presented, 'hex') and not coalesce(
                    g.refresh_previous_digest = decode(i.presented, 'hex')
                    and g.refresh_request = decode(i.request, 'hex')
                    and g.refresh_rotated_at + make_interval(secs => i.retry_seconds) > i.now, false)
                    then 'grant.reused'
                when g.refresh_expires_at <= i.now
                    or g.created_at + make_interval(secs => i.absolute_seconds) <= i.now then 'grant.expired'
                when i.scope is not null and not i.scope <@ g.scope then 'grant.scope'
                when i.audience is not null and not i.audience <@ g.audience then 'resource.not_allowed'
                else {gate(offline="g.offline")}
            end as refused
        from i
        join held g on g.n = i.n
        join client party on party.client_id = g.client_id
        join subscriber person on person.id = g.subscriber_id
        join session live on live.id = g.session_id
    ), moved as (
        update authorization_grant target set
            refresh_previous_digest = target.refresh_digest,
            refresh_digest = decode(i.next, 'hex'),
            refresh_generation = target.refresh_generation + 1,
            refresh_rotated_at = i.now,
            refresh_request = decode(i.request, 'hex'),
            refresh_expires_at = i.idle_until
        from judged j join i on i.n = j.n
        where target.id = j.grant_id and j.refused is null and not j.retried
    ), ended as (
        update authorization_grant target set revoked_at = i.now, revoke_reason = j.refused
        from judged j join i on i.n = j.n
        where target.id = j.grant_id and j.refused in {_ENDS_FAMILY}
    ), audited as (
        insert into audit_event (id, at, event, subscriber_id, client_id, session_id, request_id, body)
        select i.audit_id, i.now,
            case when j.grant_id is null then 'token.refused' when j.refused is null then 'token.refreshed'
                when j.refused = 'grant.reused' then 'token.reused' else 'token.refused' end,
            g.subscriber_id, i.client_id, g.session_id, i.request_id,
            jsonb_build_object('grant', g.id, 'kind', 'refresh_token', 'retried', j.retried,
                'refused', case when j.grant_id is null then 'grant.unknown' else j.refused end)
        from i left join judged j on j.n = i.n left join held g on g.n = i.n
        on conflict (id) do nothing
    )
    select i.n, j.refused,
        case when j.retried then g.refresh_generation else g.refresh_generation + 1 end,
        case when j.retried then g.refresh_rotated_at else i.now end,
        {GRANT_COLUMNS}, {PROFILE_COLUMNS}
    from i
    join judged j on j.n = i.n
    join held g on g.n = i.n
    join subscriber person on person.id = g.subscriber_id
    {profile_joins("j.refused is null and cardinality(g.id_token_claims) > 0")}
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
    audit_id: UUID,
    request_id: str,
) -> Operation:
    """The operation that uses the token. Uses of one family never share a batch."""
    handle = use.token.handle_digest().hex()
    item = {
        "handle": handle,
        "presented": use.token.secret_digest().hex(),
        "next": use.following.secret_digest().hex(),
        "client_id": use.client_id,
        "request": use.request.hex(),
        "scope": use.scope,
        "audience": use.audience,
        "now": now.isoformat(),
        "idle_seconds": idle_seconds,
        "retry_seconds": RETRY_SECONDS,
        "idle_until": (now + refresh_idle).isoformat(),
        "absolute_seconds": refresh_absolute.total_seconds(),
        "audit_id": str(audit_id),
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
