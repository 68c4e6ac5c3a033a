from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from idp.authorization.facts import FACTS
from idp.database import Statement
from idp.tokens.grant import OPEN
from idp.tokens.inspection import INSPECT, INSPECT_REFRESH, JUDGE
from idp.tokens.redemption import REDEEM
from idp.tokens.revocation import REVOKE_FAMILY, REVOKE_ONE
from idp.tokens.rotation import ROTATE
from tests.integration.tokens.world import as_served
from tests.stack import Stack

pytestmark = pytest.mark.integration

STATEMENTS = [OPEN, REDEEM, ROTATE, INSPECT, INSPECT_REFRESH, JUDGE, FACTS, REVOKE_FAMILY, REVOKE_ONE]
CROWD = """
    insert into client (client_id, state, metadata, origins, created_at, updated_at)
    select 'c' || n, 'enabled', '{}', '{}', now(), now() from generate_series(1, 50) n;

    insert into subscriber (id, state, ial, created_at, updated_at, state_changed_at)
    select md5('p' || n)::uuid, 'active', 1, now(), now(), now() from generate_series(1, PEOPLE) n;

    insert into person_key (person_id, purpose, version, purpose_version, wrapped, created_at)
    select id, 'identity', 1, 1, 'x', now() from subscriber;

    insert into session (id, secret_digest, subscriber_id, created_at, authenticated_at, seen_at, expires_at, aal, amr,
        user_agent)
    select md5('s' || n)::uuid, sha256(('s' || n)::bytea), md5('p' || n)::uuid, now(), now(), now(), now(), 1,
        '{pwd}', ''
    from generate_series(1, PEOPLE) n;

    insert into consent (consent_id, citizen_id, consumer_id, data_scope, purpose, granted_at, status, scopes,
        asked_scopes, asked_fields, client_fingerprint)
    select gen_random_uuid(), id, 'c1', '{"fields": []}', '', now(), 'active', '{}', '{}', '{}', 'f' from subscriber;

    insert into authorization_grant (id, client_id, subscriber_id, session_id, created_at, scope, audience,
        id_token_claims, userinfo_claims, authenticated_at, acr, amr, redirect_uri, code_digest, code_expires_at,
        refresh_handle, refresh_digest, refresh_generation, offline)
    select gen_random_uuid(), 'c' || (n % 50 + 1), md5('p' || n)::uuid, md5('s' || n)::uuid, now(), '{openid}', '{x}',
        '{name}', '{name}', now(), 'nid:1', '{pwd}', 'https://permits.example/callback',
        sha256(('c' || n || o)::bytea), now(), sha256(('h' || n || o)::bytea), sha256(('r' || n || o)::bytea), 0, false
    from generate_series(1, PEOPLE) n, generate_series(1, 2) o;

    insert into revoked_token select 'j' || n, now() from generate_series(1, PEOPLE) n;
"""


@pytest.fixture(scope="module", params=[1, 1500])
def crowd(request: pytest.FixtureRequest, stack: Stack, worker: str) -> Iterator[str]:
    """A young database, whose tables tempt the planner most, and one of middling size."""
    name = f"plans_{worker}_{request.param}"
    url = stack.clone(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(CROWD.replace("PEOPLE", str(request.param)))
        connection.execute("analyze")
    yield url
    stack.drop(name)


@pytest.fixture
def connection(crowd: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection like that of the group commit."""
    with psycopg.connect(as_served(crowd), autocommit=True) as connection:
        yield connection


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def plan_of(connection: psycopg.Connection[Any], statement: Statement, kind: str) -> list[dict[str, Any]]:
    """The steps: of the plan that is kept for any batch, or of one made for a batch at hand."""
    if kind == "kept":
        sql = "explain (generic_plan, format json) " + statement.sql.replace("%s", "$1")
    else:
        sql = "explain (format json) " + statement.sql.replace("%s", "'[{}]'")
    row = connection.execute(sql, prepare=False).fetchone()
    assert row is not None
    return list(nodes(row[0][0]["Plan"]))


def whole_tables(steps: list[dict[str, Any]], *, spared: str = "") -> list[str]:
    """Stored tables that are read from end to end, by themselves or through an index without a key.

    Those under the `spared` alias do not count.
    """
    searches = [step for step in steps if step["Node Type"] in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}]
    aimless = [
        step["Index Name"]
        for step in searches
        if "Index Cond" not in step and step.get("Alias", "").partition("_")[0] != spared
    ]
    return [step["Relation Name"] for step in steps if step["Node Type"] == "Seq Scan"] + aimless


@pytest.mark.parametrize("kind", ["kept", "made"])
@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
def test_statements_search_and_never_read_through(
    connection: psycopg.Connection[Any], crowd: str, statement: Statement, kind: str
) -> None:
    """A batch of a few keys touches a few rows, however large the tables are.

    The row that a statement changes is searched from a table of fifty rows on, which is when its statistics are made
    anew and the kept plans with them.
    """
    steps = plan_of(connection, statement, kind)
    young = crowd.endswith("_1")
    assert whole_tables(steps, spared="target" if young else "") == []
    if statement is not REVOKE_ONE:
        assert any(step["Node Type"] in {"Index Scan", "Bitmap Index Scan"} for step in steps)


def test_the_test_can_see_a_table_being_read(connection: psycopg.Connection[Any]) -> None:
    """Without those settings the planner reads whole tables of this size."""
    for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
        connection.execute(f"set {setting} = on")
    assert "authorization_grant" in whole_tables(plan_of(connection, REDEEM, "kept"))
    assert whole_tables(plan_of(connection, ROTATE, "kept")) != []
