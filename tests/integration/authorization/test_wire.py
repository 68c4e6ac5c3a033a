"""The token room over the wire: real grants, real database, an independent reader of what comes out."""

import datetime as dt
import uuid
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.orm import Session

from idp.authorization.participation import clients_of_session
from idp.authorization.proceeding import Issued, Proceeding
from idp.clients.client import Client
from idp.entropy import SecretKind, digest
from idp.keys.jose import Algorithm
from idp.protocol.dispatch import ProtocolFront
from idp.protocol.introspection import introspection_endpoint
from idp.protocol.revocation import revocation_endpoint
from idp.protocol.token import token_endpoint
from idp.protocol.userinfo import userinfo_endpoint
from idp.subscribers.claims import STANDARD_CLAIMS
from tests.factories.clients import SECRET
from tests.integration.tokens.world import World
from tests.unit.authorization.house import authorization_server
from tests.unit.authorization.parties import CALLBACK, ISSUER, VERIFIER, accepted, registry
from tests.unit.protocol.wire import Seen, call, environ, form_environ, pages
from tests.unit.tokens.ring import keyring, verified

pytestmark = pytest.mark.integration

API = "https://api.example"
STRANGER = "https://other.example"


class Visit:
    """One person at one client, from the finished sign-in on."""

    def __init__(self, world: World, fields: tuple[str, ...] = ("name", "email"), **metadata: Any) -> None:
        self.world = world
        self.client = world.client(**{"resources": [API, STRANGER], **metadata})
        self.service = world.client()
        self.person = world.person(ial=2)
        self.cookie = world.entropy.secret(SecretKind.SESSION)
        held = digest(SecretKind.SESSION, self.cookie)
        self.session = world.session(self.person, secret_digest=held, aal=2, amr=["pwd", "otp"])
        self.consent = self.agree(fields)
        clients = registry(self.client, self.service, audiences={self.service.client_id: frozenset({API})})
        self.server = authorization_server(clients, clock=world.clock, keys=world.keys)
        endpoints = {
            "/oauth/token": token_endpoint(self.server),
            "/oauth/userinfo": userinfo_endpoint(self.server, clients),
            "/oauth/introspect": introspection_endpoint(self.server, clients),
            "/oauth/revoke": revocation_endpoint(self.server),
        }
        self.front = ProtocolFront(
            endpoints,
            pages,
            world.committers[0],
            origin_known=lambda _origin: False,
            client_address=lambda _environ: "192.0.2.1",
            new_request_id=lambda: world.entropy.uuid().hex,
        )

    def agree(self, fields: Sequence[str]) -> uuid.UUID:
        """A consent for which everything was asked, and these fields were given."""
        scopes = ["openid", "profile", "email", "offline_access"]
        return self.world.agree(
            self.person, self.client.client_id, fields, scopes=scopes, asked_scopes=scopes,
            asked_fields=list(STANDARD_CLAIMS), client_fingerprint=self.client.fingerprint,
        )  # fmt: skip

    def code(self, **changes: str | list[str] | None) -> str:
        """A code, as the authorization endpoint issues it."""
        request = accepted(self.client, client_id=self.client.client_id, **changes)
        issued = Proceeding(self.server.deps, self.world.committers[0]).proceed(request, self.cookie)
        assert isinstance(issued, Issued)
        return issued.code

    def post(self, path: str, form: dict[str, str], client: Client | None = None) -> Seen:
        """A form sent by a client."""
        credentials = b64encode(f"{(client or self.client).client_id}:{SECRET}".encode()).decode()
        return call(self.front, form_environ(form, path=path, HTTP_AUTHORIZATION=f"Basic {credentials}"))

    def redeem(self, code: str, **changes: str) -> Seen:
        """The code at the token endpoint."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.post("/oauth/token", {**form, **changes})

    def tokens(self, **changes: str | list[str] | None) -> dict[str, Any]:
        """The answer to a code, which must be a good one."""
        seen = self.redeem(self.code(**changes))
        assert seen.status == "200 OK", seen.body
        assert seen.header("Cache-Control") == "no-store"
        answer: dict[str, Any] = seen.json()
        return answer

    def refresh(self, token: str, **changes: str) -> Seen:
        """A refresh token at the token endpoint."""
        return self.post("/oauth/token", {"grant_type": "refresh_token", "refresh_token": token, **changes})

    def userinfo(self, token: str) -> Seen:
        """An access token at userinfo."""
        return call(self.front, environ("GET", "/oauth/userinfo", HTTP_AUTHORIZATION=f"Bearer {token}"))

    def introspect(self, token: str, client: Client | None = None) -> dict[str, Any]:
        """A token at introspection."""
        seen = self.post("/oauth/introspect", {"token": token}, client)
        assert seen.status == "200 OK"
        document: dict[str, Any] = seen.json()
        return document


def refused(seen: Seen, error: str = "invalid_grant") -> bool:
    """True when the answer is that registered error."""
    return seen.status == "400 Bad Request" and seen.json()["error"] == error


def test_a_whole_life(world: World) -> None:
    """Code, tokens, userinfo, introspection, refresh, revocation: each agrees with the others."""
    visit = Visit(world)
    answer = visit.tokens(scope="openid email")
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 300, "openid email")

    _, access = verified(keyring(), answer["access_token"], Algorithm.ES256)
    _, identity = verified(keyring(), answer["id_token"], Algorithm.RS256)
    subject = visit.server.deps.subjects.for_client(visit.person, visit.client)
    assert access["sub"] == identity["sub"] == subject
    assert access["aud"] == [API, STRANGER, ISSUER]
    assert (identity["aud"], identity["nonce"], identity["acr"]) == (visit.client.client_id, "n-1", "nid:2")
    assert identity["amr"] == access["amr"] == ["pwd", "otp"]

    claims = visit.userinfo(answer["access_token"])
    assert claims.json() == {"sub": subject, "email": "testa@people.example"}
    described = visit.introspect(answer["access_token"])
    assert described == {"active": True, "token_type": "Bearer", **access}
    assert visit.introspect(answer["refresh_token"])["active"] is True

    world.clock.advance(minutes=4)
    renewed = visit.refresh(answer["refresh_token"]).json()
    _, again = verified(keyring(), renewed["id_token"], Algorithm.RS256)
    for member in ("iss", "sub", "aud", "auth_time", "acr", "sid"):
        assert again[member] == identity[member]
    assert "nonce" not in again
    assert renewed["refresh_token"] != answer["refresh_token"]

    assert visit.post("/oauth/revoke", {"token": renewed["refresh_token"]}).status == "200 OK"
    assert refused(visit.refresh(renewed["refresh_token"]))
    assert visit.userinfo(renewed["access_token"]).status == "401 Unauthorized"
    assert visit.introspect(renewed["access_token"]) == {"active": False}


def test_an_identical_retry_gets_the_same_tokens(world: World) -> None:
    """AC-039: the refresh token and the access token's identifier and times are the lost ones."""
    visit = Visit(world)
    token = visit.tokens()["refresh_token"]
    first = visit.refresh(token, scope="openid").json()
    world.clock.advance(seconds=5)
    second = visit.refresh(token, scope="openid").json()
    assert second["refresh_token"] == first["refresh_token"]
    read = [verified(keyring(), answer["access_token"], Algorithm.ES256)[1] for answer in (first, second)]
    assert read[0] == read[1]
    assert refused(visit.refresh(token, scope="openid email"))
    assert refused(visit.refresh(first["refresh_token"]))


