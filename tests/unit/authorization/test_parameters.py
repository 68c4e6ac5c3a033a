import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authorization.request import (
    MAX_PARAMETERS,
    MAX_TOTAL_BYTES,
    AuthorizationRequest,
    Parameters,
    Stop,
    parked_parameters,
)
from tests.unit.authorization.parties import accepted, asked, checker, parameters


def refused(pairs: list[tuple[str, str]]) -> str:
    """Why the parameters are not even looked at."""
    outcome = Parameters.of(pairs)
    assert isinstance(outcome, Stop)
    assert not outcome.redirect_mismatch
    return outcome.reason


def test_as_many_parameters_as_there_may_be() -> None:
    """Sixty-four pass, one more does not."""
    pairs = [(f"p{number}", "x") for number in range(MAX_PARAMETERS)]
    assert isinstance(Parameters.of(pairs), Parameters)
    assert refused([*pairs, ("one", "more")]) == "request_too_long"


def test_repeated_resources_count_too() -> None:
    """The one parameter that may repeat cannot repeat for ever."""
    assert refused([("resource", "https://api.example")] * (MAX_PARAMETERS + 1)) == "request_too_long"


@pytest.mark.parametrize("name", ["state", "x" * 100])
def test_as_long_as_a_request_may_be(name: str) -> None:
    """AC-018: names and values together, counted before anything reads them."""
    assert isinstance(Parameters.of([(name, "v" * (MAX_TOTAL_BYTES - len(name)))]), Parameters)
    assert refused([(name, "v" * (MAX_TOTAL_BYTES - len(name) + 1))]) == "request_too_long"
    assert refused([("n" * (MAX_TOTAL_BYTES + 1), "")]) == "request_too_long"
    assert refused([("state", "v" * 1_000_000)]) == "request_too_long"


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "unknown", ""])
@pytest.mark.parametrize("second", ["one", "another", ""])
def test_a_repeated_parameter(name: str, second: str) -> None:
    """RFC 6749 3.1, AC-009: no parameter twice, known or not, equal or not, in query, body or both."""
    assert isinstance(Parameters.of([(name, "one")]), Parameters)
    assert refused([(name, "one"), ("other", "x"), (name, second)]) == "request_invalid"


def test_resource_may_repeat() -> None:
    """RFC 8707 2: several resources are several parameters."""
    taken = parameters([("resource", "https://a.example"), ("resource", ""), ("resource", "https://b.example")])
    assert taken.all("resource") == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize("text", ["a\0b", "\0", "\ud800", "x\udfff"])
def test_what_is_no_text(text: str) -> None:
    """Characters that no store and no log can hold are refused in names as in values."""
    assert refused([("state", text)]) == "request_invalid"
    assert refused([(text, "x")]) == "request_invalid"


def test_an_empty_parameter_is_absent() -> None:
    """RFC 6749 3.1: a parameter without a value counts as omitted."""
    taken = parameters([("state", ""), ("scope", "")])
    assert taken.get("state") is None
    assert taken.words("scope") == []
    assert taken.get("never") is None
    assert taken.all("state") == []


def test_words_stand_once_in_their_order() -> None:
    """A list of words keeps the first mention of each."""
    assert parameters([("scope", "openid email  openid profile")]).words("scope") == ["openid", "email", "profile"]


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=50)), max_size=70))
def test_any_pairs_are_taken_or_refused(pairs: list[tuple[str, str]]) -> None:
    """Nothing raises, and what is taken is what was sent."""
    outcome = Parameters.of(pairs)
    if isinstance(outcome, Parameters):
        assert list(outcome.pairs) == pairs
        json.dumps(pairs, ensure_ascii=False).encode()


@given(st.binary(max_size=200))
def test_any_query_string_is_taken_or_refused(query: bytes) -> None:
    """The same for what a browser can put into an address."""
    outcome = Parameters.of(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    assert isinstance(outcome, Parameters | Stop)


def test_a_parked_request_is_the_same_request() -> None:
    """What is parked as JSON and checked again gives the request that was parked."""
    request = accepted(claims='{"userinfo":{"email":null}}', max_age="60", prompt="login consent", login_hint="Ä")
    parked = json.loads(json.dumps(request.to_dict()))
    again = checker().check(parked_parameters(parked["raw"]))
    assert isinstance(again, AuthorizationRequest)
    assert again == request


def test_what_pages_see_of_a_parked_request() -> None:
    """The members that the sign-in and consent pages read."""
    request = accepted(prompt="login", max_age="60", login_hint="testa", ui_locales="fr en", claims="{}")
    parked = request.to_dict()
    raw = parked.pop("raw")
    assert parked == {
        "client_id": "permits",
        "redirect_uri": "https://permits.example/callback",
        "scope": ["openid", "profile"],
        "prompt": ["login"],
        "max_age": 60,
        "login_hint": "testa",
        "ui_locales": ["fr", "en"],
        "claims": "{}",
    }
    expected = asked(prompt="login", max_age="60", login_hint="testa", ui_locales="fr en", claims="{}")
    assert raw == [list(pair) for pair in expected]
