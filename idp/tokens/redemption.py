"""Spending a code: one statement looks at it, judges, spends or burns it, opens the refresh family and audits.

Any presentation spends the code. A wrong one (other client, other redirect URI, wrong verifier, late, again) also
revokes the whole grant, so that what an earlier presentation issued dies with it (RFC 6749 4.1.2, RFC 9700 4.5).
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

__all__ = ["Presentation", "Redeemed", "redeem", "redeemed"]

REDEEM = Statement(
    "grant.redeem",
    f"""
    with i as (
        select * from rows from (jsonb_to_recordset(%s::jsonb) as (
            code_digest text, client_id text, redirect_uri text, challenge text, audience text[], now timestamptz,
            idle_seconds double precision, refresh_handle text, refresh_digest text,
            refresh_allowed boolean, refresh_idle_until timestamptz, audit_id uuid, request_id text))
            with ordinality as item(
            code_digest, client_id, redirect_uri, challenge, audience, now, idle_seconds,
            refresh_handle, refresh_digest, refresh_allowed, refresh_idle_until, audit_id, request_id, n)
    ), held as materialized (
        select i.n, g.* from i join authorization_grant g on g.code_digest = decode(i.code_digest, 'hex')
        order by g.code_digest for update of g
    ), judged as materialized (
        select i.n, g.id as grant_id,
            case
                when g.code_spent_at is not null then 'grant.replayed'
                when g.client_id <> i.client_id then 'grant.client'
                when g.code_expires_at <= i.now then 'grant.expired'
                when g.revoked_at is not null then 'token.revoked'
                when g.redirect_uri is distinct from i.redirect_uri then 'grant.redirect_uri'
                when g.code_challenge is distinct from i.challenge then 'grant.verifier'
                when i.audience is not null and not i.audience <@ g.audience then 'resource.not_allowed'
                else {gate(offline="false")}
            end as refused
        from i
        join held g on g.n = i.n
        join client party on party.client_id = g.client_id
        join subscriber person on person.id = g.subscriber_id
        join session live on live.id = g.session_id
    ), spent as (
        update authorization_grant target set
            code_spent_at = coalesce(target.code_spent_at, i.now),
            revoked_at = case when j.refused is null then target.revoked_at else coalesce(target.revoked_at, i.now) end,
            revoke_reason = coalesce(target.revoke_reason, j.refused),
            refresh_handle = case when j.refused is null and i.refresh_allowed
                then decode(i.refresh_handle, 'hex') else target.refresh_handle end,
            refresh_digest = case when j.refused is null and i.refresh_allowed
                then decode(i.refresh_digest, 'hex') else target.refresh_digest end,
            refresh_expires_at = case when j.refused is null and i.refresh_allowed
                then i.refresh_idle_until else target.refresh_expires_at end
        from judged j join i on i.n = j.n
        where target.id = j.grant_id
    ), audited as (
        insert into audit_event (id, at, event, subscriber_id, client_id, session_id, request_id, body)
        select i.audit_id, i.now,
            case when j.grant_id is null then 'token.refused' when j.refused is null then 'token.issued'
                when j.refused = 'grant.replayed' then 'token.reused' else 'token.refused' end,
            g.subscriber_id, i.client_id, g.session_id, i.request_id,
            jsonb_build_object('grant', g.id, 'kind', 'authorization_code',
                'refused', case when j.grant_id is null then 'grant.unknown' else j.refused end)
        from i left join judged j on j.n = i.n left join held g on g.n = i.n
        on conflict (id) do nothing
    )
    select i.n, j.refused, {GRANT_COLUMNS}, {PROFILE_COLUMNS}
    from i
    join judged j on j.n = i.n
    join held g on g.n = i.n
    join subscriber person on person.id = g.subscriber_id
    {profile_joins("j.refused is null and cardinality(g.id_token_claims) > 0")}
    """,  # noqa: S608 - built from constants of this package
)


@dataclass(frozen=True, slots=True)
class Presentation:
    """A code as presented at the token endpoint. `challenge` is S256 of the verifier, None when none was sent.

    `audience` narrows the token to some of the granted resources (RFC 8707 2.2); None leaves it at all of them.
    """

    code_digest: bytes
    client_id: str
    redirect_uri: str | None
    challenge: str | None
    audience: Sequence[str] | None
    refresh: RefreshToken
    refresh_allowed: bool


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A spent code's grant, and the profile when the ID token carries claims."""

    grant: Grant
    profile: SealedProfile | None


def redeem(
    shown: Presentation, *, now: datetime, idle_seconds: int, refresh_idle: timedelta, audit_id: UUID, request_id: str
) -> Operation:
    """The operation that spends the code.

    Presentations of one code never share a batch, so the second sees the first.
    """
    item = {
        "code_digest": shown.code_digest.hex(),
        "client_id": shown.client_id,
        "redirect_uri": shown.redirect_uri,
        "challenge": shown.challenge,
        "audience": shown.audience,
        "now": now.isoformat(),
        "idle_seconds": idle_seconds,
        "refresh_handle": shown.refresh.handle_digest().hex(),
        "refresh_digest": shown.refresh.secret_digest().hex(),
        "refresh_allowed": shown.refresh_allowed,
        "refresh_idle_until": (now + refresh_idle).isoformat(),
        "audit_id": str(audit_id),
        "request_id": request_id,
    }
    return Operation(REDEEM, item, key=shown.code_digest.hex())


def redeemed(row: Row | None) -> Redeemed | Refusal:
    """What came of it."""
    if row is None:
        return Refusal(Code.GRANT_UNKNOWN)
    refused, *columns = row
    if refused is not None:
        return Refusal(Code(refused))
    grant, profile = granted(columns)
    return Redeemed(grant, profile)
