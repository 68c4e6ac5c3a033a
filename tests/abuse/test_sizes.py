"""Too large, too deep, too many: refused by size before anything is parsed, fast, and without growth."""

from __future__ import annotations

import json
import zlib
from urllib.parse import urlsplit

import pytest

from tests.abuse.watch import Watch
from tests.abuse.wire import FORM, Exchange, exchange, head_of
from tests.live import LiveServer
from tests.protocol.driver import Browser, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import refused
from tests.protocol.forgery import segment
from tests.protocol.journey import SignedIn
from tests.protocol.provider import Provider

MEGABYTE = 1_000_000
GROWTH = 10 * MEGABYTE
MACHINE = ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/userinfo"]
PAGES = ["/oauth/authorize", "/oauth/logout", "/signin/x/password", "/signout"]
MULTIPART = "multipart/form-data; boundary=b"


# --- the claims parameter ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        '{"userinfo":{"name":' + '{"a":' * 1000 + "1" + "}" * 1000 + "}}",
        "[" * 15_000,
        json.dumps({"userinfo": {f"c{n}": None for n in range(1000)}}),
    ],
    ids=["deep", "brackets", "many"],
)
def test_deep_claims_are_refused_fast_and_leave_no_growth(
    watch: Watch, provider: Provider, tax: RelyingParty, visitor: Browser, claims: str
) -> None:
    """AC-017: invalid_request at the client within 100 ms; the workers grow by less than 10 MB over many of them."""
    request = tax.ask(claims=claims)

    def send() -> None:
        arrival = arrived(visitor.open(tax.discovery["authorization_endpoint"], request.parameters))
        assert arrival.parameters["error"] == "invalid_request"

    send()
    before = watch.memory()
    with watch.attack() as scene:
        assert watch.fastest(send, 10) < 0.1
    assert watch.memory() - before < GROWTH
    assert scene.counted == {"authorize.invalid_request": 10}
    assert scene.left_nothing()


def test_claims_of_ten_thousand_entries_are_refused_fast_and_leave_no_growth(
    watch: Watch, tax: RelyingParty, visitor: Browser
) -> None:
    """AC-017: what is too long for a request at all is refused by its size, within 100 ms, and nobody is sent away."""
    claims = json.dumps({"userinfo": {f"claim_number_{n}": {"essential": True} for n in range(10_000)}})
    parameters = tax.ask(claims=claims).parameters

    def send() -> None:
        answer = visitor.raw("POST", tax.discovery["authorization_endpoint"], data=parameters)
        assert answer.status_code in {400, 413}
        assert "Location" not in answer.headers

    send()
    before = watch.memory()
    with watch.attack() as scene:
        assert watch.fastest(send) < 0.1
    assert watch.memory() - before < GROWTH
    assert scene.refused("page:authorize.endpoint") == 5
    assert scene.left_nothing()


# --- parameters --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["state", "login_hint", "ui_locales"])
def test_parameter_of_a_megabyte_is_refused_by_its_size(
    watch: Watch, server: LiveServer, tax: RelyingParty, name: str
) -> None:
    """AC-018: 413, 414 or 400 by GET and by POST, nothing of it comes back."""
    query = urlsplit(tax.ask(**{name: "7" * MEGABYTE}).url).query
    with watch.attack() as scene:
        by_get = exchange(server.port, head_of("GET", f"/oauth/authorize?{query}"))
        by_post = _posted(server, "/oauth/authorize", query.encode())
    assert set(by_get.statuses) <= {400, 413, 414, 431}, by_get.statuses
    assert by_post.statuses == [413]
    for answer in (by_get, by_post):
        assert b"Location" not in answer.received
        assert b"7777777" not in answer.received
    assert scene.left_nothing()


@pytest.mark.parametrize("name", ["state", "login_hint", "ui_locales"])
@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: a=b", "\"><script>alert('x')</script>", "\x1b[2J\x00"])
def test_hostile_parameter_is_neither_reflected_raw_nor_logged(
    provider: Provider, tax: RelyingParty, visitor: Browser, name: str, text: str
) -> None:
    """AC-018: no header of its own, no markup; the log holds no part of it, and no control character at all."""
    step = visitor.open(tax.ask(**{name: text}).url)
    for answer in visitor.trail:
        assert answer.headers.get("Set-Cookie", "").find("a=b") < 0
        assert "\r" not in answer.headers.get("Location", "")
        assert "<script>alert" not in answer.text
    if "\x00" in text:
        assert shown(step).status == 400
    log = provider.live.log
    assert "alert('x')" not in log
    assert "a=b" not in log
    assert not any(sign in log for sign in ("\x1b", "\x00", "\r"))


