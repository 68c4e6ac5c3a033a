"""Registering and changing clients and resource servers in a real database, with the audit row of each change."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from idp.audit import Event, Trail
from idp.audit.models import AuditRow
from idp.clients import ClientRegistration, Registered, RegistrationPolicy, ResourceServers
from idp.clients.models import ClientRow, ResourceServerRow
from idp.clients.resources import SavedResource
from idp.entropy import Entropy, SecretKind, digest, has_kind
from idp.errors import Code, Refusal
from tests.factories.moments import StillClock

pytestmark = pytest.mark.integration

WEB: dict[str, Any] = {
    "client_name": "Permits",
    "redirect_uris": ["https://permits.example/cb"],
    "scope": "openid email",
}


@pytest.fixture
def clock() -> StillClock:
    """Stands still until moved."""
    return StillClock()


@pytest.fixture
def trail(session: Session, clock: StillClock) -> Trail:
    """Writes into the test's transaction."""
    return Trail(session, clock, Entropy(clock))


@pytest.fixture
def registration(session: Session, clock: StillClock, trail: Trail) -> ClientRegistration:
    """As in production."""
    return ClientRegistration(session, clock, Entropy(clock), trail, RegistrationPolicy.for_environment("production"))


@pytest.fixture
def resources(session: Session, clock: StillClock, trail: Trail) -> ResourceServers:
    """The resource servers."""
    return ResourceServers(session, clock, trail)


def made(outcome: Registered | Refusal) -> Registered:
    """A registration that must have gone through."""
    assert isinstance(outcome, Registered), outcome
    return outcome


def refused(outcome: Registered | SavedResource | Refusal) -> Code:
    """The code of one that must not."""
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def events(session: Session, client_id: str | None = None) -> list[AuditRow]:
    """Audit rows about a client, or about none, in the order of writing (the clock stands still)."""
    rows = session.scalars(select(AuditRow).order_by(text("ctid"))).all()
    return [row for row in rows if row.client_id == client_id]


def stored(session: Session, client_id: str) -> ClientRow:
    """The row as it stands in the database."""
    session.expire_all()
    return session.get_one(ClientRow, client_id)


def test_a_new_client_gets_an_identifier_and_a_secret_of_256_bits(
    registration: ClientRegistration, session: Session, clock: StillClock
) -> None:
    """The secret is in the answer alone; the database holds its digest."""
    registered = made(registration.create(WEB))
    assert registered.client_secret is not None
    assert has_kind(SecretKind.CLIENT_SECRET, registered.client_secret)
    row = stored(session, registered.client_id)
    assert row.secret_digest == digest(SecretKind.CLIENT_SECRET, registered.client_secret)
    assert registered.client_secret not in str(row.metadata_)
    assert row.origins == ["https://permits.example"]
    assert (row.created_at, row.state) == (clock.now(), "enabled")
    other = made(registration.create(WEB))
    assert other.client_id != registered.client_id
    assert other.client_secret != registered.client_secret


def test_the_answer_is_a_client_information_response(registration: ClientRegistration, clock: StillClock) -> None:
    """RFC 7591 section 3.2.1: identifier, time, secret with its end (0: none), and all metadata."""
    document = made(registration.create(WEB)).as_document()
    assert document["client_id_issued_at"] == int(clock.epoch())
    assert document["client_secret_expires_at"] == 0
    assert document["token_endpoint_auth_method"] == "client_secret_basic"
    assert document["redirect_uris"] == WEB["redirect_uris"]
    assert document["require_pkce"] is True
    assert document["enabled"] is True


def test_a_public_client_has_no_secret(registration: ClientRegistration, session: Session) -> None:
    """Neither in the answer nor in the database, and none may be given."""
    public = {**WEB, "token_endpoint_auth_method": "none"}
    registered = made(registration.create(public))
    assert registered.client_secret is None
    assert "client_secret" not in registered.as_document()
    assert "client_secret_expires_at" not in registered.as_document()
    assert stored(session, registered.client_id).secret_digest is None
    assert refused(registration.create(public, client_secret="x" * 30)) is Code.CLIENT_METADATA


