import json
from collections.abc import Callable, Sequence
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

import pytest
from authlib.oauth2.rfc6749.errors import InvalidGrantError
from structlog.testing import capture_logs

from idp.audit.trail import APPEND
from idp.authorization.plan import Plan
from idp.database import Operation
from idp.database.batch import Errand
from idp.errors import OutcomeUnknownError, StoreUnavailableError
from idp.protocol.dispatch import LATER, ProtocolFront
from idp.protocol.message import Answer, Endpoint, MachineRequest, json_answer
from idp.protocol.token import present
from idp.telemetry import REQUESTS, claimed_client, refused, request_id
from tests.unit.protocol import wire
from tests.unit.protocol.wire import REQUEST_ID, Answering, Full, Seen, call_later, environ, form_environ, front

Call = Callable[[WSGIApplication, WSGIEnvironment], Seen]
POST = frozenset({"POST"})
ORIGIN = "https://permits.example"


@pytest.fixture(params=[wire.call, call_later], ids=["at once", "later"])
def call(request: pytest.FixtureRequest) -> Call:
    """A server that takes the answer when the application returns, and one that takes it from any thread."""
    way: Call = request.param
    return way


def operation(text: str = "x") -> Operation:
    """Something to commit."""
    return Operation(APPEND, {"text": text})


def endpoint(
    prepare: Callable[[MachineRequest], Plan | Answer], *, cors: bool = False, methods: frozenset[str] = POST
) -> Endpoint:
    """An endpoint that answers so."""
    return Endpoint("test", methods, prepare, present, cors=cors, max_body=1000)


def echo(request: MachineRequest) -> Answer:
    """What the endpoint was shown."""
    return json_answer(
        {
            "method": request.method,
            "form": dict(request.form),
            "authorization": request.authorization,
            "origin": request.origin,
            "if_none_match": request.if_none_match,
            "address": request.client_address,
            "request_id": request_id.get(),
        }
    )


def test_other_paths_are_the_pages(call: Call) -> None:
    """Only listed paths are machine endpoints; what looks similar is not one."""
    application = front(endpoint(echo))
    for path in ("/", "/oauth", "/oauth/x/", "/oauth/X", "/oauth/authorize", ""):
        seen = call(application, environ("GET", path))
        assert seen.body == b"a page"
        assert seen.header("X-Request-Id") is None


def test_an_endpoint_sees_values(call: Call) -> None:
    """Method, form, headers and the caller's address; the request's name is set for logs and audit."""
    headers = {"HTTP_AUTHORIZATION": "Basic x", "HTTP_ORIGIN": ORIGIN, "HTTP_IF_NONE_MATCH": '"e"'}
    seen = call(front(endpoint(echo)), form_environ({"a": "b"}, **headers))
    assert seen.json() == {
        "method": "POST",
        "form": {"a": "b"},
        "authorization": "Basic x",
        "origin": ORIGIN,
        "if_none_match": '"e"',
        "address": "192.0.2.1",
        "request_id": REQUEST_ID,
    }


def test_every_answer_is_named_and_guarded(call: Call) -> None:
    """Length, request id and security headers are on good answers and on refusals alike."""
    for variables in (form_environ({}), environ("GET"), environ(body=b"a=b", CONTENT_TYPE="x/y")):
        seen = call(front(endpoint(echo)), variables)
        assert seen.header("Content-Length") == str(len(seen.body))
        assert seen.header("X-Request-Id") == REQUEST_ID
        assert seen.header("X-Content-Type-Options") == "nosniff"
        assert seen.header("Strict-Transport-Security") == "max-age=1"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "x" * 100, ""])
def test_rfc_9110_15_5_6_a_wrong_method(call: Call, method: str) -> None:
    """RFC 6749 3.2, RFC 9110 15.5.6: 405 with what is allowed; the endpoint is not asked."""
    seen = call(front(endpoint(lambda _request: pytest.fail("asked"))), environ(method))
    assert seen.status == "405 Method Not Allowed"
    assert seen.header("Allow") == "POST"


def test_rfc_9110_9_3_2_head_has_no_body(call: Call) -> None:
    """RFC 9110 9.3.2: the headers of GET, its length included, and not a byte of content."""
    application = front(endpoint(echo, methods=frozenset({"GET", "HEAD"})))
    seen = call(application, environ("HEAD"))
    assert seen.body == b""
    assert seen.header("Content-Length") not in {None, "0"}


def test_a_plan_is_committed_then_finished(call: Call) -> None:
    """The answer is made of the committed rows and of what was done meanwhile, after the commit."""
    order: list[str] = []

    def sign() -> str:
        order.append("ahead")
        return "signed"

    def prepare(_request: MachineRequest) -> Plan:
        return Plan(
            (operation("one"), operation("two")),
            lambda rows, early: {"rows": [list(row or ()) for row in rows], "early": early, "order": order},
            ahead=sign,
        )

    committer = Answering(rows=[(1,), None])
    seen = call(front(endpoint(prepare), committer), form_environ({}))
    assert seen.json() == {"rows": [[1], []], "early": "signed", "order": ["ahead"]}
    assert [json.loads(sent.text)["text"] for sent in committer.committed] == ["one", "two"]


