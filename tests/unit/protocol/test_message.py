import io
import json
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, OAuth2Error
from hypothesis import given
from hypothesis import strategies as st

from idp.authorization.errors import AuthenticationFailedError, InsufficientScopeError, InvalidTokenError, WaitError
from idp.errors import Code, Refusal
from idp.protocol.message import (
    MAX_BODY_BYTES,
    MAX_FIELDS,
    Answer,
    json_answer,
    oauth_error,
    read_form,
    unavailable,
)
from tests.unit.protocol.wire import environ, form_environ

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


names = st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=10)
values = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


class Watched(io.BytesIO):
    """A body that remembers how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read and count."""
        data = super().read(size)
        self.taken += len(data)
        return data


def form_of(variables: dict[str, Any], limit: int = MAX_BODY_BYTES) -> dict[str, str]:
    """The form, which must be a good one."""
    form = read_form(variables, limit)
    assert isinstance(form, dict), form
    return form


def refused(variables: dict[str, Any], limit: int = MAX_BODY_BYTES) -> int:
    """The status with which the body is refused; the answer is an OAuth error that repeats nothing of it."""
    answer = read_form(variables, limit)
    assert isinstance(answer, Answer), answer
    document = json.loads(answer.body)
    assert document["error"] == "invalid_request"
    assert dict(answer.headers).items() >= {"Content-Type": "application/json", **NO_STORE}.items()
    return int(answer.status[:3])


# ---------------------------------------------------------------------------------------------------- good forms


def test_a_form_is_read() -> None:
    """Percent signs, plus signs and other scripts come out as they went in."""
    form = {"grant_type": "authorization_code", "name": "Sékou +&= %", "scope": "openid profile"}
    assert form_of(form_environ(form)) == form


def test_rfc_6749_3_2_an_empty_parameter_is_absent() -> None:
    """RFC 6749 3.2: a parameter without a value counts as omitted; twice is twice all the same."""
    assert form_of(environ(body=b"a=b&code_verifier=&state")) == {"a": "b"}
    assert refused(environ(body=b"a=b&a=")) == 400


@given(st.dictionaries(names, values, max_size=20))
def test_every_form_comes_back(form: dict[str, str]) -> None:
    """What a client encodes is what the endpoint reads, but for parameters that say nothing."""
    assert form_of(form_environ(form)) == {name: value for name, value in form.items() if value}


def test_no_body_is_an_empty_form() -> None:
    """Whatever the type says, nothing is nothing."""
    assert form_of(environ()) == {}
    assert form_of(environ(CONTENT_LENGTH=None)) == {}
    assert form_of(environ(CONTENT_LENGTH="", CONTENT_TYPE=None)) == {}
    assert form_of(environ(CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")) == {}


@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "Application/X-WWW-Form-Urlencoded",
        " application/x-www-form-urlencoded ;x",
    ],
)
def test_the_type_of_a_form(media_type: str) -> None:
    """RFC 9110 8.3.1: case and parameters of the media type do not matter."""
    assert form_of(environ(body=b"a=b", CONTENT_TYPE=media_type)) == {"a": "b"}