def test_an_identifier_and_a_secret_from_elsewhere_are_taken_over(
    registration: ClientRegistration, session: Session
) -> None:
    """A service that moves here keeps what it is configured with."""
    registered = made(registration.create(WEB, "https://permits.example/app", "a-secret-made-elsewhere!"))
    assert (registered.client_id, registered.client_secret) == (
        "https://permits.example/app",
        "a-secret-made-elsewhere!",
    )
    row = stored(session, "https://permits.example/app")
    assert row.secret_digest == digest(SecretKind.CLIENT_SECRET, "a-secret-made-elsewhere!")


@pytest.mark.parametrize("client_id", ["", "x" * 201, "a\x00b", "caf\u00e9", " permits", "permits ", "a\nb", "\ud800"])
def test_an_identifier_that_cannot_travel_is_refused(registration: ClientRegistration, client_id: str) -> None:
    """Printable ASCII without spaces around it."""
    assert refused(registration.create(WEB, client_id)) is Code.CLIENT_METADATA


def test_a_taken_identifier_is_refused_and_nothing_changes(registration: ClientRegistration, session: Session) -> None:
    """The client that has it keeps its secret and its metadata."""
    made(registration.create(WEB, "permits", "a-secret-made-elsewhere!"))
    before = stored(session, "permits").metadata_
    assert refused(registration.create({**WEB, "client_name": "Other"}, "permits")) is Code.CLIENT_EXISTS
    row = stored(session, "permits")
    assert row.metadata_ == before
    assert row.secret_digest == digest(SecretKind.CLIENT_SECRET, "a-secret-made-elsewhere!")
    assert [event.event for event in events(session, "permits")] == [Event.CLIENT_CREATED]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"redirect_uris": ["http://localhost/cb"]},
        {**WEB, "require_pkce": False, "token_endpoint_auth_method": "none"},
        {**WEB, "scope": 'a"b'},
    ],
)
def test_a_refused_registration_leaves_nothing(
    registration: ClientRegistration, session: Session, document: dict[str, Any]
) -> None:
    """No client, no resource server, no audit row."""
    assert isinstance(registration.create({"resources": ["https://api.example"], **document}), Refusal)
    assert isinstance(
        registration.create({**WEB, "resources": ["https://api.example"]}, client_secret="short"), Refusal
    )
    assert session.scalars(select(ClientRow)).all() == []
    assert session.scalars(select(ResourceServerRow)).all() == []
    assert session.scalars(select(AuditRow)).all() == []


def test_the_sector_is_settled_once(registration: ClientRegistration) -> None:
    """Moving to another host must not give every person of the service a new name."""
    registered = made(registration.create(WEB, "permits"))
    assert registered.metadata.sector == "permits.example"
    moved = made(registration.update("permits", {"redirect_uris": ["https://new.example/cb"]}))
    assert moved.metadata.sector == "permits.example"
    assert made(registration.update("permits", {"sector": None})).metadata.sector == "new.example"
    assert made(registration.create({**WEB, "sector": "tax"})).metadata.sector == "tax"


def test_an_update_changes_what_it_names(registration: ClientRegistration, session: Session, clock: StillClock) -> None:
    """Other members stay, null goes back to the default, the secret is kept, CORS origins follow."""
    secret = made(registration.create({**WEB, "logo_uri": "https://permits.example/logo"}, "permits")).client_secret
    clock.advance(minutes=5)
    changes = {"redirect_uris": ["https://new.example/cb"], "logo_uri": None, "purpose": "To write your permit"}
    updated = made(registration.update("permits", changes))
    assert updated.client_secret is None
    assert updated.metadata.client_name == "Permits"
    assert updated.metadata.logo_uri is None
    row = stored(session, "permits")
    assert secret is not None
    assert row.secret_digest == digest(SecretKind.CLIENT_SECRET, secret)
    assert row.origins == ["https://new.example"]
    assert row.updated_at - row.created_at == dt.timedelta(minutes=5)
    event = events(session, "permits")[-1]
    assert event.event == Event.CLIENT_UPDATED
    assert event.body == {"changed": ["logo_uri", "purpose", "redirect_uris"], "secret_changed": False}