# --- tokens ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/oauth/userinfo", "/oauth/introspect", "/oauth/revoke"])
def test_token_of_fifty_megabytes_is_refused_before_it_arrives(
    watch: Watch, server: LiveServer, held: SignedIn, path: str
) -> None:
    """AC-049: a long header or signature segment in the body: 413 in under 50 ms, while most of it is on its way."""
    header, claims, signature = held.access_token.split(".")
    tokens = (f"{header}.{claims}.{'A' * 50_000}", f"{'A' * 50_000}.{claims}.{signature}")
    name = "access_token" if path.endswith("userinfo") else "token"
    answers = [_announced(server, path, f"{name}={token}".encode(), 50 * MEGABYTE) for token in tokens for _ in "123"]
    assert {status for answer in answers for status in answer.statuses} == {413}
    assert min(answer.seconds for answer in answers) < 0.05
    assert watch.workers()


def test_header_of_fifty_megabytes_is_cut_off(server: LiveServer) -> None:
    """AC-049: a bearer token that long ends the connection or is 400, 413 or 431, within a second."""
    head = head_of("GET", "/oauth/userinfo")[:-2] + b"Authorization: Bearer "
    answers = [exchange(server.port, head, *[b"A" * 65_536] * 40, whole=False) for _ in range(3)]
    for answer in answers:
        assert answer.ended or answer.statuses
        assert set(answer.statuses) <= {400, 413, 431}, answer.statuses
        assert b"Traceback" not in answer.received
    assert min(answer.seconds for answer in answers) < 1


@pytest.mark.parametrize("size", [17_000, 60_000])
def test_segment_beyond_the_limit_is_not_decoded(watch: Watch, held: SignedIn, size: int) -> None:
    """AC-049: what fits a body but no token of ours is 401 in under 50 ms, and inactive at introspection."""
    header, claims, signature = held.access_token.split(".")
    for token in (f"{'A' * size}.{claims}.{signature}", f"{header}.{claims}.{'A' * size}", "." * size):
        form = {"access_token": token}

        def send(form: dict[str, str] = form) -> None:
            assert held.party.post("userinfo_endpoint", form, proven=False).status_code == 401

        assert watch.fastest(send) < 0.05
        assert held.party.introspect(token) == {"active": False}