def test_each_refresh_has_its_own_identifier(world: World) -> None:
    """RFC 9068 2.2.4: `jti` differs from use to use and from family to family."""
    visit = Visit(world)
    identifiers = set()
    for _ in range(3):
        token = visit.tokens()["refresh_token"]
        for _ in range(3):
            world.clock.advance(seconds=1)
            answer = visit.refresh(token).json()
            token = answer["refresh_token"]
            identifiers.add(verified(keyring(), answer["access_token"], Algorithm.ES256)[1]["jti"])
    assert len(identifiers) == 9


def test_every_refused_code_sounds_the_same(world: World) -> None:
    """RFC 6749 5.2: one answer for unknown, replayed, foreign, expired and mismatched codes."""
    visit = Visit(world)
    replayed, expired = visit.code(), visit.code()
    visit.redeem(replayed)
    answers = [
        visit.redeem("wc_" + "x" * 43),
        visit.redeem(replayed),
        visit.redeem(visit.code(), redirect_uri="https://evil.example"),
        visit.redeem(visit.code(), code_verifier="x" * 43),
        visit.redeem(visit.code(), code_verifier=""),
    ]
    world.clock.advance(seconds=60)
    answers.append(visit.redeem(expired))
    assert all(refused(answer) for answer in answers)
    assert len({answer.body for answer in answers}) == 1