def test_a_refused_update_changes_nothing(registration: ClientRegistration, session: Session) -> None:
    """Half of a change is no change."""
    made(registration.create(WEB, "permits"))
    before = stored(session, "permits").metadata_
    bad = {"client_name": "New", "redirect_uris": ["https://*.example/cb"]}
    assert refused(registration.update("permits", bad)) is Code.CLIENT_REDIRECT_URI
    assert refused(registration.update("permits", {"grant_types": ["client_credentials"]})) is Code.CLIENT_METADATA
    assert refused(registration.update("permits", {}, "short")) is Code.CLIENT_METADATA
    assert stored(session, "permits").metadata_ == before
    assert len(events(session, "permits")) == 1


def test_changing_the_method_makes_and_drops_the_secret(registration: ClientRegistration, session: Session) -> None:
    """Public has none; confidential again means a new one, never the old."""
    first = made(registration.create(WEB, "permits")).client_secret
    assert (
        made(registration.update("permits", {"token_endpoint_auth_method": "client_secret_post"})).client_secret is None
    )
    assert made(registration.update("permits", {"token_endpoint_auth_method": "none"})).client_secret is None
    assert stored(session, "permits").secret_digest is None
    second = made(registration.update("permits", {"token_endpoint_auth_method": "client_secret_basic"})).client_secret
    assert second is not None
    assert second != first
    taken = made(registration.update("permits", {}, "a-secret-made-elsewhere!")).client_secret
    assert stored(session, "permits").secret_digest == digest(SecretKind.CLIENT_SECRET, taken or "")


def test_a_new_secret_ends_the_old_one(registration: ClientRegistration, session: Session) -> None:
    """There is one secret at a time, and its change is audited."""
    first = made(registration.create(WEB, "permits")).client_secret
    second = made(registration.rotate_secret("permits")).client_secret
    assert second is not None
    assert second != first
    assert stored(session, "permits").secret_digest == digest(SecretKind.CLIENT_SECRET, second)
    assert events(session, "permits")[-1].event == Event.CLIENT_SECRET_ROTATED
    made(registration.create({**WEB, "token_endpoint_auth_method": "none"}, "public"))
    assert refused(registration.rotate_secret("public")) is Code.CLIENT_METADATA


def test_disabling_and_enabling_are_audited_once_each(registration: ClientRegistration, session: Session) -> None:
    """Doing it twice is no error and no second event."""
    made(registration.create(WEB, "permits"))
    assert not made(registration.disable("permits")).enabled
    assert not made(registration.disable("permits")).enabled
    assert stored(session, "permits").state == "disabled"
    assert made(registration.enable("permits")).enabled
    assert made(registration.enable("permits")).enabled
    assert [event.event for event in events(session, "permits")] == [
        Event.CLIENT_CREATED,
        Event.CLIENT_DISABLED,
        Event.CLIENT_ENABLED,
    ]


@pytest.mark.parametrize("client_id", ["nobody", "", "a\x00b", "\ud800", "x" * 300])
def test_an_unknown_client_is_refused_everywhere(registration: ClientRegistration, client_id: str) -> None:
    """However strange its name."""
    for outcome in (
        registration.show(client_id),
        registration.update(client_id, {}),
        registration.disable(client_id),
        registration.enable(client_id),
        registration.rotate_secret(client_id),
    ):
        assert refused(outcome) is Code.CLIENT_UNKNOWN


