"""Attacks on the token endpoint: codes and refresh tokens of others, spent, late, of another kind, with more asked."""

from __future__ import annotations

import secrets

import pytest

from tests.abuse.watch import Watch
from tests.live import MovableClock
from tests.protocol.driver import Browser, Person, RelyingParty, Request
from tests.protocol.expectations import refused
from tests.protocol.journey import SignedIn, obtain_code, sign_in
from tests.protocol.pages import Arrival
from tests.protocol.provider import Provider

GRANTS = ["password", "implicit", "urn:ietf:params:oauth:grant-type:token-exchange", "refresh_token ", "\u0440assword"]
Fresh = tuple[Request, Arrival]


@pytest.fixture
def fresh(tax: RelyingParty, resident: Person, visitor: Browser) -> Fresh:
    """A code that nobody has used."""
    return obtain_code(tax, resident, visitor)


# --- codes -------------------------------------------------------------------------------------------------------


def test_code_of_another_client_raises_an_alert_and_is_burnt(
    watch: Watch, tax: RelyingParty, clinic: RelyingParty, fresh: Fresh
) -> None:
    """AC-028: invalid_grant for the thief and then for the owner; an audit event of its own names the thief."""
    with watch.attack() as scene:
        refused(clinic.redeem(*fresh), "invalid_grant")
    assert scene.counted == {"grant.client": 1}
    assert scene.names == ["token.foreign"]
    (alert,) = scene.events
    assert alert["client_id"] == clinic.client_id
    grant = watch.row("select client_id from authorization_grant where id = %(id)s", id=alert["body"]["grant"])
    assert grant == {"client_id": tax.client_id}
    assert alert["body"]["kind"] == "authorization_code"
    refused(tax.redeem(*fresh), "invalid_grant")


def test_code_of_a_confidential_client_is_no_good_to_an_app(watch: Watch, app: RelyingParty, fresh: Fresh) -> None:
    """AC-028: whoever needs no secret gets no further."""
    with watch.attack() as scene:
        refused(app.redeem(*fresh), "invalid_grant")
    assert scene.names == ["token.foreign"]
    assert scene.changed == {"authorization_grant"}


def test_values_of_other_kinds_are_no_codes_and_codes_are_nothing_else(
    watch: Watch, held: SignedIn, fresh: Fresh
) -> None:
    """AC-029: every single-use kind has a name space of its own, both ways; nothing is spent by the mistake."""
    party, code = held.party, fresh[1].parameters["code"]
    held.browser.open(party.ask(prompt="login").url)
    parked = held.browser.trail[-1].url.rpartition("/")[2]
    others = [
        held.refresh_token,
        held.id_token[:500],
        parked,
        *(cookie.value or "" for cookie in held.browser.http.cookies),
    ]
    with watch.attack() as scene:
        for value in others:
            refused(party.redeem(fresh[0], fresh[1], code=value), "invalid_grant")
        refused(party.refresh(code), "invalid_grant")
        assert party.introspect(code) == {"active": False}
        assert party.userinfo(code).status_code == 401
        assert held.browser.raw("GET", f"/oauth/resume/{code}").status_code == 400
    assert scene.left_nothing()
    assert scene.counted["grant.unknown"] == len(others)
    assert party.redeem(*fresh).status_code == 200


def test_code_is_dead_a_second_after_its_minute(
    watch: Watch, tax: RelyingParty, fresh: Fresh, clock: MovableClock
) -> None:
    """AC-030: invalid_grant at 61 s by the provider's clock, counted and audited; turning the clock back is no help."""
    clock.advance(61)
    with watch.attack() as scene:
        refused(tax.redeem(*fresh), "invalid_grant")
    assert scene.counted == {"grant.expired": 1}
    assert scene.names == ["token.refused"]
    clock.reset()
    refused(tax.redeem(*fresh), "invalid_grant")


# --- grants ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grant", GRANTS)
def test_unknown_grant_is_unsupported(watch: Watch, tax: RelyingParty, resident: Person, grant: str) -> None:
    """AC-031: unsupported_grant_type, before anybody's password is looked at; counted, nothing is stored."""
    form = {"grant_type": grant, "username": resident.username, "password": resident.password, "scope": "openid"}
    with watch.attack() as scene:
        refused(tax.post("token_endpoint", form), "unsupported_grant_type")
    assert scene.refused("token") == 1
    assert scene.events == []
    assert scene.left_nothing()


def test_grant_of_others_is_unauthorized(watch: Watch, tax: RelyingParty, machine: RelyingParty, fresh: Fresh) -> None:
    """AC-032: what the server knows and this client did not register; the code that was shown is not spent."""
    code = fresh[1].parameters["code"]
    with watch.attack() as scene:
        refused(tax.post("token_endpoint", {"grant_type": "client_credentials"}), "unauthorized_client")
        refused(
            machine.post("token_endpoint", {"grant_type": "authorization_code", "code": code}), "unauthorized_client"
        )
        refused(machine.refresh("wr_" + "A" * 86), "unauthorized_client")
    assert scene.refused("token") == 3
    assert scene.left_nothing()
    assert tax.redeem(*fresh).status_code == 200