def test_an_error_is_presented(call: Call) -> None:
    """A plan that ends in a registered error is answered as such."""
    plan = Plan((operation(),), lambda _rows, _early: InvalidGrantError("no"))
    seen = call(front(endpoint(lambda _request: plan)), form_environ({}))
    assert (seen.status, seen.json()["error"]) == ("400 Bad Request", "invalid_grant")


@pytest.mark.parametrize(
    "committer",
    [
        Answering(error=StoreUnavailableError("secret detail")),
        Answering(error=OutcomeUnknownError("secret detail")),
        Full(error=StoreUnavailableError("secret detail")),
    ],
)
@pytest.mark.parametrize("sign", [None, lambda: "signed"])
def test_ac_116_no_commit_no_answer(call: Call, committer: Answering, sign: Callable[[], str] | None) -> None:
    """AC-116: what could not be audited was not done: 503 with Retry-After, and no token in it."""
    plan = Plan((operation(),), lambda _rows, _early: {"access_token": "x"}, ahead=sign)
    seen = call(front(endpoint(lambda _request: plan), committer), form_environ({}))
    assert seen.status == "503 Service Unavailable"
    assert seen.header("Retry-After") == "1"
    assert b"secret" not in seen.body
    assert b"access_token" not in seen.body


def test_a_store_that_is_away_while_preparing(call: Call) -> None:
    """The registry may have to load a client: the same 503."""

    def prepare(_request: MachineRequest) -> Plan:
        raise StoreUnavailableError("away")

    assert call(front(endpoint(prepare)), form_environ({})).status.startswith("503")


def test_ac_119_a_bug_says_nothing(call: Call) -> None:
    """AC-119: a bland 500 with the request's name; no text of the exception, no trace."""

    def fail(*_given: object) -> Plan:
        raise ValueError("inner secret")

    plans: list[Callable[[MachineRequest], Plan]] = [
        fail,
        lambda _request: Plan((operation(),), fail),  # type: ignore[arg-type]  # it never returns
        lambda _request: Plan((operation(),), lambda _rows, _early: {}, ahead=fail),
    ]
    for prepare in plans:
        seen = call(front(endpoint(prepare)), form_environ({}))
        assert seen.status.startswith("500")
        assert seen.json() == {"error": "server_error", "request_id": REQUEST_ID}


def test_work_ahead_that_fails_does_not_leave_before_the_commit(call: Call) -> None:
    """The rows are collected even when signing failed: no place stays taken, and a lost store is what is told."""

    def fail() -> str:
        raise ValueError("no key")

    plan = Plan((operation(),), lambda _rows, _early: {}, ahead=fail)
    committer = Answering(error=StoreUnavailableError("away"))
    assert call(front(endpoint(lambda _request: plan), committer), form_environ({})).status.startswith("503")


def test_a_body_beyond_the_endpoints_limit(call: Call) -> None:
    """Each endpoint has its own limit."""
    application = front(endpoint(echo))
    assert call(application, form_environ({"a": "x" * 998})).status == "200 OK"
    assert call(application, form_environ({"a": "x" * 999})).status == "413 Content Too Large"


def test_an_authorization_header_beyond_measure(call: Call) -> None:
    """No credential or token is longer than 16 kB."""
    application = front(endpoint(echo))
    assert call(application, form_environ({}, HTTP_AUTHORIZATION="x" * 16_400)).status == "200 OK"
    assert call(application, form_environ({}, HTTP_AUTHORIZATION="x" * 16_401)).status == "413 Content Too Large"


def test_a_get_has_no_form(call: Call) -> None:
    """Only POST carries parameters; those of an address are never taken for them."""
    application = front(endpoint(echo, methods=frozenset({"GET"})))
    seen = call(application, environ("GET", body=b"a=b", QUERY_STRING="access_token=x"))
    assert seen.json()["form"] == {}


def test_answers_are_counted(call: Call) -> None:
    """By endpoint and status."""
    counter = REQUESTS.labels("test", "405")
    before = counter._value.get()
    call(front(endpoint(echo)), environ("GET"))
    assert counter._value.get() == before + 1


# ---------------------------------------------------------------------------------------------------------- CORS


def cors_front(known: Callable[[str], bool] | None = None) -> ProtocolFront:
    """An endpoint that browsers may call."""
    return front(endpoint(echo, cors=True), origin_known=known)