def test_rfc_8707_2_2_resources_at_the_token_endpoint(world: World) -> None:
    """RFC 8707 2.2: a token for one of the granted resources; another one is invalid_target."""
    visit = Visit(world)
    answer = visit.redeem(visit.code(resource=API), resource=API).json()
    assert verified(keyring(), answer["access_token"], Algorithm.ES256)[1]["aud"] == API
    assert visit.userinfo(answer["access_token"]).status == "401 Unauthorized"
    assert refused(visit.refresh(answer["refresh_token"], resource=STRANGER), "invalid_target")
    assert refused(visit.redeem(visit.code(resource=API), resource=STRANGER), "invalid_target")
    narrowed = visit.refresh(answer["refresh_token"], resource=API).json()
    assert verified(keyring(), narrowed["access_token"], Algorithm.ES256)[1]["aud"] == API


def test_a_narrower_scope(world: World) -> None:
    """RFC 6749 6: asked for at a refresh; a wider one is invalid_scope and harms nothing."""
    visit = Visit(world)
    token = visit.tokens(scope="openid email")["refresh_token"]
    assert refused(visit.refresh(token, scope="openid profile"), "invalid_scope")
    answer = visit.refresh(token, scope="email").json()
    assert answer["scope"] == "email"
    assert "id_token" not in answer
    assert visit.userinfo(answer["access_token"]).status == "403 Forbidden"


def test_only_agreed_scopes_are_granted(world: World) -> None:
    """Who declined lasting access gets a code, tokens and no offline access."""
    visit = Visit(world)
    world.change("consent", "consent_id", visit.consent, scopes=["openid", "email"])
    answer = visit.tokens(scope="openid email offline_access")
    assert answer["scope"] == "openid email"
    world.end_session(visit.session)
    assert refused(visit.refresh(answer["refresh_token"]))


def test_offline_access_goes_on_after_the_session(world: World) -> None:
    """OpenID Connect Core 11: what was agreed to outlives the sign-out, until the person is gone."""
    visit = Visit(world)
    answer = visit.tokens(scope="openid offline_access")
    world.end_session(visit.session)
    world.clock.advance(days=20)
    renewed = visit.refresh(answer["refresh_token"])
    assert renewed.status == "200 OK"
    world.move(visit.person, "closed")
    assert refused(visit.refresh(renewed.json()["refresh_token"]))
    assert visit.userinfo(renewed.json()["access_token"]).status == "401 Unauthorized"


def test_claims_follow_scope_consent_and_profile(world: World) -> None:
    """OpenID Connect Core 5.4, decisions 10: asked for, agreed to at this instant, and known."""
    visit = Visit(world, fields=("name", "email", "nickname", "birthdate"))
    token = visit.tokens(scope="openid profile")["access_token"]
    assert set(visit.userinfo(token).json()) == {"sub", "name", "birthdate"}
    world.change("consent", "consent_id", visit.consent, status="withdrawn")
    assert set(visit.userinfo(token).json()) == {"sub"}