def test_shown_and_listed_clients_have_no_secret(registration: ClientRegistration, clock: StillClock) -> None:
    """Nobody can read a secret back; the list begins with the oldest."""
    made(registration.create(WEB, "b"))
    clock.advance(seconds=1)
    made(registration.create(WEB, "a"))
    assert [registered.client_id for registered in registration.listing()] == ["b", "a"]
    assert all("client_secret" not in registered.as_document() for registered in registration.listing())
    assert "client_secret" not in made(registration.show("a")).as_document()


def test_no_secret_and_no_digest_is_ever_audited(registration: ClientRegistration, session: Session) -> None:
    """Audit rows hold references alone."""
    secrets = [
        made(registration.create(WEB, "permits")).client_secret,
        made(registration.rotate_secret("permits")).client_secret,
        made(registration.update("permits", {}, "a-secret-made-elsewhere!")).client_secret,
    ]
    written = " ".join(str(event.body) for event in events(session, "permits"))
    assert all(secret and secret not in written for secret in secrets)
    assert all(event.actor == "operator" for event in events(session, "permits"))


def test_an_audience_nobody_registered_becomes_a_bare_resource_server(
    registration: ClientRegistration, resources: ResourceServers, session: Session
) -> None:
    """One that exists keeps its scopes and clients."""
    resources.save({"audience": "https://known.example", "scopes": ["read"]})
    made(registration.create({**WEB, "resources": ["https://new.example", "https://known.example"]}, "permits"))
    servers = {server.audience: server for server in resources.listing()}
    assert servers["https://new.example"].scopes == frozenset()
    assert servers["https://new.example"].client_ids == frozenset()
    assert servers["https://known.example"].scopes == {"read"}
    made(registration.update("permits", {"resources": ["https://third.example"]}))
    assert {server.audience for server in resources.listing()} > {"https://third.example"}
    assert [event.body["audience"] for event in events(session)] == [
        "https://known.example",
        "https://new.example",
        "https://third.example",
    ]


def test_a_resource_server_is_created_then_replaced(
    registration: ClientRegistration, resources: ResourceServers
) -> None:
    """Saving it again says so and leaves nothing of the old behind."""
    made(registration.create(WEB, "permits"))
    document = {"audience": "https://api.example", "name": "API", "scopes": ["b", "a", "b"], "client_ids": ["permits"]}
    first = resources.save(document)
    assert isinstance(first, SavedResource)
    assert first.created
    assert first.server.scopes == {"a", "b"}
    second = resources.save({"audience": "https://api.example"})
    assert isinstance(second, SavedResource)
    assert not second.created
    (server,) = resources.listing()
    assert (server.name, server.scopes, server.client_ids) == ("https://api.example", frozenset(), frozenset())


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({}, Code.CLIENT_METADATA),
        ({"audience": "api"}, Code.CLIENT_METADATA),
        ({"audience": "https://api.example#x"}, Code.CLIENT_METADATA),
        ({"audience": "https://api.example\x00"}, Code.CLIENT_METADATA),
        ({"audience": ["https://api.example"]}, Code.CLIENT_METADATA),
        ({"audience": "https://api.example", "scopes": ["two words"]}, Code.CLIENT_METADATA),
        ({"audience": "https://api.example", "scopes": "read"}, Code.CLIENT_METADATA),
        ({"audience": "https://api.example", "name": "x\u202ey"}, Code.CLIENT_METADATA),
        ({"audience": "https://api.example", "client_ids": ["nobody"]}, Code.CLIENT_UNKNOWN),
        ({"audience": "https://api.example", "client_ids": ["a\x00b"]}, Code.CLIENT_UNKNOWN),
        ({"audience": "https://api.example", "client_ids": ["\ud800"]}, Code.CLIENT_UNKNOWN),
    ],
)
def test_a_bad_resource_server_is_refused(
    resources: ResourceServers, session: Session, document: dict[str, Any], code: Code
) -> None:
    """Audiences are absolute URIs, scopes are scope names, introspecting clients exist; nothing is stored."""
    assert refused(resources.save(document)) is code
    assert session.scalars(select(ResourceServerRow)).all() == []
