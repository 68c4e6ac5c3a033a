"""An authorization as a value, and the statement that opens one with its code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from idp.database import Operation, Statement
from idp.database.operation import maybe_one, one
from idp.keys.sealing import PersonKey, Purpose
from idp.sessions.gate import gate

__all__ = [
    "GRANT_COLUMNS",
    "Conditions",
    "Grant",
    "Opening",
    "SealedProfile",
    "consent_in_force",
    "grant_of",
    "granted",
    "open_grant",
    "sealed_profile_of",
]

OPEN = Statement(
    "grant.open",
    f"""
    with i as (
        select * from rows from (jsonb_to_recordset(%s::jsonb) as (
            grant_id uuid, session_digest text, client_id text, now timestamptz, idle_seconds double precision,
            scope text[], audience text[], id_token_claims text[], userinfo_claims text[], fields text[],
            fingerprint text, levels jsonb, authenticated_from timestamptz, agreed_from timestamptz,
            subscriber_id uuid, nonce text, redirect_uri text, code_challenge text, code_digest text,
            code_expires_at timestamptz, refresh_handle text, audit_id uuid, request_id text))
            with ordinality as item(
            grant_id, session_digest, client_id, now, idle_seconds, scope, audience, id_token_claims, userinfo_claims,
            fields, fingerprint, levels, authenticated_from, agreed_from, subscriber_id, nonce, redirect_uri,
            code_challenge, code_digest, code_expires_at, refresh_handle, audit_id, request_id, n)
    ), may as materialized (
        select i.*, live.id as session_id, person.id as person_id, live.authenticated_at, live.amr,
            i.levels ->> (person.ial || '-' || live.aal) as acr,
            array(
                select word from unnest(i.scope) with ordinality as asked(word, place)
                where word = any (agreed.scopes) order by place
            ) as agreed_scope
        from i
        {one("session", "live", "live.secret_digest = decode(i.session_digest, 'hex')")}
        {one("subscriber", "person", "person.id = live.subscriber_id")}
        {one("client", "party", "party.client_id = i.client_id")}
        {
        one(
            "consent",
            "agreed",
            "agreed.citizen_id = person.id and agreed.consumer_id = party.client_id and agreed.status = 'active'",
        )
    }
        where {gate(offline="false")} is null
            and i.levels ? (person.ial || '-' || live.aal)
            and (i.subscriber_id is null or person.id = i.subscriber_id)
            and (i.authenticated_from is null or live.authenticated_at >= i.authenticated_from)
            and (i.agreed_from is null or agreed.granted_at >= i.agreed_from)
            and (agreed.expires_at is null or agreed.expires_at > i.now)
            and agreed.client_fingerprint = i.fingerprint
            and i.scope <@ agreed.asked_scopes and i.fields <@ agreed.asked_fields
    ), opened as (
        insert into authorization_grant (
            id, client_id, subscriber_id, session_id, created_at, scope, audience, id_token_claims, userinfo_claims,
            authenticated_at, acr, amr, nonce, redirect_uri, code_challenge, code_digest, code_expires_at, offline,
            refresh_handle, refresh_generation)
        select grant_id, client_id, person_id, session_id, now, agreed_scope, audience, id_token_claims,
            userinfo_claims, authenticated_at, acr, amr, nonce, redirect_uri, code_challenge,
            decode(code_digest, 'hex'), code_expires_at, 'offline_access' = any (agreed_scope),
            decode(refresh_handle, 'hex'), 0
        from may
    ), audited as (
        insert into audit_event (id, at, event, subscriber_id, client_id, session_id, request_id, body)
        select audit_id, now, 'authorization.granted', person_id, client_id, session_id, request_id,
            jsonb_build_object('grant', grant_id, 'scope', to_jsonb(agreed_scope), 'acr', acr)
        from may
        on conflict (id) do nothing
    )
    select n, grant_id from may
    """,  # noqa: S608 - built from constants of this package
)


def consent_in_force(row: str, wanted: str = "true") -> str:
    """SQL that joins, as `agreed`, the consent in force for the person and client of `row` at its `now`, or nulls."""
    return maybe_one(
        "consent",
        "agreed",
        f"({wanted}) and agreed.citizen_id = {row}.subscriber_id and agreed.consumer_id = {row}.client_id"
        f" and agreed.status = 'active' and (agreed.expires_at is null or agreed.expires_at > {row}.now)",
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
class Conditions:
    """What must hold of session, person and consent at the very instant a grant opens.

    `levels` maps "ial-aal" to the `acr` it is worth, for those that are enough. `subscriber_id` is whom it must be
    about, None for anybody.
    """

    fingerprint: str
    levels: Mapping[str, str]
    authenticated_from: datetime | None = None
    agreed_from: datetime | None = None
    subscriber_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A grant about to be opened with a code (given as its digest) for whoever the session belongs to.

    `refresh_handle` is the digest of the handle that its refresh family will have, should there be one: written now,
    the row's later changes touch no index.
    """

    grant_id: UUID
    session_digest: bytes
    client_id: str
    scope: tuple[str, ...]
    audience: tuple[str, ...]
    id_token_claims: frozenset[str]
    userinfo_claims: frozenset[str]
    nonce: str | None
    redirect_uri: str
    code_challenge: str | None
    code_digest: bytes
    code_expires_at: datetime
    refresh_handle: bytes
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class SealedProfile:
    """A person's claims as stored, and those of them that a consent in force covers at this moment."""

    key: PersonKey
    sealed: bytes
    consented: frozenset[str]


def open_grant(new: Opening, *, now: datetime, idle_seconds: int, audit_id: str, request_id: str) -> Operation:
    """The operation that opens the grant and audits it, if every condition holds; no row and no trace otherwise.

    The scope is narrowed to what the person agreed to.
    """
    conditions = new.conditions
    item: dict[str, Any] = {
        "grant_id": str(new.grant_id),
        "session_digest": new.session_digest.hex(),
        "client_id": new.client_id,
        "now": now.isoformat(),
        "idle_seconds": idle_seconds,
        "scope": new.scope,
        "audience": new.audience,
        "id_token_claims": sorted(new.id_token_claims),
        "userinfo_claims": sorted(new.userinfo_claims),
        "fields": sorted(new.id_token_claims | new.userinfo_claims),
        "fingerprint": conditions.fingerprint,
        "levels": conditions.levels,
        "authenticated_from": _moment(conditions.authenticated_from),
        "agreed_from": _moment(conditions.agreed_from),
        "subscriber_id": str(conditions.subscriber_id) if conditions.subscriber_id else None,
        "nonce": new.nonce,
        "redirect_uri": new.redirect_uri,
        "code_challenge": new.code_challenge,
        "code_digest": new.code_digest.hex(),
        "code_expires_at": new.code_expires_at.isoformat(),
        "refresh_handle": new.refresh_handle.hex(),
        "audit_id": audit_id,
        "request_id": request_id,
    }
    return Operation(OPEN, item, key=new.code_digest.hex())


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


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
    """Joins that reach the sealed profile and the consent in force where the SQL expression `wanted` is true.

    They hang on the alias g: a judged grant with the item's `now`.
    """
    return f"""
        {maybe_one("subscriber", "person", f"({wanted}) and person.id = g.subscriber_id")}
        {maybe_one("person_key", "pk", f"({wanted}) and pk.person_id = g.subscriber_id and pk.purpose = 'identity'")}
        {consent_in_force("g", wanted)}"""


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
