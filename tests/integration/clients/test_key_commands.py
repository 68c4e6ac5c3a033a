"""`./wangov keys`: made once, listed with their states, rotated with time to spread."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select

from idp.audit.models import AuditRow
from idp.web.extensions import db
from tests.integration.clients.conftest import Run

pytestmark = pytest.mark.integration


def test_init_makes_what_is_missing_and_only_once(bare: Run) -> None:
    """Purpose keys and an active signing key of each default algorithm."""
    first = bare("keys", "init", "--json").document
    assert {entry["algorithm"] for entry in first["signing_keys"]} == {"RS256", "ES256"}
    assert {"identity", "authenticator", "signing", "pairwise"} <= set(first["purpose_keys"])
    assert bare("keys", "init", "--json").document == {"purpose_keys": [], "signing_keys": []}
    listed = bare("keys", "list", "--json").document
    assert {entry["kid"] for entry in listed} == {entry["kid"] for entry in first["signing_keys"]}
    assert {entry["state"] for entry in listed} == {"active"}


def test_no_private_half_is_ever_printed(wangov: Run) -> None:
    """Neither as a member nor inside a text."""
    for command in (("keys", "list"), ("keys", "list", "--json"), ("keys", "rotate", "--json")):
        assert "private" not in wangov(*command).out


def test_a_rotation_publishes_now_and_signs_later(wangov: Run, empty: Flask) -> None:
    """JWKS of running servers shows the next key beside the present one, which goes on signing."""
    services = empty.extensions["wangov"]
    (new,) = wangov("keys", "rotate", "--alg", "ES256", "--json").document["keys"]
    assert (new["algorithm"], new["state"]) == ("ES256", "next")
    ahead = dt.datetime.fromisoformat(new["activate_at"]) - dt.datetime.fromisoformat(new["created_at"])
    assert abs(ahead - dt.timedelta(hours=24)) < dt.timedelta(minutes=1)
    (old,) = [entry for entry in wangov("keys", "list", "--json").document if entry["retire_at"]]
    assert old["retire_at"] == new["activate_at"]
    with empty.app_context():
        ring = services.keyring()
    assert new["kid"].encode() in ring.jwks
    assert ring.signer("ES256", services.clock.now()).kid == old["kid"]
    (again,) = wangov("keys", "rotate", "--alg", "ES256", "--json").document["keys"]
    assert again["kid"] == new["kid"]


def test_a_rotation_without_a_name_is_of_everything_in_use(wangov: Run) -> None:
    """And without waiting when the operator says so."""
    answer = wangov("keys", "rotate", "--ahead-seconds", "0", "--json").document
    assert [entry["algorithm"] for entry in answer["keys"]] == ["RS256", "ES256"]
    assert {entry["state"] for entry in answer["keys"]} == {"active"}
    assert answer["destroyed"] == []
    states = [entry["state"] for entry in wangov("keys", "list", "--json").document]
    assert sorted(states) == ["active", "active", "retired", "retired"]


@pytest.mark.parametrize(
    "arguments", [("--alg", "none"), ("--alg", "HS256"), ("--ahead-seconds", "-1"), ("--ahead-seconds", "x")]
)
def test_nonsense_is_refused_before_anything_happens(wangov: Run, arguments: tuple[str, str]) -> None:
    """With the usage, and exit status 2."""
    assert wangov("keys", "rotate", *arguments).status == 2
    assert len(wangov("keys", "list", "--json").document) == 2


def test_keys_are_audited_when_they_are_made(wangov: Run, empty: Flask) -> None:
    """One row for each, whoever made it."""
    kid = wangov("keys", "rotate", "--alg", "EdDSA", "--json").document["keys"][0]["kid"]
    wangov("keys", "rotate", "--alg", "EdDSA", "--json")
    with empty.app_context():
        rows = db.session.scalars(select(AuditRow).where(AuditRow.event == "key.created")).all()
        made = [row.body["kid"] for row in rows if "kid" in row.body]
    assert made.count(kid) == 1
    assert len(made) == 3


def test_without_keys_the_way_on_is_named(bare: Run) -> None:
    """Listing nothing is fine; rotating nothing says what to do."""
    assert bare("keys", "list", "--json").document == []
    assert "./wangov keys init" in bare("keys", "rotate").out
