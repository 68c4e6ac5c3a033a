"""Revoking (RFC 7009): a refresh token ends its whole grant, an access token ends itself."""

from __future__ import annotations

from datetime import datetime

from idp.database import Operation, Statement
from idp.database.operation import one

__all__ = ["revoke_access_token", "revoke_refresh_token"]

# Only the client a token was issued to can revoke it; for anyone else nothing changes (RFC 7009 2.1).
REVOKE_FAMILY = Statement(
    "grant.revoke",
    f"""
    with i as (
        select * from rows from (jsonb_to_recordset(%s::jsonb) as (
            handle text, caller text, now timestamptz, audit_id uuid, request_id text))
            with ordinality as item(handle, caller, now, audit_id, request_id, n)
    ), judged as materialized (
        select i.*, g.*, case when g.client_id <> i.caller then 'grant.client' end as refused
        from i {one("authorization_grant", "g", "g.refresh_handle = decode(i.handle, 'hex')", lock=True)}
    ), ended as (
        update authorization_grant target set revoked_at = g.now, revoke_reason = 'revoked_by_client'
        from judged g
        where target.id = g.id and g.refused is null and g.revoked_at is null
    ), audited as (
        insert into audit_event (id, at, event, subscriber_id, client_id, session_id, request_id, body)
        select audit_id, now, case when refused is null then 'token.revoked' else 'token.foreign' end, subscriber_id,
            caller, session_id, request_id, jsonb_build_object('grant', id, 'kind', 'refresh_token', 'refused', refused)
        from judged
        where refused is not null or revoked_at is null
        on conflict (id) do nothing
    )
    select n, refused from judged where refused is not null
    """,  # noqa: S608 - built from constants of this package
)

REVOKE_ONE = Statement(
    "token.revoke",
    """
    with i as (
        select * from jsonb_to_recordset(%s::jsonb) as item(
            jti text, client_id text, expires_at timestamptz, now timestamptz, audit_id uuid, request_id text)
    ), ended as (
        insert into revoked_token (jti, expires_at)
        select jti, max(expires_at) from i group by jti order by jti
        on conflict (jti) do nothing
    )
    insert into audit_event (id, at, event, client_id, request_id, body)
    select audit_id, now, 'token.revoked', client_id, request_id, jsonb_build_object('kind', 'access_token')
    from i
    on conflict (id) do nothing
    """,
)


def revoke_refresh_token(handle: bytes, client_id: str, *, now: datetime, audit_id: str, request_id: str) -> Operation:
    """End the grant behind a refresh token's handle digest, if it is this client's; another's attempt is audited.

    Its row holds the reason why nothing ended, where there is one.
    """
    item = {
        "handle": handle.hex(),
        "caller": client_id,
        "now": now.isoformat(),
        "audit_id": audit_id,
        "request_id": request_id,
    }
    return Operation(REVOKE_FAMILY, item, key=handle.hex())


def revoke_access_token(
    jti: str, client_id: str, *, expires_at: int, now: datetime, audit_id: str, request_id: str
) -> Operation:
    """End one access token of this client's (the caller has checked that it is). `expires_at` in epoch seconds."""
    item = {
        "jti": jti,
        "client_id": client_id,
        "expires_at": datetime.fromtimestamp(expires_at, now.tzinfo).isoformat(),
        "now": now.isoformat(),
        "audit_id": audit_id,
        "request_id": request_id,
    }
    return Operation(REVOKE_ONE, item)
