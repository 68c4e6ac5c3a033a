"""No action without its audit row, no forged line or secret in the log, no inside in an error, keys that agree."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import redis
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.abuse.watch import Watch
from tests.abuse.wire import exchange, head_of
from tests.live import MovableClock
from tests.protocol.driver import ALGORITHMS, SECONDS, Browser, Person, RelyingParty, basic, shown
from tests.protocol.expectations import soon
from tests.protocol.journey import SignedIn, attempt, login, obtain_code, sign_in
from tests.protocol.pages import Arrival, Page
from tests.protocol.provider import PASSWORD, Provider

CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}
INSIDE = re.compile(
    r"Traceback|File \"|\.py\b|psycopg|sqlalchemy|select |insert |werkzeug|flask|jinja|gunicorn|granian|Python/"
    r"|KeyError|TypeError|127\.0\.0\.1|/tmp/",
    re.IGNORECASE,
)
# Kinds of secret by their prefix, tokens of three parts, and what people type.
SECRETS = re.compile(r"\bw[a-z]_[A-Za-z0-9_-]{20,}|\beyJ[A-Za-z0-9_-]{10,}\.|otpauth://|-----BEGIN")


@contextlib.contextmanager
def locked_trail(provider: Provider) -> Iterator[None]:
    """Nobody can write an audit row while the block runs."""
    with psycopg.connect(provider.live.database_url) as connection:
        connection.execute("lock table audit_event in access exclusive mode")
        yield
        connection.rollback()


def test_what_cannot_be_audited_is_not_done(
    watch: Watch, provider: Provider, tax: RelyingParty, machine: RelyingParty
) -> None:
    """AC-116: with the trail locked every action is 503 with Retry-After, and nothing of it has happened."""
    person = provider.enrol()
    held = sign_in(tax, person, provider.browser(), scope="openid email", tick=["email"])
    leaving = sign_in(tax, person, provider.browser())
    request, arrival = obtain_code(tax, person, provider.browser())
    entering = provider.browser()
    page = login(tax, entering)
    agreeing = provider.browser()
    offer = _offered(provider.register(), person, agreeing).form("decision")
    calls: dict[str, Callable[[], requests.Response]] = {
        "client credentials": lambda: machine.post("token_endpoint", CLIENT_CREDENTIALS),
        "code": lambda: tax.redeem(request, arrival),
        "refresh": lambda: tax.refresh(held.refresh_token),
        "userinfo": lambda: tax.userinfo(held.access_token),
        "introspection": lambda: tax.post("introspection_endpoint", {"token": held.access_token}),
        "revocation": lambda: tax.revoke(held.access_token),
        "authorization": lambda: held.browser.raw("GET", tax.ask(scope="openid email").url),
        "sign-in": lambda: attempt(entering, page, person.username, person.password),
        "consent": lambda: agreeing.raw("POST", offer.action, data=[*offer.held, ("decision", "allow")]),
        "sign-out": lambda: leaving.browser.raw("GET", tax.logout_url(id_token_hint=leaving.id_token)),
        "failed client": lambda: tax.post("token_endpoint", CLIENT_CREDENTIALS, proven=False),
    }
    before = watch.state()
    with locked_trail(provider), ThreadPoolExecutor(len(calls)) as pool:
        answers = dict(zip(calls, pool.map(lambda call: call(), calls.values()), strict=True))
    for name, answer in answers.items():
        assert answer.status_code == 503, (name, answer.status_code)
        assert int(answer.headers["Retry-After"]) >= 1, name
        assert not INSIDE.search(answer.text), name
        assert "wangov_session=w" not in answer.headers.get("Set-Cookie", ""), name
    now = watch.state()
    # The try was counted, and the parked request may wait for a session that never began: it asks again.
    assert {name for name in now if before.get(name) != now[name]} <= {"throttle", "signin"}
    assert tax.userinfo(held.access_token).status_code == 200
    assert tax.userinfo(leaving.access_token).status_code == 200
    assert tax.redeem(request, arrival).status_code == 200
    assert tax.refresh(held.refresh_token).status_code == 200
    assert isinstance(person.go_on(entering, page), Arrival)


def _offered(party: RelyingParty, person: Person, browser: Browser) -> Page:
    page = login(party, browser)
    return shown(browser.submit(page, "identifier", identifier=person.username, password=person.password))


# --- logs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mred\x1b[0m",
        "\x9b31m",
        '{"level":"critical"}',
        '","level":"critical","x":"',
        "\u2028next",
        "a\x0bb\x0c",
        "\x7f",
    ],
)
def test_hostile_text_is_one_escaped_line(watch: Watch, provider: Provider, tax: RelyingParty, text: str) -> None:
    """AC-117: in user agent, user name and state: one JSON line an event, nothing raw, in the log and in the rows."""
    start = len(provider.live.log)
    browser = provider.browser()
    if text.isprintable() or text.encode()[0] > 0x7F:  # gunicorn refuses what is left
        browser.http.headers["User-Agent"] = text.encode().decode("latin-1")
    with watch.attack() as scene:
        page = login(tax, browser, state=text)
        attempt(browser, page, text)
        attempt(browser, page, provider.enrol().username, PASSWORD)
        browser.open(tax.ask(redirect_uri=f"https://evil.example/{text}").url)
        tax.post("token_endpoint", CLIENT_CREDENTIALS, proven=False, headers={"Authorization": basic(text, "x")})
    for line in provider.live.log[start:].splitlines():
        document = json.loads(line[line.index("{") :])
        assert document["level"] != "critical"
        assert document["event"]
    raw = "".join(sorted({letter for letter in text if not letter.isprintable()}))
    for letter in raw:
        assert letter not in provider.live.log[start:]
        assert letter not in json.dumps([row["body"] for row in scene.events], ensure_ascii=False)
        assert letter not in json.dumps([row["client_id"] for row in scene.events], ensure_ascii=False)
    agents = provider.query("select user_agent from session where user_agent !~ '^[[:print:]]*$'")
    assert agents == []


@pytest.mark.parametrize(
    "line", ["X-A: b\x00c", "User-Agent: a\rb", "User-Agent: a\nSet-Cookie: b", "User-Agent: \x1b[31m"]
)
def test_line_breaks_in_a_header_never_become_lines_of_the_log(provider: Provider, line: str) -> None:
    """AC-117: refused by the server, or two headers of which nothing is logged."""
    start = len(provider.live.log)
    answer = exchange(provider.live.port, head_of("GET", "/help", line))
    assert set(answer.statuses) <= {200, 400}
    assert answer.ended or answer.statuses
    assert "Set-Cookie: b" not in provider.live.log[start:]
    assert "\x1b" not in provider.live.log[start:]


def test_log_of_attacks_holds_no_secret(provider: Provider, held: SignedIn, clinic: RelyingParty) -> None:
    """AC-118: nothing that looks like a secret, and none of those just used, after refusals of every kind."""
    browser = provider.browser()
    attempt(browser, login(held.party, browser), held.person.username, "a-mistyped-password-1")
    clinic.redeem(held.request, held.arrival)
    clinic.refresh(held.refresh_token)
    held.party.userinfo(held.access_token + "x")
    held.browser.raw("GET", f"/signin/{held.refresh_token}?code={held.arrival.parameters['code']}")
    log = provider.live.log
    used = [held.access_token, held.refresh_token, held.arrival.parameters["code"], held.request.verifier,
            str(clinic.secret), PASSWORD, "a-mistyped-password-1", held.person.username, "mail.example",
            *[cookie.value or "-" for cookie in held.browser.http.cookies]]  # fmt: skip
    assert '"event"' in log
    assert not [value for value in used if value in log]
    assert SECRETS.search(log) is None


# --- errors of our own -------------------------------------------------------------------------------------------


def test_bug_in_a_page_is_a_bland_page_with_a_reference(provider: Provider, tax: RelyingParty) -> None:
    """AC-119: a parked request that was damaged in the store: 500, a reference, and nothing about what went wrong."""
    browser = provider.browser()
    page = login(tax, browser)
    environment = provider.live.environment
    with redis.Redis.from_url(environment["WANGOV_REDIS_URL"]) as valkey:
        key = f"{environment['WANGOV_REDIS_PREFIX']}:signin:{page.url.rpartition('/')[2]}"
        assert valkey.exists(key)
        valkey.set(key, '{"id": "damaged"}', keepttl=True)
        answer = browser.raw("GET", page.url)
        valkey.delete(key)
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Request-Id"] in answer.text
    assert not INSIDE.search(answer.text)
    assert "damaged" not in answer.text
    soon(lambda: any('"error"' in line for line in _lines(provider, answer.headers["X-Request-Id"])), in_a_row=1)
    assert not any("damaged" in line for line in _lines(provider, answer.headers["X-Request-Id"]))


def _lines(provider: Provider, reference: str) -> list[str]:
    return [line for line in provider.live.log.splitlines() if reference in line]


def test_bug_behind_a_machine_endpoint_is_a_bland_document_with_a_reference(provider: Provider) -> None:
    """AC-119: a client whose row was damaged: 500 as JSON, a reference, nothing else; other clients go on."""
    party = provider.register(grant_types=["client_credentials"], redirect_uris=[], post_logout_redirect_uris=[])
    provider.query(
        "update client set metadata = '[1]'::jsonb where client_id = %(id)s returning 1", {"id": party.client_id}
    )
    answer = party.post("token_endpoint", CLIENT_CREDENTIALS)
    assert answer.status_code == 500
    document = answer.json()
    assert document == {"error": "server_error", "request_id": answer.headers["X-Request-Id"]}
    assert not INSIDE.search(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"


# --- keys --------------------------------------------------------------------------------------------------------


def test_tokens_verify_by_the_keys_of_any_worker_while_keys_rotate(
    provider: Provider, machine: RelyingParty, clock: MovableClock
) -> None:
    """AC-120: from before a rotation until after it took over, what one worker signs the other's JWKS knows."""
    failures: list[str] = []
    verified, stop = [0], threading.Event()

    def work() -> None:
        while not stop.is_set():
            token = _alone(machine.discovery["token_endpoint"], machine).json()["access_token"]
            keys = requests.get(machine.discovery["jwks_uri"], headers={"Connection": "close"}, timeout=SECONDS).json()
            try:
                jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)
            except ValueError as error:
                failures.append(repr(error))
            verified[0] += 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for algorithm in ("ES256", "RS256"):
        provider.operate("keys", "rotate", "--alg", algorithm)
        for _ in range(3):
            time.sleep(0.2)
            clock.advance(13 * 3600)
    time.sleep(0.2)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert verified[0] > 40


def _alone(url: str, party: RelyingParty) -> requests.Response:
    """A token by a connection of its own, so that either worker may answer."""
    headers = {"Authorization": basic(party.client_id, str(party.secret)), "Connection": "close"}
    return requests.post(url, data=CLIENT_CREDENTIALS, headers=headers, timeout=SECONDS)