# --- refresh tokens ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [True, False], ids=["after the grace", "another request within it"])
def test_spent_refresh_token_ends_the_family(watch: Watch, held: SignedIn, clock: MovableClock, late: bool) -> None:
    """AC-039: invalid_grant, one alert, and every token of the family is dead at once."""
    party = held.party
    heirs = [held.tokens]
    for _ in range(2):
        heirs.append(party.refresh(heirs[-1]["refresh_token"]).json())
    clock.advance(11 if late else 1)
    spent = heirs[1]["refresh_token"]
    with watch.attack() as scene:
        refused(party.refresh(spent, scope=None if late else "openid"), "invalid_grant")
    assert scene.counted == {"grant.reused": 1}
    assert scene.names == ["token.reused"]
    assert scene.changed == {"authorization_grant"}
    for tokens in heirs:
        assert party.introspect(tokens["access_token"]) == {"active": False}
        assert party.userinfo(tokens["access_token"]).status_code == 401
        refused(party.refresh(tokens["refresh_token"]), "invalid_grant")


def test_refresh_cannot_widen_the_scope(watch: Watch, held: SignedIn) -> None:
    """AC-041: invalid_scope, counted and audited; the token is not used up."""
    with watch.attack() as scene:
        refused(held.party.refresh(held.refresh_token, scope="openid profile email phone"), "invalid_scope")
    assert scene.counted == {"grant.scope": 1}
    assert scene.names == ["token.refused"]
    assert scene.left_nothing()
    assert held.party.refresh(held.refresh_token).status_code == 200


@pytest.mark.parametrize("thief", ["clinic", "app"])
def test_refresh_token_of_another_client_raises_an_alert_and_ends_the_family(
    request: pytest.FixtureRequest, watch: Watch, held: SignedIn, thief: str
) -> None:
    """AC-042: invalid_grant for the thief and for the owner from then on; the alert names the thief."""
    party: RelyingParty = request.getfixturevalue(thief)
    with watch.attack() as scene:
        refused(party.refresh(held.refresh_token), "invalid_grant")
    assert scene.counted == {"grant.client": 1}
    assert scene.names == ["token.foreign"]
    assert scene.events[0]["client_id"] == party.client_id
    assert scene.events[0]["body"]["kind"] == "refresh_token"
    refused(held.party.refresh(held.refresh_token), "invalid_grant")
    assert held.party.userinfo(held.access_token).status_code == 401


def test_cut_or_lengthened_refresh_token_is_refused_and_harms_nobody(watch: Watch, held: SignedIn) -> None:
    """AC-054: invalid_grant each time, counted; the family lives on."""
    token = held.refresh_token
    variants = [token[:-1], token[:-4], f"{token}A", f"{token}AAAA", f"{token}=", token[:20], token.lower()]
    with watch.attack() as scene:
        for variant in variants:
            refused(held.party.refresh(variant), "invalid_grant")
            assert held.party.introspect(variant) == {"active": False}
    assert sum(scene.counted.values()) >= len(variants)
    assert scene.left_nothing()
    assert held.party.refresh(token).status_code == 200


# --- revocation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_for_another_client_is_an_alert_and_changes_nothing(
    watch: Watch, held: SignedIn, clinic: RelyingParty, which: str
) -> None:
    """RFC 7009 2.1: the answer is as for any token, the tokens live on, and the attempt is counted and audited."""
    with watch.attack() as scene:
        answer = clinic.revoke(held.tokens[which])
    assert (answer.status_code, answer.content) == (200, b"")
    assert scene.counted == {"grant.client": 1}
    assert scene.names == ["token.foreign"]
    assert scene.events[0]["client_id"] == clinic.client_id
    assert scene.events[0]["body"]["kind"] == which
    assert scene.left_nothing()
    assert held.party.userinfo(held.access_token).status_code == 200


def test_revoking_what_never_was_is_answered_alike(watch: Watch, held: SignedIn) -> None:
    """RFC 7009 2.2: nothing in the answer tells whether there was a token, and nothing changes."""
    with watch.attack() as scene:
        answers = [
            held.party.revoke(token)
            for token in ("wr_" + secrets.token_urlsafe(48), "nothing at all", held.access_token[:-1], "a.b.c")
        ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"")}
    assert "token.revoked" not in scene.names
    assert scene.left_nothing()


def test_new_sign_in_is_not_touched_by_what_was_stolen_before(
    provider: Provider, tax: RelyingParty, clinic: RelyingParty, held: SignedIn
) -> None:
    """AC-042: what ends is the family that was abused, not the person's other sign-ins."""
    other = sign_in(tax, held.person, provider.browser())
    refused(clinic.refresh(held.refresh_token), "invalid_grant")
    assert tax.refresh(other.refresh_token).status_code == 200
