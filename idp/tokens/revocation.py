"""Revoking (RFC 7009): a refresh token ends its whole grant, an access token ends itself."""

from __future__ import annotations

from datetime import datetime

from idp.database import Operation, Statement

__all__ = ["revoke_access_token", "revoke_refresh_token"]

# Only the client a token was issued to can revoke it; for anyone else the statement finds nothing (RFC 7009 2.1).
REVOKE_FAMILY = Statement(
    "grant.revoke",
    """
    with i as (
        select * from jsonb_to_recordset(%s::jsonb) as item(
            handle text, client_id text, now timestamptz, audit_id uuid, request_id text)
    ), ended as (
        update authorization_grant target set revoked_at = i.now, revoke_reason = 'revoked_by_client'
        from i
        where target.refresh_handle = decode(i.handle, 'hex') and target.client_id = i.client_id
            and target.revoked_at is null
        returning target.id, target.subscriber_id, target.session_id, target.client_id, i.audit_id, i.now, i.request_id
    )
    insert into audit_event (id, at, event, subscriber_id, client_id, session_id, request_id, body)
    select audit_id, now, 'token.revoked', subscriber_id, client_id, session_id, request_id,
        jsonb_build_object('grant', id, 'kind', 'refresh_token')
    from ended
    on conflict (id) do nothing
    """,
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
    """End the grant behind a refresh token's handle digest, if it is this client's."""
    item = {
        "handle": handle.hex(),
        "client_id": client_id,
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
