"""Bad input with structure, shrunk to the smallest that fails: OAuth parameters, JSON, cookies, headers, tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import strategies
from tests.fuzz.answers import Answer
from tests.fuzz.caller import Caller
from tests.fuzz.generator import NAMES
from tests.fuzz.invariants import Judge
from tests.fuzz.shots import Draft, Pairs, Value
from tests.fuzz.world import World
from tests.protocol.driver import basic

COUNT = 80
INTROSPECT = "/oauth/introspect"
COOKIES = (
    "wangov_session",
    "wangov_session",
    "wangov_session",
    "wangov_browser",
    "wangov_device",
    "wangov_lang",
    "session",
    "__Host-wangov_session",
)


def examples(function: Callable[..., None]) -> Callable[..., None]:
    """The same examples each time: random ones are the command's business."""
    checked: Callable[..., None] = settings(
        max_examples=COUNT, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )(function)
    return checked


@pytest.fixture(scope="module")
def caller(world: World, judge: Judge) -> Iterator[Caller]:
    """A connection to the running provider."""
    caller = Caller(world.provider.live.port, judge)
    yield caller
    caller.close()


def _asked(world: World, **changes: Value) -> Pairs:
    given: dict[str, Value] = {**dict(world.tax.ask().parameters), **changes}
    return list(given.items())


def _authorize(pairs: Pairs, *, by_form: bool) -> Draft:
    if by_form:
        return Draft("/oauth/authorize", "POST", "/oauth/authorize", form=pairs)
    return Draft("/oauth/authorize", "GET", "/oauth/authorize", query=pairs)


def _sent_back(answer: Answer) -> dict[str, list[str]]:
    return parse_qs(urlsplit(answer.get(b"location").decode()).query, keep_blank_values=True)


def test_any_parameters_at_the_authorization_endpoint(world: World, caller: Caller) -> None:
    """A page, a redirect to the registered address, or the sign-in, whatever is sent (AC-001, AC-018)."""

    @examples
    @given(pairs=strategies.pairs(_asked(world), NAMES), by_form=st.booleans())
    def check(pairs: Pairs, by_form: bool) -> None:
        answer = caller.send(_authorize(pairs, by_form=by_form))
        assert answer.status in {200, 303, 400, 413, 414, 431}

    check()


def test_state_comes_back_letter_for_letter(world: World, caller: Caller) -> None:
    """Any text that is text survives the way there and back (RFC 6749 4.1.2.1)."""

    @examples
    @given(state=strategies.printable, by_form=st.booleans())
    def check(state: str, by_form: bool) -> None:
        answer = caller.send(_authorize(_asked(world, state=state, prompt="none"), by_form=by_form))
        assert _sent_back(answer)["state"] == [state]
        assert _sent_back(answer)["error"] == ["login_required"]

    check()


def test_any_json_in_claims(world: World, caller: Caller) -> None:
    """AC-132: numbers, dates, nulls, nesting at any place of `claims`: refused by the registered error or taken."""

    @examples
    @given(
        claims=st.one_of(
            strategies.documents,
            st.fixed_dictionaries({"id_token": strategies.documents, "userinfo": strategies.documents}),
        )
    )
    def check(claims: Any) -> None:
        answer = caller.send(_authorize(_asked(world, claims=json.dumps(claims), prompt="none"), by_form=True))
        assert _sent_back(answer)["error"][0] in {"invalid_request", "login_required"}

    check()


def test_any_text_as_a_parameter_of_its_own(world: World, caller: Caller) -> None:
    """Each parameter in turn with text that nobody foresaw."""
    names = [name for name, _ in _asked(world)] + [
        "max_age",
        "prompt",
        "claims",
        "id_token_hint",
        "login_hint",
        "ui_locales",
        "acr_values",
        "resource",
        "response_mode",
    ]

    @examples
    @given(name=st.sampled_from(names), value=strategies.values, by_form=st.booleans())
    def check(name: str, value: Value, by_form: bool) -> None:
        answer = caller.send(_authorize(_asked(world, **{name: value}), by_form=by_form))
        assert answer.status in {200, 303, 400, 413, 414, 431}

    check()


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/userinfo"])
def test_any_form_at_a_machine_endpoint(world: World, caller: Caller, path: str) -> None:
    """An answer by the book for every form, from a client that exists."""
    base: Pairs = [("grant_type", "client_credentials"), ("token", world.machine_token), ("scope", "records.read")]
    machine = world.parties["machine"]
    proof = basic(machine.client_id, machine.secret or "")

    @examples
    @given(pairs=strategies.pairs(base, NAMES), proven=st.booleans())
    def check(pairs: Pairs, proven: bool) -> None:
        draft = Draft(path, "POST", path, form=pairs, headers=[("Authorization", proof)] if proven else [])
        assert caller.send(draft).status in {200, 400, 401, 413, 429}

    check()


