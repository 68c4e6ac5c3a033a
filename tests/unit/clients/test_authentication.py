"""Client authentication: one method, fixed by registration; sizes first; failures counted, never the right secret."""

from base64 import b64encode
from urllib.parse import quote_plus

import pytest

from idp.clients.authentication import ClientAuthentication, read_credentials
from idp.clients.client import Client, ResourceServer
from idp.clients.metadata import AuthMethod
from idp.clients.registry import ClientRegistry
from idp.entropy import SecretKind, digest
from idp.ephemeral import Count
from idp.errors import Code, Refusal, StoreUnavailableError

SECRET = "s3cret-with-many-characters"
ODD_SECRET = "100% + more:colons & = signs"


def _client(client_id: str, method: str, *, secret: str | None = SECRET, enabled: bool = True) -> Client:
    return Client.of(
        client_id,
        enabled=enabled,
        secret_digest=None if secret is None else digest(SecretKind.CLIENT_SECRET, secret),
        metadata={"redirect_uris": ["https://permits.example/cb"], "token_endpoint_auth_method": method},
    )


CLIENTS = {
    client.client_id: client
    for client in (
        _client("basic", "client_secret_basic"),
        _client("post", "client_secret_post"),
        _client("public", "none", secret=None),
        _client("odd:id +%", "client_secret_basic", secret=ODD_SECRET),
        _client("disabled", "client_secret_basic", enabled=False),
        _client("secretless", "client_secret_basic", secret=None),
    )
}


CLIENTS_THAT_INTROSPECT: frozenset[str] = frozenset()


class Loader:
    """Fulfils `idp.clients.registry.ClientLoader` from memory."""

    def client(self, client_id: str) -> Client | None:
        """The client of that name."""
        return CLIENTS.get(client_id)

    def resource(self, audience: str) -> ResourceServer | None:
        """None is registered."""

    def resources_of(self, client_id: str) -> frozenset[str]:
        """None is registered."""
        return frozenset({client_id} & CLIENTS_THAT_INTROSPECT)

    def origin_known(self, origin: str) -> bool:
        """None is."""
        return origin in CLIENTS


