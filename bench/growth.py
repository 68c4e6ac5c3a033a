"""Fills the stores under the bench: clients that all call, people with sessions, consents and grants that lie there."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import psycopg

from bench.load import Connection, Operation
from bench.operations import basic
from bench.person import form
from bench.stack import Bench

__all__ = ["CLIENTS", "PEOPLE", "grow_clients", "grow_people"]

CLIENTS = (10, 1_000, 100_000)
PEOPLE = (1_000, 1_000_000)
OK = 200

# Copies of a registered client under other names, with its secret.
_CLIENTS = """
    insert into client (client_id, state, secret_digest, metadata, origins, created_at, updated_at)
    select 'crowd-' || n, model.state, model.secret_digest, model.metadata, '{}', now(), now()
    from client model, generate_series(0, %(count)s - 1) n where model.client_id = %(model)s
    on conflict do nothing
"""
_PEOPLE = (
    """
    insert into subscriber (id, state, ial, created_at, updated_at, state_changed_at)
    select md5('p' || n)::uuid, 'active', 1, now(), now(), now() from generate_series(1, %(count)s) n
    on conflict do nothing
    """,
    """
    insert into session (id, secret_digest, subscriber_id, created_at, authenticated_at, seen_at, expires_at, aal, amr,
        user_agent)
    select md5('s' || n)::uuid, sha256(('s' || n)::bytea), md5('p' || n)::uuid, now(), now(), now(),
        now() + interval '12 hours', 1, '{pwd}', '' from generate_series(1, %(count)s) n
    on conflict do nothing
    """,
    """
    insert into consent (consent_id, citizen_id, consumer_id, data_scope, purpose, granted_at, status, scopes,
        asked_scopes, asked_fields, client_fingerprint)
    select md5('c' || n)::uuid, md5('p' || n)::uuid, 'crowd-' || n %% 10, '{"fields": ["name"]}', '', now(), 'active',
        '{openid}', '{openid}', '{name}', 'f' from generate_series(1, %(count)s) n
    on conflict do nothing
    """,
    """
    insert into authorization_grant (id, client_id, subscriber_id, session_id, created_at, scope, audience,
        id_token_claims, userinfo_claims, authenticated_at, acr, amr, redirect_uri, code_digest, code_expires_at,
        refresh_handle, refresh_digest, refresh_generation, offline)
    select md5('g' || n)::uuid, 'crowd-' || n %% 10, md5('p' || n)::uuid, md5('s' || n)::uuid, now(), '{openid}', '{x}',
        '{}', '{name}', now(), 'nid:1', '{pwd}', 'https://rp.bench.example/callback', sha256(('c' || n)::bytea), now(),
        sha256(('h' || n)::bytea), sha256(('r' || n)::bytea), 0, false from generate_series(1, %(count)s) n
    on conflict do nothing
    """,
)


def grow_clients(bench: Bench, count: int) -> Operation:
    """Fill up to `count` machine clients; the operation lets each of them call in turn."""
    machine = {
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "scope": "records:read",
    }
    model = bench.cli("client", "create", document={"client_name": "Crowd", **machine})
    with psycopg.connect(bench.variables["WANGOV_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(_CLIENTS, {"count": count, "model": model["client_id"]})
        connection.execute("update client set secret_digest = (select secret_digest from client where client_id = %s)"
                           " where client_id like 'crowd-%%'", (model["client_id"],))  # fmt: skip
        connection.execute("analyze client")
    turns = itertools.count()
    secret = model["client_secret"]

    def ready(connection: Connection) -> Callable[[], None]:
        def step() -> None:
            # A step that shares no factor with the counts visits every one of them.
            name = f"crowd-{next(turns) * 7919 % count}"
            caller = basic({"client_id": name, "client_secret": secret})
            answer = connection.send(form("/oauth/token", {"grant_type": "client_credentials"}, (caller,)))
            if answer.status != OK:
                message = f"{answer.status}: {answer.body[:200]!r}"
                raise RuntimeError(message)

        return step

    return ready


def grow_people(bench: Bench, count: int) -> None:
    """Fill up to `count` people, each with a session, a consent and a grant."""
    with psycopg.connect(bench.variables["WANGOV_DATABASE_URL"], autocommit=True) as connection:
        for statement in _PEOPLE:
            connection.execute(statement, {"count": count})
        connection.execute("vacuum analyze")