def test_a_chunked_body() -> None:
    """RFC 9112 6.1: a body without a length is read up to the limit."""
    assert form_of(environ(body=b"a=b", CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")) == {"a": "b"}


# ----------------------------------------------------------------------------------------------------- bad forms


@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", "", None])
def test_rfc_6749_3_2_only_forms(media_type: str | None) -> None:
    """RFC 6749 3.2: parameters travel as a form and as nothing else."""
    assert refused(environ(body=b"a=b", CONTENT_TYPE=media_type)) == 400


@pytest.mark.parametrize("body", [b"a=1&a=2", b"a=1&a=1", b"a&a", b"a=1&b=2&%61=3"])
def test_rfc_6749_3_2_no_parameter_twice(body: bytes) -> None:
    """RFC 6749 3.2: repeated parameters are refused, however they are spelled and whatever they say."""
    assert refused(environ(body=body)) == 400


@pytest.mark.parametrize("body", [b"a=%00", b"a=x%00y"])
def test_a_nul_is_no_text(body: bytes) -> None:
    """No store takes it, so no endpoint does."""
    assert refused(environ(body=body)) == 400


@pytest.mark.parametrize("body", [b"a=%ff", b"a=%ed%a0%80", b"a=%c0%af", b"a=\xc3\xa4", b"\xff\xfe", b"%ff=a"])
def test_what_is_not_utf_8(body: bytes) -> None:
    """RFC 6749 appendix B: UTF-8 behind the percent signs, and ASCII in front of them; no lone surrogates."""
    assert refused(environ(body=body)) == 400


def test_as_many_fields_as_there_may_be() -> None:
    """Sixty-four pass, one more does not."""
    body = "&".join(f"p{number}=x" for number in range(MAX_FIELDS)).encode()
    assert len(form_of(environ(body=body))) == MAX_FIELDS
    assert refused(environ(body=body + b"&one=more")) == 400


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    """AC-049: the length is looked at before a byte is taken."""
    body = Watched(b"a=" + b"x" * 1000)
    variables = {**environ(CONTENT_LENGTH="1002"), "wsgi.input": body}
    assert refused(variables, limit=1001) == 413
    assert body.taken == 0
    assert form_of(variables, limit=1002) == {"a": "x" * 1000}


def test_a_body_that_turns_out_too_large() -> None:
    """Without a length no more is read than one byte above the limit."""
    body = Watched(b"a=" + b"x" * 5000)
    variables = {**environ(CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked"), "wsgi.input": body}
    assert refused(variables, limit=1000) == 413
    assert body.taken == 1001


def test_no_more_is_read_than_was_announced() -> None:
    """What follows the announced length belongs to the next request."""
    assert form_of(environ(body=b"a=b&c=d", CONTENT_LENGTH="3")) == {"a": "b"}


@pytest.mark.parametrize("length", ["-1", "x", "1.5", "²", "٣", "0x10", "+3", " 3", "1_0"])
def test_a_length_that_is_no_number(length: str) -> None:
    """RFC 9110 8.6: digits and nothing else, and never an error of ours."""
    assert refused(environ(body=b"a=b", CONTENT_LENGTH=length)) == 400


@pytest.mark.parametrize("length", ["9" * 20, "9" * 5000])
def test_a_length_beyond_measure(length: str) -> None:
    """A number that nobody can mean is too large, not an error of ours."""
    assert refused(environ(body=b"a=b", CONTENT_LENGTH=length)) == 413


@pytest.mark.parametrize(
    "name",
    ["client_secret", "client_assertion", "code", "refresh_token", "token", "access_token", "code_verifier"],
)
@pytest.mark.parametrize("query", ["{}=x", "a=b&{}=x", "{}", "{}=", "a;{0}=b&{0}=x"])
def test_rfc_6749_2_3_1_no_credentials_in_the_query(name: str, query: str) -> None:
    """RFC 6749 2.3.1, AC-033: they would stand in every log on the way; refused even when the body is good."""
    assert refused(environ(body=b"a=b", QUERY_STRING=query.format(name))) == 400
    assert refused(environ(body=b"a=b", QUERY_STRING=query.format(quote_plus(name).replace("_", "%5F")))) == 400


def test_other_parameters_in_the_query_do_no_harm() -> None:
    """They are ignored: only the body counts."""
    assert form_of(environ(body=b"a=b", QUERY_STRING="a=c&lang=fr")) == {"a": "b"}


@given(st.binary(max_size=300), st.sampled_from(["", "a=b", "%ff", "client_secret=x"]))
def test_any_body_is_read_or_refused(body: bytes, query: str) -> None:
    """No bytes whatever raise; what is read can be stored."""
    form = read_form(environ(body=body, QUERY_STRING=query), MAX_BODY_BYTES)
    if isinstance(form, dict):
        assert not any("\0" in value for value in form.values())
        urlencode(form).encode("ascii")
        json.dumps(form, ensure_ascii=False).encode()


# ------------------------------------------------------------------------------------------------------- answers


def test_an_answer_is_not_stored() -> None:
    """RFC 6749 5.1: token responses carry no-store; a document says otherwise by itself."""
    answer = json_answer({"a": 1})
    assert (answer.status, answer.body) == ("200 OK", b'{"a":1}')
    assert dict(answer.headers) == {"Content-Type": "application/json", **NO_STORE}


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (InvalidGrantError("x"), 400, "invalid_grant"),
        (InvalidRequestError("x"), 400, "invalid_request"),
        (InvalidTokenError("x"), 401, "invalid_token"),
        (InsufficientScopeError("x"), 403, "insufficient_scope"),
        (WaitError(7), 429, "temporarily_unavailable"),
        (AuthenticationFailedError(Refusal(Code.CLIENT_UNKNOWN, "inner detail"), "permits"), 401, "invalid_client"),
    ],
)
def test_rfc_6749_5_2_errors(error: OAuth2Error, status: int, name: str) -> None:
    """RFC 6749 5.2: the registered code and a plain text, never what the log knows."""
    answer = oauth_error(error)
    assert answer.status.startswith(f"{status} ")
    document = json.loads(answer.body)
    assert document["error"] == name
    assert set(document) == {"error", "error_description"}
    assert b"inner detail" not in answer.body
    assert dict(answer.headers).items() >= NO_STORE.items()
    assert ("WWW-Authenticate" in dict(answer.headers)) == (status == 401)
    assert dict(answer.headers).get("Retry-After") == ("7" if status == 429 else None)


def test_rfc_6749_5_2_a_401_names_its_scheme() -> None:
    """RFC 6749 5.2: the challenge matches the scheme that is expected."""
    failure = AuthenticationFailedError(Refusal(Code.CLIENT_UNKNOWN), None)
    assert dict(oauth_error(failure).headers)["WWW-Authenticate"] == 'Basic realm="wangov"'


def test_a_store_that_is_away() -> None:
    """503 with a time to come back, and not kept by any cache."""
    answer = unavailable()
    assert answer.status == "503 Service Unavailable"
    assert dict(answer.headers).items() >= {"Retry-After": "1", **NO_STORE}.items()
