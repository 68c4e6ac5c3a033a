"""Each thing that happened has its row in the database, and no row holds anything personal."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.protocol.driver import Person, RelyingParty, shown
from tests.protocol.journey import SignedIn, sign_in
from tests.protocol.provider import CLAIMS, PASSWORD, Provider

FORBIDDEN = ["Auditperson", "audit@mail.example", "+23276999999", "9 Audit Lane", PASSWORD]


@pytest.fixture(scope="module")
def journey(provider: Provider) -> SignedIn:
    """A person of unmistakable details who signs in with two factors, shares, refreshes and leaves."""
    person = provider.enrol(
        "auditee", totp=True, ial=2, name="Auditperson", email="audit@mail.example", phone_number="+23276999999",
        address={"street_address": "9 Audit Lane"},
    )  # fmt: skip
    party = provider.register(host="audited.example")
    return sign_in(party, person, provider.browser(), scope="openid profile email phone address offline_access")


def rows(provider: Provider, event: str, signed_in: SignedIn) -> list[dict[str, Any]]:
    """The rows of an event about this person."""
    return provider.events(event, subscriber_id=signed_in.person.id)


def test_enrolment_is_audited(provider: Provider, journey: SignedIn) -> None:
    """subscriber.created and authenticator.bound, done by the operator."""
    (created,) = rows(provider, "subscriber.created", journey)
    assert created["actor"] == "operator"
    factors = {row["body"]["factor"] for row in rows(provider, "authenticator.bound", journey)}
    assert len(factors) == 2


def test_sign_in_is_audited_step_by_step(provider: Provider, journey: SignedIn) -> None:
    """signin.first_factor, session.started, consent.granted, authorization.granted, token.issued, in this order."""
    wanted = ["signin.first_factor", "session.started", "consent.granted", "authorization.granted", "token.issued"]
    found = [rows(provider, event, journey)[0] for event in wanted]
    assert [row["at"] for row in found] == sorted(row["at"] for row in found)
    for row in found[2:]:
        assert row["client_id"] == journey.party.client_id
    assert found[1]["body"]["aal"] == 2
    assert len({row["session_id"] for row in found[1:]}) == 1
    assert all(row["request_id"] for row in found)


def test_machine_endpoints_are_audited(provider: Provider, journey: SignedIn) -> None:
    """userinfo.released, token.introspected, token.refreshed: a row each time, none missing."""
    party = journey.party
    calls: dict[str, Callable[[], object]] = {
        "userinfo.released": lambda: party.userinfo(journey.access_token),
        "token.introspected": lambda: party.introspect(journey.access_token),
    }
    for event, call in calls.items():
        before = len(rows(provider, event, journey))
        for _ in range(5):
            call()
        assert len(rows(provider, event, journey)) == before + 5
    fresh = party.refresh(journey.refresh_token).json()
    assert rows(provider, "token.refreshed", journey)
    assert party.revoke(fresh["access_token"]).status_code == 200
    assert provider.events("token.revoked", client_id=party.client_id)


def test_client_credentials_are_audited_once_each(provider: Provider, machine: RelyingParty) -> None:
    """token.issued by group commit: ten tokens, ten rows."""
    before = len(provider.events("token.issued", client_id=machine.client_id))
    for _ in range(10):
        assert machine.post("token_endpoint", {"grant_type": "client_credentials"}).status_code == 200
    assert len(provider.events("token.issued", client_id=machine.client_id)) == before + 10


def test_refusals_are_audited(provider: Provider, journey: SignedIn) -> None:
    """signin.failed with a reason, token.refused, authorization.refused and session.ended."""
    browser = provider.browser()
    page = shown(browser.open(journey.party.ask().url))
    browser.submit(page, "identifier", identifier=journey.person.username, password="wrong password")
    failed = rows(provider, "signin.failed", journey)
    assert failed[-1]["body"]["factor"]
    assert failed[-1]["body"]["reason"]
    journey.party.refresh("wr_" + "A" * 64)
    refused = provider.events("token.refused", client_id=journey.party.client_id)
    assert refused[-1]["body"]["refused"] == "grant.unknown"
    browser.open(journey.party.ask(prompt="none").url)
    assert provider.events("authorization.refused", client_id=journey.party.client_id)
    other = sign_in(journey.party, journey.person, provider.browser())
    other.browser.open(journey.party.logout_url(id_token_hint=other.id_token))
    assert rows(provider, "session.ended", journey)[-1]["body"]["reason"] == "signed_out"


def test_changes_by_the_operator_are_audited(provider: Provider) -> None:
    """client.created, .updated, .secret_rotated, .disabled, .enabled and resource.created, by whom."""
    party = provider.register()
    provider.operate("client", "update", party.client_id, document={"client_name": "Renamed"})
    provider.operate("client", "rotate-secret", party.client_id)
    provider.operate("client", "disable", party.client_id)
    provider.operate("client", "enable", party.client_id)
    names = [row["event"] for row in provider.events(client_id=party.client_id)]
    assert names == ["client.created", "client.updated", "client.secret_rotated", "client.disabled", "client.enabled"]
    assert {row["actor"] for row in provider.events(client_id=party.client_id)} == {"operator"}
    audience = f"https://{party.client_id}.example/api"
    provider.operate("resource", "create", document={"audience": audience})
    assert any(row["body"]["audience"] == audience for row in provider.events("resource.created"))


def test_no_row_holds_anything_personal_or_secret(provider: Provider, journey: SignedIn) -> None:
    """AC-118: no name, address, number, password, code, token, cookie or secret in any row."""
    text = json.dumps(provider.events(), default=str, ensure_ascii=False)
    secrets = [
        journey.access_token, journey.refresh_token, journey.id_token, journey.arrival.parameters["code"],
        journey.request.verifier, str(journey.party.secret), str(journey.person.totp_secret), journey.person.username,
        *[cookie.value or "-" for cookie in journey.browser.http.cookies],
    ]  # fmt: skip
    for value in (*FORBIDDEN, *secrets, str(CLAIMS["email"]), str(CLAIMS["name"])):
        assert value not in text, value


def test_no_line_of_the_log_holds_anything_personal_or_secret(provider: Provider, journey: SignedIn) -> None:
    """AC-118: the same for everything the server wrote, in a run with refusals and refreshes."""
    log = provider.live.log
    assert '"event"' in log
    secrets = [
        journey.access_token, journey.refresh_token, journey.id_token, journey.arrival.parameters["code"],
        journey.request.verifier, str(journey.party.secret), str(journey.person.totp_secret),
        *[cookie.value or "-" for cookie in journey.browser.http.cookies],
    ]  # fmt: skip
    for value in (*FORBIDDEN, *secrets, str(CLAIMS["email"]), "eyJhbGciOi"):
        assert value not in log, value


def test_nothing_personal_is_stored_in_clear(provider: Provider, journey: SignedIn) -> None:
    """Names and contacts are sealed; tokens, codes and secrets stand nowhere in the database."""
    tables = [
        row["name"] for row in provider.query("select tablename as name from pg_tables where schemaname = 'public'")
    ]
    secrets = [
        journey.refresh_token,
        journey.arrival.parameters["code"],
        str(journey.party.secret),
        str(journey.person.totp_secret),
    ]
    cookies = [cookie.value or "-" for cookie in journey.browser.http.cookies]
    for table in tables:
        text = json.dumps(provider.query(f"select t::text as line from {table} t"), ensure_ascii=False)  # noqa: S608 - from the catalogue
        for value in (*FORBIDDEN, *secrets, *cookies):
            assert value not in text, (table, value)


def test_rows_are_never_changed_or_removed(
    provider: Provider, journey: SignedIn, tax: RelyingParty, guarded: Person
) -> None:
    """Rows are only ever added; what was written before further work stands unchanged after it."""
    before = {row["id"]: row for row in provider.events()}
    sign_in(tax, guarded, provider.browser())
    after = {row["id"]: row for row in provider.events()}
    assert len(after) > len(before)
    assert {key: after[key] for key in before} == before
