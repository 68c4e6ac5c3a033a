"""Spending a code: one statement looks at it, judges, spends or burns it, opens the refresh family and audits.

Any presentation spends the code. A wrong one (other client, other redirect URI, wrong verifier, late, again) also
revokes the whole grant, so that what an earlier presentation issued dies with it (RFC 6749 4.1.2, RFC 9700 4.5).
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
    consent_in_force,
    granted,
    profile_joins,
)
from idp.tokens.refresh_token import RefreshToken

__all__ = ["Presentation", "Redeemed", "redeem", "redeemed"]

# One chain: each step carries the columns of the one before, so that nothing is joined back by number.
REDEEM = Statement(
    "grant.redeem",
    f"""
    with i as (
        select * from rows from (jsonb_to_recordset(%s::jsonb) as (
            code text, caller text, shown_uri text, challenge text, wanted text[], now timestamptz,
            idle_seconds double precision, next text, refresh_until timestamptz, audit_id uuid, request_id text))
            with ordinality as item(
            code, caller, shown_uri, challenge, wanted, now, idle_seconds, next, refresh_until, audit_id, request_id, n)
    ), held as materialized (
        select i.*, g.* from i {one("authorization_grant", "g", "g.code_digest = decode(i.code, 'hex')", lock=True)}
    ), judged as materialized (
        select i.*,
            case
                when i.code_spent_at is not null then 'grant.replayed'
                when i.client_id <> i.caller then 'grant.client'
                when i.code_expires_at <= i.now then 'grant.expired'
                when i.revoked_at is not null then 'token.revoked'
                when i.redirect_uri is distinct from i.shown_uri then 'grant.redirect_uri'
                when i.code_challenge is distinct from i.challenge then 'grant.verifier'
                when i.wanted is not null and not i.wanted <@ i.audience then 'resource.not_allowed'
                when agreed.consent_id is null then 'consent.missing'
                else {gate(offline="false")}
            end as refused
        from held i
        {one("client", "party", "party.client_id = i.client_id")}
        {one("subscriber", "person", "person.id = i.subscriber_id")}
        {one("session", "live", "live.id = i.session_id")}
        {consent_in_force("i")}
    ), spent as (
        update authorization_grant target set
            code_spent_at = coalesce(target.code_spent_at, g.now),
            revoked_at = case when g.refused is null then target.revoked_at else coalesce(target.revoked_at, g.now) end,
            revoke_reason = coalesce(target.revoke_reason, g.refused),
            refresh_digest = case when g.refused is null then decode(g.next, 'hex') else target.refresh_digest end,
            refresh_expires_at = case when g.refused is null and g.next is not null
                then g.refresh_until else target.refresh_expires_at end
        from judged g
        where target.id = g.id
    ), audited as (
        insert into audit_event (id, at, event, subscriber_id, client_id, session_id, request_id, body)
        select i.audit_id, i.now,
            case when g.id is null then 'token.refused' when g.refused is null then 'token.issued'
                when g.refused = 'grant.replayed' then 'token.reused'
                when g.refused = 'grant.client' then 'token.foreign' else 'token.refused' end,
            g.subscriber_id, i.caller, g.session_id, i.request_id,
            jsonb_build_object('grant', g.id, 'kind', 'authorization_code',
                'refused', case when g.id is null then 'grant.unknown' else g.refused end)
        from i left join judged g on g.n = i.n
        on conflict (id) do nothing
    )
    select g.n, g.refused, {GRANT_COLUMNS}, {PROFILE_COLUMNS}
    from judged g
    {profile_joins("g.refused is null and cardinality(g.id_token_claims) > 0")}
    """,  # noqa: S608 - built from constants of this package
)


@dataclass(frozen=True, slots=True)
class Presentation:
    """A code as presented at the token endpoint. `challenge` is S256 of the verifier, None when none was sent.

    `audience` narrows the token to some of the granted resources (RFC 8707 2.2); None leaves it at all of them.
    `refresh` is the first token of the family that begins, None for a client that may not refresh.
    """

    code_digest: bytes
    client_id: str
    redirect_uri: str | None
    challenge: str | None
    audience: Sequence[str] | None
    refresh: RefreshToken | None


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A spent code's grant, and the profile when the ID token carries claims."""

    grant: Grant
    profile: SealedProfile | None


def redeem(
    shown: Presentation, *, now: datetime, idle_seconds: int, refresh_idle: timedelta, audit_id: str, request_id: str
) -> Operation:
    """The operation that spends the code.

    Presentations of one code never share a batch, so the second sees the first.
    """
    item = {
        "code": shown.code_digest.hex(),
        "caller": shown.client_id,
        "shown_uri": shown.redirect_uri,
        "challenge": shown.challenge,
        "wanted": shown.audience,
        "now": now.isoformat(),
        "idle_seconds": idle_seconds,
        "next": shown.refresh.secret_digest().hex() if shown.refresh is not None else None,
        "refresh_until": (now + refresh_idle).isoformat(),
        "audit_id": audit_id,
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
