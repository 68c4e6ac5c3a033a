"""An authorization as a value, and the statement that opens one with its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from idp.database import Operation, Statement
from idp.keys.sealing import PersonKey, Purpose

__all__ = [
    "GRANT_COLUMNS",
    "Grant",
    "NewGrant",
    "SealedProfile",
    "grant_of",
    "granted",
    "open_grant",
    "sealed_profile_of",
]

OPEN = Statement(
    "grant.open",
    """
    with i as (
        select * from jsonb_to_recordset(%s::jsonb) as item(
            id uuid, client_id text, subscriber_id uuid, session_id uuid, now timestamptz,
            scope text[], audience text[],
            id_token_claims text[], userinfo_claims text[], authenticated_at timestamptz, acr text,
            amr text[], nonce text,
            redirect_uri text, code_challenge text, code_digest text, code_expires_at timestamptz, offline boolean,
            audit_id uuid, request_id text)
    ), opened as (
        insert into authorization_grant (
            id, client_id, subscriber_id, session_id, created_at, scope, audience, id_token_claims, userinfo_claims,
            authenticated_at, acr, amr, nonce, redirect_uri, code_challenge, code_digest, code_expires_at, offline,
            refresh_generation)
        select id, client_id, subscriber_id, session_id, now, scope, audience, id_token_claims, userinfo_claims,
            authenticated_at, acr, amr, nonce, redirect_uri, code_challenge, decode(code_digest, 'hex'),
            code_expires_at, offline, 0
        from i
    )
    insert into audit_event (id, at, event, subscriber_id, client_id, session_id, request_id, body)
    select audit_id, now, 'authorization.granted', subscriber_id, client_id, session_id, request_id,
        jsonb_build_object('grant', id, 'scope', to_jsonb(scope), 'acr', acr)
    from i
    on conflict (id) do nothing
    """,
)

# The columns every statement returns about a grant, in the order `grant_of` reads them. Alias: g.
GRANT_COLUMNS = """
    g.id, g.client_id, g.subscriber_id, g.session_id, g.scope, g.audience, g.id_token_claims, g.userinfo_claims,
    g.authenticated_at, g.acr, g.amr, g.nonce, g.offline"""
_COLUMN_COUNT = 13


@dataclass(frozen=True, slots=True)
class Grant:
    """What one subscriber let one client do."""

    id: UUID
    client_id: str
    subscriber_id: UUID
    session_id: UUID
    scope: tuple[str, ...]
    audience: tuple[str, ...]
    id_token_claims: tuple[str, ...]
    userinfo_claims: tuple[str, ...]
    authenticated_at: datetime
    acr: str
    amr: tuple[str, ...]
    nonce: str | None
    offline: bool


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A grant about to be opened with a code (given as its digest)."""

    grant: Grant
    redirect_uri: str
    code_challenge: str | None
    code_digest: bytes
    code_expires_at: datetime


@dataclass(frozen=True, slots=True)
class SealedProfile:
    """A person's claims as stored, and those of them that a consent in force covers at this moment."""

    key: PersonKey
    sealed: bytes
    consented: frozenset[str]


def open_grant(new: NewGrant, *, now: datetime, audit_id: UUID, request_id: str) -> Operation:
    """The operation that stores the grant and its audit row in one statement."""
    grant = new.grant
    item: dict[str, Any] = {
        "id": str(grant.id),
        "client_id": grant.client_id,
        "subscriber_id": str(grant.subscriber_id),
        "session_id": str(grant.session_id),
        "now": now.isoformat(),
        "scope": grant.scope,
        "audience": grant.audience,
        "id_token_claims": grant.id_token_claims,
        "userinfo_claims": grant.userinfo_claims,
        "authenticated_at": grant.authenticated_at.isoformat(),
        "acr": grant.acr,
        "amr": grant.amr,
        "nonce": grant.nonce,
        "redirect_uri": new.redirect_uri,
        "code_challenge": new.code_challenge,
        "code_digest": new.code_digest.hex(),
        "code_expires_at": new.code_expires_at.isoformat(),
        "offline": grant.offline,
        "audit_id": str(audit_id),
        "request_id": request_id,
    }
    return Operation(OPEN, item, key=new.code_digest.hex())


def grant_of(columns: Sequence[Any]) -> Grant | None:
    """The grant in the first columns of a row, or None where the row found none."""
    if columns[0] is None:
        return None
    (id_, client, subscriber, session, scope, audience, in_id_token, in_userinfo, at, acr, amr, nonce, offline) = (
        columns[:_COLUMN_COUNT]
    )
    return Grant(
        id_, client, subscriber, session, tuple(scope), tuple(audience), tuple(in_id_token), tuple(in_userinfo), at,
        acr, tuple(amr), nonce, offline,
    )  # fmt: skip


# The sealed profile and what consent covers; columns for `sealed_profile_of`. Joined only when `wanted` holds.
PROFILE_COLUMNS = "pk.version, pk.purpose_version, pk.wrapped, person.sealed, agreed.data_scope->'fields'"


def profile_joins(wanted: str) -> str:
    """Joins that reach the sealed profile and the consent in force where the SQL expression `wanted` is true."""
    return f"""
        left join person_key pk on ({wanted}) and pk.person_id = g.subscriber_id and pk.purpose = 'identity'
        left join consent agreed on ({wanted}) and agreed.citizen_id = g.subscriber_id
            and agreed.consumer_id = g.client_id and agreed.status = 'active'
            and (agreed.expires_at is null or agreed.expires_at > i.now)"""


def granted(columns: Sequence[Any]) -> tuple[Grant, SealedProfile | None]:
    """The grant and the profile in a row of `GRANT_COLUMNS` and `PROFILE_COLUMNS` that has found a grant."""
    grant = grant_of(columns)
    if grant is None:
        message = "a statement returned a row without the grant it acted on"
        raise LookupError(message)
    return grant, sealed_profile_of(grant.subscriber_id, columns[_COLUMN_COUNT:])


def sealed_profile_of(subscriber_id: UUID, columns: Sequence[Any]) -> SealedProfile | None:
    """The profile in five columns, or None where it was not asked for or there is nothing to open."""
    version, purpose_version, wrapped, sealed, fields = columns
    if wrapped is None or sealed is None:
        return None
    key = PersonKey(subscriber_id, Purpose.IDENTITY, version, purpose_version, bytes(wrapped))
    return SealedProfile(key, bytes(sealed), frozenset(fields or ()))
