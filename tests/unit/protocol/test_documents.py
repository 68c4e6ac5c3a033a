import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from idp.authorization.plan import Plan
from idp.protocol.documents import discovery_endpoint, jwks_endpoint
from idp.protocol.message import Answer, Endpoint, MachineRequest


def asked(endpoint: Endpoint, if_none_match: str | None = None) -> Answer:
    """The endpoint's answer."""
    answer = endpoint.prepare(MachineRequest("GET", {}, None, None, if_none_match, "192.0.2.1"))
    assert not isinstance(answer, Plan)
    return answer


def etag_of(answer: Answer) -> str:
    """The answer's validator."""
    return dict(answer.headers)["ETag"]


def test_a_document_is_made_once() -> None:
    """Discovery is prebuilt bytes: built at the first request and again only when its version moves."""
    built = itertools.count(1)
    version: list[object] = [("RS256",)]
    endpoint = discovery_endpoint("discovery", lambda: {"number": next(built)}, lambda: version[0])
    first = asked(endpoint)
    assert json.loads(first.body) == {"number": 1}
    assert all(asked(endpoint).body is first.body for _ in range(5))
    version[0] = ("RS256", "ES256")
    second = asked(endpoint)
    assert json.loads(second.body) == {"number": 2}
    assert etag_of(second) != etag_of(first)


def test_a_document_may_be_kept_for_a_while() -> None:
    """Public, and for less time than a key is published ahead of its use."""
    answer = asked(discovery_endpoint("discovery", lambda: {"a": 1}, lambda: 1))
    headers = dict(answer.headers)
    assert headers["Cache-Control"] == "public, max-age=900"
    assert headers["Content-Type"] == "application/json"
    assert headers["ETag"].startswith('"')
    assert answer.status == "200 OK"


def test_the_jwks_follows_the_ring() -> None:
    """RFC 7517 8.5: its own media type; when the keys change, so do the bytes, at once."""
    held = [(b'{"keys":[]}', '"one"')]
    endpoint = jwks_endpoint(lambda: held[0])
    assert dict(asked(endpoint).headers)["Content-Type"] == "application/jwk-set+json"
    assert asked(endpoint).body == b'{"keys":[]}'
    held[0] = (b'{"keys":[{}]}', '"two"')
    assert asked(endpoint).body == b'{"keys":[{}]}'
    assert asked(endpoint, '"one"').status == "200 OK"
    assert asked(endpoint, '"two"').status == "304 Not Modified"


@pytest.mark.parametrize("tags", ["{}", "W/{}", '"x", {}', '{} , W/"y"', "*", " * "])
def test_whoever_has_it_gets_nothing(tags: str) -> None:
    """RFC 9110 13.1.2, 15.4.5: 304 without a body, with the validator and the cache rule of the whole answer."""
    endpoint = discovery_endpoint("discovery", lambda: {"a": 1}, lambda: 1)
    tag = etag_of(asked(endpoint))
    answer = asked(endpoint, tags.format(tag))
    assert (answer.status, answer.body) == ("304 Not Modified", b"")
    assert dict(answer.headers).items() >= {"ETag": tag, "Cache-Control": "public, max-age=900"}.items()


@pytest.mark.parametrize("tags", ["", '"other"', 'W/"other"', "x" * 10_000, ",,,"])
def test_whoever_has_another_gets_it_whole(tags: str) -> None:
    """RFC 9110 13.1.2: no match, no 304."""
    assert asked(discovery_endpoint("discovery", lambda: {"a": 1}, lambda: 1), tags).status == "200 OK"


def test_documents_are_read_only_and_for_browsers() -> None:
    """GET and HEAD, from other origins too (CORS is the front's)."""
    describe: Callable[[], dict[str, Any]] = dict
    for endpoint in (discovery_endpoint("discovery", describe, lambda: 1), jwks_endpoint(lambda: (b"", ""))):
        assert endpoint.methods == {"GET", "HEAD"}
        assert endpoint.cors


def test_documents_have_no_plan() -> None:
    """A plan that came out of a document would be a bug, and says so."""
    with pytest.raises(AssertionError):
        jwks_endpoint(lambda: (b"", "")).present({})