def test_compressed_token_is_never_inflated(watch: Watch, held: SignedIn) -> None:
    """AC-050: an encrypted token that would inflate a thousandfold is no token anywhere; fast, and no growth."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = squeezed.compress(bytes(40 * MEGABYTE)) + squeezed.flush()
    header = segment({"alg": "dir", "enc": "A256GCM", "zip": "DEF", "typ": "at+jwt"})
    bomb = f"{header}..{segment(bytes(12))}.{segment(packed)[:55_000]}.{segment(bytes(16))}"
    party = held.party

    def send() -> None:
        answer = party.post("userinfo_endpoint", {"access_token": bomb}, proven=False)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    send()
    before = watch.memory()
    assert watch.fastest(send) < 0.05
    assert party.introspect(bomb) == {"active": False}
    assert party.revoke(bomb).status_code == 200
    hint = bomb[:12_000]
    asked = arrived(
        held.browser.open(party.discovery["authorization_endpoint"], party.ask(id_token_hint=hint).parameters)
    )
    assert asked.parameters["error"] == "invalid_request"
    assert shown(held.browser.open(party.discovery["end_session_endpoint"], [("id_token_hint", hint)])).status == 200
    assert watch.memory() - before < GROWTH
    assert party.userinfo(held.access_token).status_code == 200


# --- bodies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*MACHINE, *PAGES])
def test_body_of_a_hundred_megabytes_is_refused_at_once(watch: Watch, server: LiveServer, path: str) -> None:
    """AC-128: 413 in under 100 ms, by the length alone, while the body is still on its way."""
    before = watch.memory()
    answers = [_announced(server, path, b"x=" + b"A" * 60_000, 100 * MEGABYTE) for _ in range(3)]
    assert all(answer.statuses == [413] for answer in answers), [answer.statuses for answer in answers]
    assert min(answer.seconds for answer in answers) < 0.1
    assert watch.memory() - before < GROWTH


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/authorize", "/signin/x/password"])
@pytest.mark.parametrize("shape", ["parts", "fields"])
def test_a_hundred_thousand_parts_or_a_million_fields_are_refused_at_once(
    watch: Watch, server: LiveServer, path: str, shape: str
) -> None:
    """AC-128: 413 in under 100 ms, without counting them."""
    if shape == "parts":
        part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        begin, length, kind = part * 1000, len(part) * 100_000, MULTIPART
    else:
        begin, length, kind = b"a=&" * 20_000, 3 * MEGABYTE, FORM
    with watch.attack() as scene:
        answers = [_announced(server, path, begin, length, kind) for _ in range(3)]
    assert all(answer.statuses == [413] for answer in answers), [answer.statuses for answer in answers]
    assert min(answer.seconds for answer in answers) < 0.1
    assert scene.left_nothing()


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/authorize", "/signin/x/password"])
def test_body_without_a_length_is_cut_off_at_the_same_size(server: LiveServer, path: str) -> None:
    """AC-128: chunks beyond the limit are 413 or 400, and are not waited for."""
    chunk = b"4000\r\n" + b"A" * 0x4000 + b"\r\n"
    answer = exchange(
        server.port,
        head_of("POST", path, f"Content-Type: {FORM}", "Transfer-Encoding: chunked"),
        *[chunk] * 8,
        whole=False,
    )
    assert set(answer.statuses) <= {400, 413}
    assert answer.statuses
    assert answer.seconds < 1


@pytest.mark.parametrize("fields", [65, 5000])
def test_many_small_fields_are_an_invalid_request(watch: Watch, machine: RelyingParty, fields: int) -> None:
    """AC-128: below the size limit it is the number that counts."""
    form = {"grant_type": "client_credentials", **{f"f{n}": "1" for n in range(fields)}}
    with watch.attack() as scene:
        refused(machine.post("token_endpoint", form), "invalid_request")
    assert scene.refused("token") == 1
    assert scene.left_nothing()


# --- texts that make expressions backtrack -------------------------------------------------------------------------


@pytest.mark.parametrize("crafted", ["a@" * 50_000, "a." * 50_000 + "!", "-" * 100_000, "https://a" + "%" * 100_000])
def test_crafted_identifiers_are_refused_fast(watch: Watch, provider: Provider, crafted: str) -> None:
    """AC-129: 100 kB as e-mail, name, address of a service or user agent: an answer in under 100 ms."""
    live = provider.live

    def enrol() -> None:
        person = {"username": "crafted", "password": "brisk-otter-lantern-4"}
        for name in ("email", "name", "phone_number", "zoneinfo", "website"):
            provider.refused("subscriber", "create", document={**person, name: crafted})

    def register() -> None:
        provider.refused("client", "create", document={"redirect_uris": [crafted]})

    def visit() -> None:
        answer = exchange(live.port, head_of("GET", "/help", f"User-Agent: {crafted}", f"Accept-Language: {crafted}"))
        assert set(answer.statuses) <= {400, 413, 431}

    assert watch.fastest(enrol) < 5 * 0.1
    assert watch.fastest(register) < 0.1
    assert watch.fastest(visit) < 0.1


@pytest.mark.parametrize("crafted", ["a@" * 600, "en-" * 400, "0" * 1200 + "x", "=;," * 400])
def test_crafted_texts_of_a_permitted_size_are_read_fast(
    watch: Watch, tax: RelyingParty, visitor: Browser, crafted: str
) -> None:
    """AC-129: whatever reaches an expression of ours (hints, locales, headers, cookies, names) costs under 100 ms."""
    headers = {"Accept-Language": crafted, "User-Agent": crafted, "If-None-Match": crafted, "Cookie": crafted}
    request = tax.ask(login_hint=crafted, ui_locales=crafted, acr_values=crafted)

    def send() -> None:
        answer = visitor.raw("POST", "/oauth/authorize", data=request.parameters, headers=headers)
        assert answer.status_code == 303

    assert watch.fastest(send) < 0.1


def test_crafted_name_at_the_sign_in_is_read_fast(watch: Watch, tax: RelyingParty, resident: Person) -> None:
    """AC-129: a name longer than anybody's is told at once, without looking for it."""
    browser = Browser(tax.issuer, "192.0.2.99")
    page = shown(browser.open(tax.ask().url))
    form = page.form("identifier")
    typed = [*(pair for pair in form.held if pair[0] not in {"identifier", "password"}), ("password", "x")]

    def send() -> None:
        answer = browser.raw("POST", form.action, data=[*typed, ("identifier", "\u0301a" * 5000)])
        assert answer.status_code == 400

    assert watch.fastest(send) < 0.1
    assert resident.username == "amara"


def _posted(server: LiveServer, path: str, body: bytes) -> Exchange:
    return _announced(server, path, body, len(body))


def _announced(server: LiveServer, path: str, begin: bytes, length: int, kind: str = FORM) -> Exchange:
    """Send the beginning of a body that was announced with this length."""
    head = head_of("POST", path, f"Content-Type: {kind}", f"Content-Length: {length}")
    return exchange(server.port, head + begin, whole=False)