@pytest.mark.parametrize("embedded", [True, False])
def test_claims_in_the_id_token(world: World, embedded: bool) -> None:
    """`claims_in_id_token` and the claims parameter put agreed claims there; otherwise there are none."""
    visit = Visit(world, fields=("name",), claims_in_id_token=embedded)
    _, identity = verified(keyring(), visit.tokens(scope="openid profile")["id_token"], Algorithm.RS256)
    assert identity.get("name") == ("Testa Madeup Person" if embedded else None)
    assert "birthdate" not in identity
    asked = visit.tokens(scope="openid", claims='{"id_token": {"name": null, "birthdate": null}}')
    _, identity = verified(keyring(), asked["id_token"], Algorithm.RS256)
    assert identity["name"] == "Testa Madeup Person"
    assert "birthdate" not in identity


def test_services_see_only_their_own_tokens(world: World) -> None:
    """AC-052, RFC 7662 4: a service sees tokens of its audience, nobody sees another's refresh tokens."""
    visit = Visit(world)
    answer = visit.tokens(scope="profile", resource=API)
    assert visit.introspect(answer["access_token"], visit.service)["active"] is True
    assert visit.introspect(answer["refresh_token"], visit.service) == {"active": False}
    other = visit.tokens(scope="profile", resource=STRANGER)
    assert visit.introspect(other["access_token"], visit.service) == {"active": False}
    assert visit.post("/oauth/revoke", {"token": answer["refresh_token"]}, visit.service).status == "200 OK"
    assert visit.introspect(answer["access_token"])["active"] is True


def test_sectors_share_nothing(world: World) -> None:
    """AC-055: the same person in the same session at two sectors: subject, session, identifiers all differ."""
    first = Visit(world)
    second = Visit(world, redirect_uris=[CALLBACK, "https://clinic.example/callback"], sector="health")
    second.server.deps.subjects = first.server.deps.subjects
    second.person, second.cookie, second.session = first.person, first.cookie, first.session
    second.consent = second.agree(["email"])
    seen = []
    for visit in (first, second):
        answer = visit.tokens(scope="openid")
        _, access = verified(keyring(), answer["access_token"], Algorithm.ES256)
        _, identity = verified(keyring(), answer["id_token"], Algorithm.RS256)
        seen.append({access["sub"], access["jti"], access["gid"], identity["sid"], identity["at_hash"]})
    assert seen[0].isdisjoint(seen[1])


def test_which_clients_a_session_was_used_for(world: World) -> None:
    """Each client once, and only while one of its grants is alive."""
    visit = Visit(world)
    for _ in range(2):
        answer = visit.tokens()
    with Session(world.engine) as session:
        assert clients_of_session(session, visit.session) == [visit.client.client_id]
    first = world.clock.now() + dt.timedelta(seconds=1)
    world.change("authorization_grant", "session_id", visit.session, revoked_at=first, revoke_reason="x")
    with Session(world.engine) as session:
        assert clients_of_session(session, visit.session) == []
    assert visit.userinfo(answer["access_token"]).status == "401 Unauthorized"


def test_everything_was_audited(world: World) -> None:
    """Decisions 6: each answer above stands on a committed row; nothing in them tells who the person is."""
    visit = Visit(world)
    answer = visit.tokens()
    visit.userinfo(answer["access_token"])
    visit.introspect(answer["access_token"])
    visit.refresh(answer["refresh_token"])
    visit.post("/oauth/revoke", {"token": answer["access_token"]})
    events = [event for event, _ in world.audited(visit.client.client_id)]
    assert events == [
        "authorization.granted",
        "token.issued",
        "userinfo.released",
        "token.introspected",
        "token.refreshed",
        "token.revoked",
    ]
    stored = repr(
        world.connection.execute("select * from audit_event where client_id = %s", (visit.client.client_id,)).fetchall()
    )
    for personal in ("Testa", "people.example", answer["access_token"], answer["refresh_token"], VERIFIER):
        assert personal not in stored
