import json
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import Code, Refusal
from idp.subscribers.claims import (
    MAX_BYTES,
    MAX_ENTRIES,
    SCOPE_CLAIMS,
    STANDARD_CLAIMS,
    ClaimsRequest,
    Requested,
    claims_for_scopes,
)


def parsed(document: object) -> ClaimsRequest:
    """The request that the document makes."""
    request = ClaimsRequest.parse(json.dumps(document))
    assert isinstance(request, ClaimsRequest)
    return request


def refused(text: str) -> str:
    """Why the text is refused."""
    request = ClaimsRequest.parse(text)
    assert isinstance(request, Refusal)
    assert request.code is Code.SUBSCRIBER_INVALID
    return request.detail


def test_each_scope_asks_for_its_claims() -> None:
    """OIDC Core 5.4: email asks for two claims, openid and offline_access for none, scopes add up."""
    assert claims_for_scopes(["openid", "offline_access", "tax.read"]) == frozenset()
    assert claims_for_scopes(["email"]) == {"email", "email_verified"}
    assert claims_for_scopes(["openid", "phone", "address"]) == {
        "phone_number",
        "phone_number_verified",
        "address",
    }


def test_profile_scope_is_the_list_of_the_specification() -> None:
    """OIDC Core 5.4 names the fourteen claims of `profile`."""
    text = (
        "name family_name given_name middle_name nickname preferred_username profile picture website gender "
        "birthdate zoneinfo locale updated_at"
    )
    assert claims_for_scopes(["profile"]) == set(text.split())


def test_every_claim_belongs_to_exactly_one_scope() -> None:
    """No recorded claim is out of reach of a scope, and none is reached by two."""
    assert sorted(STANDARD_CLAIMS) == sorted(name for names in SCOPE_CLAIMS.values() for name in names)


def test_an_absent_parameter_asks_for_nothing() -> None:
    """Without `claims` nothing is asked for."""
    assert ClaimsRequest.parse(None) == ClaimsRequest()


def test_reads_the_forms_of_the_specification() -> None:
    """OIDC Core 5.5.1: null, essential, value and values; unknown members of a claim are ignored."""
    request = parsed(
        {
            "userinfo": {"name": {"essential": True, "colour": "blue"}, "nickname": None},
            "id_token": {"acr": {"values": ["nid:2", "nid:1"]}, "sub": {"value": "abc"}, "auth_time": {}},
            "later": [1, 2],
        }
    )
    assert request.userinfo == {"name": Requested(essential=True), "nickname": Requested()}
    assert request.id_token["acr"].values == ("nid:2", "nid:1")
    assert request.id_token["sub"].value == "abc"


def test_only_standard_claims_count_as_personal_data() -> None:
    """Protocol members and unknown names are no fields of a consent."""
    request = parsed(
        {
            "userinfo": {"shoe_size": None, "email": None},
            "id_token": {"acr": {"essential": True}, "name": None},
        }
    )
    assert request.standard() == {"email", "name"}
    assert request.essential() == frozenset()


def test_essential_at_either_place_is_essential() -> None:
    """A claim asked for twice is essential when one of the two says so."""
    request = parsed({"userinfo": {"name": None}, "id_token": {"name": {"essential": True}}})
    assert request.essential() == {"name"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "null",
        "[]",
        '"userinfo"',
        '{"userinfo": null}',
        '{"userinfo": ["name"]}',
        '{"userinfo": {"name": true}}',
        '{"userinfo": {"name": "essential"}}',
        '{"userinfo": {"name": {"essential": "true"}}}',
        '{"userinfo": {"name": {"essential": 1}}}',
        '{"userinfo": {"name": {"values": "a"}}}',
        '{"userinfo": {}, "userinfo": {"name": null}}',
        '{"userinfo": {"name": null, "name": {"essential": true}}}',
        '{"userinfo": {"name": {"value": NaN}}}',
        '{"userinfo": {"name": {"value": ' + "9" * 5000 + "}}}",
        '{"userinfo": {}} {}',
        "\ud800",
    ],
)
def test_malformed_parameters_are_refused(text: str) -> None:
    """Anything but an object of the defined form is refused, duplicate members too."""
    assert refused(text).startswith("claims parameter: ")


def test_size_is_limited_in_bytes() -> None:
    """The limit holds for the bytes that travel, not for characters."""
    padding = MAX_BYTES - len('{"userinfo":{"":null}}')
    assert isinstance(ClaimsRequest.parse('{"userinfo":{"' + "a" * padding + '":null}}'), ClaimsRequest)
    assert "long" in refused('{"userinfo":{"' + "a" * (padding + 1) + '":null}}')
    assert "long" in refused('{"userinfo":{"' + "\u00e9" * padding + '":null}}')


def test_nesting_is_limited_before_parsing() -> None:
    """Depth four is read, depth five refused, brackets inside texts do not count."""
    assert parsed({"userinfo": {"address": {"value": {"country": "SL"}}}}).standard() == {"address"}
    assert "deep" in refused('{"userinfo":{"address":{"value":{"country":[]}}}}')
    assert parsed({"userinfo": {"name": {"value": '[[[[[["\\' + "[" * 20}}}).standard() == {"name"}
    assert "deep" in refused('{"a":"\\\\",' + '"b":[[[[1]]]]}')


def test_number_of_claims_is_limited() -> None:
    """Both places together may name 64 claims."""
    half = {f"c{number}": None for number in range(MAX_ENTRIES // 2)}
    parsed({"userinfo": half, "id_token": half})
    assert "many" in refused(json.dumps({"userinfo": {**half, "one_more": None}, "id_token": half}))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"userinfo": {f"claim_{number}": None for number in range(10_000)}}),
        "[" * 1_000,
        '{"userinfo":' * 600,
        "[" * 10_000_000,
    ],
    ids=["ten thousand entries", "depth 1 000", "open objects", "ten megabytes"],
)
def test_hostile_parameters_cost_nothing(text: str) -> None:
    """AC-017: refused within 100 ms and 10 MB."""
    tracemalloc.start()
    before = time.thread_time()
    refused(text)
    seconds = time.thread_time() - before
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 0.1
    assert peak < 10_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON.map(json.dumps) | st.text())
def test_no_input_breaks_the_reader(text: str) -> None:
    """Whatever arrives is read or refused, never an exception."""
    request = ClaimsRequest.parse(text)
    assert isinstance(request, Refusal) or request.standard() <= set(STANDARD_CLAIMS)