class Counters:
    """Counts in memory; `away` makes it a store that does not answer."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.away = False

    def generation(self, name: str) -> int:
        """Nothing ever changes."""
        return len(name)

    def count(self, name: str, *, limit: int, window_seconds: int) -> Count:
        """Count once."""
        if self.away:
            raise StoreUnavailableError
        used = self.counts[name] = self.counts.get(name, 0) + 1
        return Count(used, used <= limit, window_seconds)


@pytest.fixture
def counters() -> Counters:
    """Failures counted so far."""
    return Counters()


@pytest.fixture
def authentication(counters: Counters) -> ClientAuthentication:
    """Three failures a window."""
    registry = ClientRegistry(Loader(), counters, monotonic=lambda: 0.0)
    return ClientAuthentication(registry, counters, failure_limit=3, window_seconds=60)


def basic(client_id: str, secret: str, *, encode: bool = True) -> str:
    """A Basic header, form-encoded inside as RFC 6749 asks, or raw as many clients send it."""
    text = f"{quote_plus(client_id)}:{quote_plus(secret)}" if encode else f"{client_id}:{secret}"
    return f"Basic {b64encode(text.encode()).decode()}"


def refused(outcome: Client | Refusal) -> Code:
    """The code of a refusal."""
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


@pytest.mark.parametrize(
    ("header", "form"),
    [
        (basic("basic", SECRET), {}),
        (basic("basic", SECRET), {"client_id": "basic"}),
        (basic("basic", SECRET), {"client_secret": "", "client_assertion": ""}),
        (basic("basic", SECRET).replace("Basic", "bAsIc"), {}),
        (basic("basic", SECRET).replace("Basic ", "Basic  "), {}),
        (basic("odd:id +%", ODD_SECRET), {}),
        (None, {"client_id": "post", "client_secret": SECRET}),
        (None, {"client_id": "public"}),
        (None, {"client_id": "public", "client_secret": ""}),
    ],
)
def test_the_registered_method_proves_the_client(
    authentication: ClientAuthentication, header: str | None, form: dict[str, str]
) -> None:
    """Basic in any letter case and form-encoded inside, post, and none; empty parameters count as absent."""
    assert isinstance(authentication.authenticate(header, form), Client)


def test_a_secret_that_was_not_form_encoded_is_recognised(counters: Counters) -> None:
    """Widespread clients skip the encoding that RFC 6749 section 2.3.1 asks for."""
    raw = Client.of(
        "raw",
        enabled=True,
        secret_digest=digest(SecretKind.CLIENT_SECRET, "a+b%41c"),
        metadata={"redirect_uris": ["https://permits.example/cb"]},
    )
    known = {**CLIENTS, "raw": raw}

    class RawLoader(Loader):
        def client(self, client_id: str) -> Client | None:
            return known.get(client_id)

    authentication = ClientAuthentication(ClientRegistry(RawLoader(), counters, monotonic=lambda: 0.0), counters)
    assert isinstance(authentication.authenticate(basic("raw", "a+b%41c", encode=False), {}), Client)
    assert isinstance(authentication.authenticate(basic("raw", "a+b%41c"), {}), Client)
    assert refused(authentication.authenticate(basic("raw", "a bAc", encode=False), {})) is Code.CLIENT_CREDENTIALS


@pytest.mark.parametrize(
    ("header", "form"),
    [
        (basic("basic", SECRET), {"client_secret": SECRET}),
        (basic("basic", SECRET), {"client_id": "basic", "client_secret": SECRET}),
        (basic("basic", SECRET), {"client_assertion": "e30.e30."}),
        (basic("basic", SECRET), {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}),
        (None, {"client_id": "post", "client_secret": SECRET, "client_assertion": "e30.e30."}),
        (basic("basic", SECRET), {"client_id": "post"}),
    ],
)
def test_two_methods_in_one_request_are_an_invalid_request(
    authentication: ClientAuthentication, header: str | None, form: dict[str, str]
) -> None:
    """RFC 6749 section 2.3, even when each of them would do (AC-034)."""
    assert refused(authentication.authenticate(header, form)) is Code.CLIENT_METHOD


@pytest.mark.parametrize(
    ("header", "form"),
    [
        (None, {"client_id": "basic", "client_secret": SECRET}),
        (basic("post", SECRET), {}),
        (basic("public", SECRET), {}),
        (None, {"client_id": "public", "client_secret": SECRET}),
        (None, {"client_id": "basic"}),
        (None, {"client_id": "post"}),
        (basic("secretless", ""), {}),
        (basic("secretless", "x"), {}),
        (basic("basic", SECRET + "x"), {}),
        (basic("basic", SECRET[:-1]), {}),
        (basic("basic", SECRET.upper()), {}),
        (None, {"client_id": "post", "client_secret": "\ud800"}),
        (None, {"client_id": "basic", "client_assertion": "e30.e30."}),
        (None, {}),
        (None, {"client_secret": SECRET}),
        (None, {"client_id": ""}),
        (None, {"client_id": "x" * 201}),
        (None, {"client_id": "post\x00", "client_secret": SECRET}),
        (None, {"client_id": "post", "client_secret": "x" * 501}),
        ("", {}),
        ("Basic", {}),
        ("Basic ", {}),
        ("Basic !!!!", {}),
        ("Basic \u00e9", {}),
        (f"Basic {b64encode(b'basic').decode()}", {}),
        (f"Basic {b64encode(b'basic:').decode()}", {}),
        (f"Basic {b64encode(b':secret').decode()}", {}),
        (f"Basic {b64encode(bytes([0xFF, 0xFE, 0x3A, 0x41])).decode()}", {}),
        (f"Basic {b64encode(b'%ff:secret').decode()}", {}),
        (f"Basic {b64encode(('basic:' + 'x' * 5000).encode()).decode()}", {}),
        (f"Basic {b64encode(b'basic:secret').decode()[:-2]}", {}),
        (f"Bearer {b64encode(f'basic:{SECRET}'.encode()).decode()}", {}),
    ],
)
def test_everything_else_is_an_invalid_client(
    authentication: ClientAuthentication, header: str | None, form: dict[str, str]
) -> None:
    """A wrong method, a wrong secret, a malformed or an oversized header are all the same answer (AC-035)."""
    assert refused(authentication.authenticate(header, form)) is Code.CLIENT_CREDENTIALS


def test_an_unknown_client_is_refused_and_not_counted(authentication: ClientAuthentication, counters: Counters) -> None:
    """Made-up names must not fill the store."""
    for number in range(5):
        assert refused(authentication.authenticate(basic(f"nobody{number}", SECRET), {})) is Code.CLIENT_UNKNOWN
    assert counters.counts == {}


def test_a_disabled_client_is_refused_after_its_proof(authentication: ClientAuthentication) -> None:
    """Only who knows the secret learns that the client is disabled."""
    assert refused(authentication.authenticate(basic("disabled", SECRET), {})) is Code.CLIENT_DISABLED
    assert refused(authentication.authenticate(basic("disabled", "wrong"), {})) is Code.CLIENT_CREDENTIALS


def test_many_failures_are_told_to_wait_and_the_right_secret_still_works(
    authentication: ClientAuthentication,
) -> None:
    """Guessing is throttled per client; neither its owner nor another client is locked out (AC-038)."""
    for _ in range(3):
        assert refused(authentication.authenticate(basic("basic", "wrong"), {})) is Code.CLIENT_CREDENTIALS
    waiting = authentication.authenticate(basic("basic", "wrong"), {})
    assert refused(waiting) is Code.CLIENT_THROTTLED
    assert isinstance(waiting, Refusal)
    assert waiting.retry_after == 60
    assert isinstance(authentication.authenticate(basic("basic", SECRET), {}), Client)
    other = authentication.authenticate(None, {"client_id": "post", "client_secret": "wrong"})
    assert refused(other) is Code.CLIENT_CREDENTIALS


def test_a_wrong_secret_stays_wrong_while_the_store_is_away(
    authentication: ClientAuthentication, counters: Counters
) -> None:
    """Without the counter a failure is still a failure."""
    counters.away = True
    assert refused(authentication.authenticate(basic("basic", "wrong"), {})) is Code.CLIENT_CREDENTIALS


def test_credentials_do_not_show_their_secret() -> None:
    """A log line of the credentials names the client and the method alone."""
    credentials = read_credentials(basic("basic", SECRET), {})
    assert SECRET not in repr(credentials)
    assert AuthMethod.BASIC.value in repr(credentials)