def test_ac_094_a_registered_origin(call: Call) -> None:
    """AC-094, RFC 9700 2.6: named exactly, never with credentials, and caches are told that it depends."""
    seen = call(cors_front(), form_environ({}, HTTP_ORIGIN=ORIGIN))
    assert seen.header("Access-Control-Allow-Origin") == ORIGIN
    assert seen.header("Access-Control-Allow-Credentials") is None
    assert seen.header("Vary") == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "x" * 10_000, f"{ORIGIN}.evil.example", None])
def test_ac_094_another_origin(call: Call, origin: str | None) -> None:
    """AC-094: no reflection; the answer itself is the same, and still varies."""
    seen = call(cors_front(), form_environ({}, HTTP_ORIGIN=origin))
    assert seen.status == "200 OK"
    assert seen.header("Access-Control-Allow-Origin") is None
    assert seen.header("Vary") == "Origin"


def test_an_endpoint_that_is_not_for_browsers(call: Call) -> None:
    """Introspection and revocation have no CORS at all, not even a preflight."""
    seen = call(front(endpoint(echo)), form_environ({}, HTTP_ORIGIN=ORIGIN))
    assert seen.header("Access-Control-Allow-Origin") is None
    assert call(front(endpoint(echo)), environ("OPTIONS", HTTP_ORIGIN=ORIGIN)).status.startswith("405")


def test_a_preflight(call: Call) -> None:
    """Fetch standard: 204 with methods and headers for a registered origin, bare for any other."""
    seen = call(cors_front(), environ("OPTIONS", HTTP_ORIGIN=ORIGIN))
    assert (seen.status, seen.body) == ("204 No Content", b"")
    assert seen.header("Access-Control-Allow-Methods") == "GET, POST"
    assert seen.header("Access-Control-Allow-Headers") == "authorization, content-type"
    assert seen.header("Content-Length") is None
    other = call(cors_front(), environ("OPTIONS", HTTP_ORIGIN="https://evil.example"))
    assert other.status == "204 No Content"
    assert other.header("Access-Control-Allow-Methods") is None


def test_errors_can_be_read_by_a_registered_origin(call: Call) -> None:
    """A browser client sees why it was refused."""
    seen = call(cors_front(), environ(body=b"x", CONTENT_TYPE="x/y", HTTP_ORIGIN=ORIGIN))
    assert seen.status.startswith("400")
    assert seen.header("Access-Control-Allow-Origin") == ORIGIN


def test_origins_cannot_be_looked_up(call: Call) -> None:
    """With the store away the answer goes out without CORS rather than not at all."""

    def away(_origin: str) -> bool:
        raise StoreUnavailableError("away")

    seen = call(cors_front(away), form_environ({}, HTTP_ORIGIN=ORIGIN))
    assert seen.status == "200 OK"
    assert seen.header("Access-Control-Allow-Origin") is None


def test_a_refusal_is_logged_with_its_reason(call: Call) -> None:
    """One line for whoever must find out why: endpoint, status, reason, claimed client; nothing of what was sent."""

    def finish(_rows: object, _early: object) -> InvalidGrantError:
        refused("grant.verifier")
        return InvalidGrantError("no")

    def prepare(_request: MachineRequest) -> Plan:
        claimed_client.set("permits")
        return Plan((operation(),), finish)

    with capture_logs() as lines:
        call(front(endpoint(prepare)), form_environ({"code": "wc_secret"}))
        call(front(endpoint(echo)), form_environ({}))
    (line,) = lines
    assert line == {
        "event": "refused",
        "log_level": "info",
        "endpoint": "test",
        "status": "400",
        "reason": "grant.verifier",
        "client": "permits",
    }


class Keeping(Answering):
    """Keeps what is handed over, for the test to tell."""

    def hand_over(
        self, operations: Sequence[Operation], meanwhile: Callable[[], Any], done: Callable[[Errand], None]
    ) -> None:
        """Do the work, and keep the errand."""
        self.kept = Errand(operations, done, 0.0)
        self.kept.settle([None for _ in operations])
        self.kept.work(meanwhile)


def test_an_answer_made_in_another_requests_thread_leaves_that_request_its_name() -> None:
    """AC-116: audit rows and logs of the request whose thread is borrowed carry its own request id afterwards."""
    seen: list[str] = []
    committer = Keeping()

    def finish(_rows: object, _early: object) -> dict[str, Any]:
        seen.append(request_id.get())
        return {}

    told: list[str] = []
    answering = front(endpoint(lambda _request: Plan((operation(),), finish)), committer)
    later = {LATER: lambda: lambda status, _headers, _body: told.append(status)}
    answering({**form_environ({}), **later}, lambda *_: lambda data: data)
    token = request_id.set("another")
    try:
        committer.kept.ring()
        assert request_id.get() == "another"
    finally:
        request_id.reset(token)
    assert (seen, told) == ([REQUEST_ID], ["200 OK"])
