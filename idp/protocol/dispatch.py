"""The front: machine paths are answered here, everything else is handed to the pages.

Runs one request: bounds and parses it, lets the endpoint prepare, commits the plan with those of other requests while
`ahead` signs, finishes, and counts. A store that does not answer is a 503 with Retry-After, never anything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import copy_context
from typing import Any, TypeVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog

from idp.authorization.plan import Plan
from idp.database import GroupCommitter
from idp.database.batch import Errand
from idp.database.bounded import new_request
from idp.errors import OutcomeUnknownError, StoreUnavailableError
from idp.protocol.message import NO_STORE, Answer, Endpoint, MachineRequest, json_answer, read_form, unavailable
from idp.protocol.wire import plain, refusal_of
from idp.telemetry import AUDIT_FAILURES, claimed_client, count_answer, refusal_reason, request_id

__all__ = ["LATER", "ProtocolFront"]

# Where a server that can be answered from any thread says so: a callable that promises an answer and returns what takes
# it (status, headers, body). What the application returns then means nothing.
LATER = "wangov.later"

MAX_HEADER_CHARS = 16_400
PREFLIGHT_SECONDS = 600
AUTHORIZATION = "/oauth/authorize"
SECURITY_HEADERS = (("X-Content-Type-Options", "nosniff"),)
_log = structlog.get_logger()

_A = TypeVar("_A")
_Ready = Callable[[Answer], tuple[list[tuple[str, str]], bytes]]


class ProtocolFront:
    """A WSGI application that answers `endpoints` (by path) itself and passes the rest to `pages`.

    `origin_known` says whether any client registered an origin; `client_address` reads the caller's address by the
    installation's proxy rule; `new_request_id` names the request in logs and answers. `silent` may answer an
    authorization request that needs no page. `own_host` is the one host name that requests may be for (None: any).
    """

    def __init__(  # noqa: PLR0913 - the composition root names each of them
        self,
        endpoints: Mapping[str, Endpoint],
        pages: WSGIApplication,
        committer: GroupCommitter,
        *,
        origin_known: Callable[[str], bool],
        client_address: Callable[[WSGIEnvironment], str],
        new_request_id: Callable[[], str],
        extra_headers: tuple[tuple[str, str], ...] = (),
        own_host: str | None = None,
        silent: Callable[[WSGIEnvironment], Answer | None] = lambda _environ: None,
    ) -> None:
        self._endpoints = dict(endpoints)
        self._pages = pages
        self._committer = committer
        self._origin_known = origin_known
        self._client_address = client_address
        self._new_request_id = new_request_id
        self._extra_headers = SECURITY_HEADERS + extra_headers
        self._own_host = own_host
        self._silent = silent

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        identifier = self._new_request_id()
        request_id.set(identifier)
        new_request()
        refused = refusal_of(environ, self._own_host)
        if refused is not None:
            count_answer("wire", refused.status[:3], 0)
            return self._send(environ, refused, identifier, start_response, self._extra_headers)
        path = environ.get("PATH_INFO", "")
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            return self._page(path, environ, start_response, identifier)
        return self._machine(endpoint, environ, start_response, identifier)

    def _machine(
        self, endpoint: Endpoint, environ: WSGIEnvironment, start_response: StartResponse, identifier: str
    ) -> Iterable[bytes]:
        """An answer of a machine endpoint, at once or, where the server can take it so, when it is there."""
        began = time.perf_counter()
        beside = [*self._extra_headers, ("X-Request-Id", identifier), *(self._cors(environ) if endpoint.cors else ())]
        head = environ["REQUEST_METHOD"] == "HEAD"
        refusal_reason.set(None)
        claimed_client.set(None)

        def ready(answer: Answer) -> tuple[list[tuple[str, str]], bytes]:
            status = answer.status[:3]
            count_answer(endpoint.name, status, time.perf_counter() - began)
            if status.startswith("4"):
                _log.info("refused", endpoint=endpoint.name, status=status, reason=refusal_reason.get(), client=claimed)
            headers = [*answer.headers, *beside]
            if not answer.status.startswith(("204", "304")):
                headers.append(("Content-Length", str(len(answer.body))))
            return headers, b"" if head else answer.body

        later = environ.get(LATER)
        prepared = self._answered(endpoint, lambda: self._prepared(endpoint, environ))
        claimed = claimed_client.get()
        if isinstance(prepared, Plan):
            if later is not None:
                self._hand_over(endpoint, prepared, ready, later())
                return []
            plan = prepared
            prepared = self._answered(endpoint, lambda: endpoint.present(self._commit(plan)))
        headers, body = ready(prepared)
        start_response(prepared.status, headers)
        return [body]

    def _hand_over(self, endpoint: Endpoint, plan: Plan, ready: _Ready, respond: Callable[..., None]) -> None:
        """Leave the plan to the group commit. Whoever has it done answers; this thread is free.

        The answer is made in this request's context: the thread that makes it may be in the middle of another request.
        """
        context = copy_context()

        def done(errand: Errand) -> None:
            answer = self._answered(endpoint, lambda: endpoint.present(plan.finish(*errand.result())))
            respond(answer.status, *ready(answer))

        def handed_over() -> None:
            self._committer.hand_over(plan.operations, plan.ahead or _nothing, lambda errand: context.run(done, errand))

        refused = self._answered(endpoint, handed_over)
        if refused is not None:
            respond(refused.status, *ready(refused))

    def _page(
        self, path: str, environ: WSGIEnvironment, start_response: StartResponse, identifier: str
    ) -> Iterable[bytes]:
        """A page, or a bland answer: what escapes the pages must not reach the server, whose log repeats addresses."""
        try:
            if path == AUTHORIZATION:
                began = time.perf_counter()
                answer = self._silent(environ)
                if answer is not None:
                    count_answer("authorization", answer.status[:3], time.perf_counter() - began)
                    return self._send(environ, answer, identifier, start_response, ())
            # An empty path is the root (RFC 9110 4.2.3); the router would say so by a redirect built from the Host.
            environ["PATH_INFO"] = path or "/"
            return self._pages(environ, start_response)
        except Exception as error:  # noqa: BLE001 - the last line: a bug is logged and told blandly, whatever it is
            _log.error("unexpected error", endpoint="pages", kind=type(error).__name__)
            bland = plain(500, "Something went wrong here. Please try again.")
            return self._send(environ, bland, identifier, start_response, self._extra_headers)

    def _send(
        self,
        environ: WSGIEnvironment,
        answer: Answer,
        identifier: str,
        start_response: StartResponse,
        beside: tuple[tuple[str, str], ...],
    ) -> Iterable[bytes]:
        named = (("X-Request-Id", identifier), ("Content-Length", str(len(answer.body))))
        start_response(answer.status, [*answer.headers, *beside, *named])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    def _answered(self, endpoint: Endpoint, produce: Callable[[], _A]) -> _A | Answer:
        """What `produce` returns, or the answer for what it raises."""
        try:
            return produce()
        except OutcomeUnknownError as error:
            AUDIT_FAILURES.inc()
            _log.warning("commit outcome unknown", endpoint=endpoint.name, reason=str(error))
            return unavailable()
        except StoreUnavailableError as error:
            AUDIT_FAILURES.inc()
            _log.warning("store unavailable", endpoint=endpoint.name, reason=str(error))
            return unavailable()
        except Exception:  # noqa: BLE001 - the last line: a bug is logged and told blandly, whatever it is
            _log.exception("unexpected error", endpoint=endpoint.name)
            return json_answer({"error": "server_error", "request_id": request_id.get()}, code=500)

    def _prepared(self, endpoint: Endpoint, environ: WSGIEnvironment) -> Plan | Answer:
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS" and endpoint.cors:
            return self._preflight(endpoint)
        if method not in endpoint.methods:
            allowed = ", ".join(sorted(endpoint.methods))
            return json_answer({"error": "invalid_request"}, code=405, headers=(*NO_STORE, ("Allow", allowed)))
        request = self._request(environ, endpoint)
        return request if isinstance(request, Answer) else endpoint.prepare(request)

    def _request(self, environ: WSGIEnvironment, endpoint: Endpoint) -> MachineRequest | Answer:
        form = read_form(environ, endpoint.max_body) if environ["REQUEST_METHOD"] == "POST" else {}
        if isinstance(form, Answer):
            return form
        authorization = environ.get("HTTP_AUTHORIZATION")
        if authorization is not None and len(authorization) > MAX_HEADER_CHARS:
            return json_answer({"error": "invalid_request"}, code=413)
        return MachineRequest(
            method=environ["REQUEST_METHOD"],
            form=form,
            authorization=authorization,
            origin=environ.get("HTTP_ORIGIN"),
            if_none_match=environ.get("HTTP_IF_NONE_MATCH"),
            client_address=self._client_address(environ),
        )

    def _commit(self, plan: Plan) -> Any:
        rows, early = self._committer.run_while(plan.operations, plan.ahead or _nothing)
        return plan.finish(rows, early)

    def _cors(self, environ: WSGIEnvironment) -> list[tuple[str, str]]:
        """CORS for registered origins only, and never with cookies (Fetch standard; RFC 9700 2.6)."""
        origin = environ.get("HTTP_ORIGIN")
        headers = [("Vary", "Origin")]
        try:
            if origin and len(origin) < 256 and self._origin_known(origin):
                headers += [
                    ("Access-Control-Allow-Origin", origin),
                    ("Access-Control-Expose-Headers", "WWW-Authenticate, ETag"),
                ]
                if environ["REQUEST_METHOD"] == "OPTIONS":
                    headers += [
                        ("Access-Control-Allow-Methods", "GET, POST"),
                        ("Access-Control-Allow-Headers", "authorization, content-type"),
                        ("Access-Control-Max-Age", str(PREFLIGHT_SECONDS)),
                    ]
        except StoreUnavailableError:
            return headers
        return headers

    def _preflight(self, endpoint: Endpoint) -> Answer:
        return Answer("204 No Content", (("Allow", ", ".join(sorted({*endpoint.methods, "OPTIONS"}))),), b"")


def _nothing() -> None:
    """What a plan without `ahead` does while its operations commit."""