def test_any_authorization_header(world: World, caller: Caller) -> None:
    """Nothing in it opens anything but the right secret and the right token."""
    machine = world.parties["machine"]
    proof = basic(machine.client_id, machine.secret or "")

    @examples
    @given(
        value=st.one_of(strategies.header_values, strategies.mutated(proof)),
        path=st.sampled_from(("/oauth/token", "/oauth/introspect", "/oauth/userinfo")),
    )
    def check(value: Value, path: str) -> None:
        raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
        draft = Draft(
            path,
            "POST",
            path,
            form=[("grant_type", "client_credentials"), ("token", "x")],
            headers=[("Authorization", value)],
        )
        answer = caller.send(draft)
        assert answer.status in {400, 401, 413, 429, 431} or raw.split() == proof.encode().split()

    check()


def _asked_about(world: World, caller: Caller, token: str, *, forged: str = "") -> dict[str, Any]:
    machine = world.parties["machine"]
    proof: Pairs = [("Authorization", basic(machine.client_id, machine.secret or ""))]
    form: Pairs = [("token", token)]
    answer = caller.send(Draft(INTROSPECT, "POST", INTROSPECT, form=form, headers=proof, forged=forged))
    assert answer.status in {200, 400}
    return dict(answer.json())


def test_tokens_that_nobody_issued(world: World, caller: Caller) -> None:
    """AC-044, AC-046, AC-048, AC-054: no invented or changed token is active, releases anything or names a person."""
    world.renew()
    values = world.actors[0].values
    assert _asked_about(world, caller, world.machine_token)["active"] is True
    tokens = st.one_of(
        strategies.foreign_tokens(),
        strategies.forged(world.machine_token, values["access"]),
        strategies.forged(values["access"], values["id_token"]),
        strategies.forged(values["id_token"], values["access"]),
    )

    @examples
    @given(token=tokens)
    def check(token: str) -> None:
        assert _asked_about(world, caller, token, forged="token").get("active", False) is False
        shown = Draft("/oauth/userinfo", "POST", "/oauth/userinfo", form=[("access_token", token)], forged="token")
        assert caller.send(shown).status in {400, 401}
        hinted = caller.send(_authorize(_asked(world, id_token_hint=token, prompt="none"), by_form=True))
        assert _sent_back(hinted).get("error") == ["invalid_request"] or not token or hinted.status == 400
        left = Draft("/oauth/logout", "POST", "/oauth/logout", form=[("id_token_hint", token)], forged="hint")
        assert caller.send(left).status in {200, 400}

    check()


def test_any_cookies(world: World, caller: Caller) -> None:
    """The account opens with a whole session secret in the right cookie, and with nothing else."""
    values = world.actors[1].values
    whole = values["session"]
    opened = Draft("/account", "GET", "/account", headers=[("Cookie", f"wangov_session={whole}")])
    assert caller.send(opened).status == 200
    known = (whole[:-1], f"{whole}A", whole.lower(), f"wn_{'A' * 43}", values["browser"], values["device"], "")

    @examples
    @given(
        header=strategies.cookies(COOKIES, known),
        path=st.sampled_from(("/account", "/account", "/signin", "/oauth/authorize")),
    )
    def check(header: bytes, path: str) -> None:
        draft = Draft(path, "GET", path, headers=[("Cookie", header)], forged="session")
        assert caller.send(draft).status in {200, 303, 400, 431}

    check()


def test_any_headers(world: World, caller: Caller) -> None:
    """Names and values that nobody foresaw, on a page and on a document."""
    assert world.etag
    names = st.sampled_from((
        "Host", "Accept-Language", "Content-Type", "Origin", "Forwarded", "X-Forwarded-For", "If-None-Match", "Range",
        "User-Agent", "Referer", "X-Odd", "Expect",
    ))  # fmt: skip

    @examples
    @given(
        headers=st.lists(st.tuples(names, strategies.header_values), max_size=5),
        path=st.sampled_from(("/help", "/oauth/jwks", "/oauth/userinfo", "/signin/x", "/static/wangov.css")),
    )
    def check(headers: list[tuple[Value, Value]], path: str) -> None:
        given = [pair for pair in headers if pair[0] != "Expect"]
        assert caller.send(Draft(path, "GET", path, headers=given)).status in {
            200,
            206,
            304,
            400,
            401,
            404,
            416,
            421,
            431,
        }

    check()


@pytest.mark.parametrize("slot", ["signing", "consenting"])
def test_any_fields_in_a_form_of_a_person(world: World, caller: Caller, slot: str) -> None:
    """Sign-in and consent with fields that nobody foresaw: a page, or the step where the person stands."""
    values = world.actors[2].values
    path = f"/signin/{values[slot]}/password" if slot == "signing" else f"/consent/{values[slot]}"
    base: Pairs = [
        ("csrf_token", values["csrf"]),
        ("identifier", ""),
        ("password", "x"),
        ("field", "name"),
        ("decision", ""),
    ]
    cookies: Pairs = [(f"wangov_{name}", values[name]) for name in ("browser", "session", "device")]
    form = caller.send(Draft(path, "POST", path, form=base, cookies=cookies)).body
    assert (b'name="identifier"' if slot == "signing" else b'name="decision"') in form

    @examples
    @given(pairs=strategies.pairs(base, NAMES))
    def check(pairs: Pairs) -> None:
        draft = Draft(path, "POST", path, form=pairs, cookies=cookies)
        assert caller.send(draft).status in {200, 303, 400, 409, 413, 429}

    check()
