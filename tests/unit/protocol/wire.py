"""A machine request as a server hands it over, its answer taken apart, and committers without a database."""

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp.database import GroupCommitter, Operation
from idp.database.batch import Errand, Row
from idp.protocol.dispatch import LATER, ProtocolFront
from idp.protocol.message import FORM, Endpoint

REQUEST_ID = "request-1"


def environ(method: str = "POST", path: str = "/oauth/x", body: bytes = b"", **changes: Any) -> WSGIEnvironment:
    """A WSGI environment; `changes` by variable, None removes one."""
    variables = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **changes,
    }
    return {name: value for name, value in variables.items() if value is not None}


def form_environ(form: Mapping[str, str], **changes: Any) -> WSGIEnvironment:
    """A form sent by POST."""
    return environ(body=urlencode(form).encode(), **changes)


@dataclass(frozen=True)
class Seen:
    """An answer as the caller sees it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The one value of a header, None when it is not there."""
        values = [value for held, value in self.headers if held == name]
        assert len(values) <= 1, values
        return values[0] if values else None

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def call(application: WSGIApplication, variables: WSGIEnvironment) -> Seen:
    """Send a request; the answer must be a list, which every server sends in one piece."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _exc_info: object = None, /
    ) -> Callable[[bytes], object]:
        started.append((status, headers))
        return lambda data: data

    body = application(variables, start_response)
    assert isinstance(body, list)
    ((status, headers),) = started
    return Seen(status, headers, b"".join(body))


class Answering(GroupCommitter):
    """Commits nothing and answers every operation with the next of these rows, or fails in the given way."""

    def __init__(self, rows: Iterable[Row | None] = (), error: Exception | None = None) -> None:
        super().__init__("", max_waiting=1, wait_seconds=1)
        self.committed: list[Operation] = []
        self._rows = list(rows)
        self._error = error

    def run_while(self, operations: Sequence[Operation], meanwhile: Callable[[], Any]) -> tuple[list[Row | None], Any]:
        """Take them down, and be done at once."""
        self.committed += operations
        try:
            early = meanwhile()
        finally:
            if self._error is not None:
                raise self._error
        return [self._rows.pop(0) if self._rows else None for _ in operations], early

    def hand_over(
        self, operations: Sequence[Operation], meanwhile: Callable[[], Any], done: Callable[[Errand], None]
    ) -> None:
        """As above; told at once."""
        self.committed += operations
        errand = Errand(operations, done, 0.0)
        errand.settle(self._error or [self._rows.pop(0) if self._rows else None for _ in operations])
        errand.ring()
        errand.work(meanwhile)


class Full(Answering):
    """A committer at which too many wait already."""

    def run_while(self, operations: Sequence[Operation], meanwhile: Callable[[], Any]) -> tuple[list[Row | None], Any]:
        """Refuse at once."""
        del operations, meanwhile
        assert self._error is not None
        raise self._error

    def hand_over(
        self, operations: Sequence[Operation], meanwhile: Callable[[], Any], done: Callable[[Errand], None]
    ) -> None:
        """Refuse at once."""
        del operations, meanwhile, done
        assert self._error is not None
        raise self._error


def pages(_environ: WSGIEnvironment, start_response: StartResponse) -> Sequence[bytes]:
    """What stands behind the front."""
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"a page"]


def front(
    endpoint: Endpoint, committer: GroupCommitter | None = None, *, origin_known: Callable[[str], bool] | None = None
) -> ProtocolFront:
    """The front with one endpoint at /oauth/x."""
    return ProtocolFront(
        {"/oauth/x": endpoint},
        pages,
        committer or Answering(),
        origin_known=origin_known or (lambda origin: origin == "https://permits.example"),
        client_address=lambda _environ: "192.0.2.1",
        new_request_id=lambda: REQUEST_ID,
        extra_headers=(("Strict-Transport-Security", "max-age=1"),),
    )


def call_later(application: WSGIApplication, variables: WSGIEnvironment) -> Seen:
    """Send a request as a server does that takes an answer from any thread."""
    told: list[Seen] = []
    promised: list[bool] = []

    def promise() -> Callable[[str, list[tuple[str, str]], bytes], None]:
        promised.append(True)
        return lambda status, headers, body: told.append(Seen(status, headers, body))

    direct: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _exc_info: object = None, /
    ) -> Callable[[bytes], object]:
        direct.append((status, headers))
        return lambda data: data

    body = application({**variables, LATER: promise}, start_response)
    assert len(told) + len(direct) == 1
    assert len(promised) == len(told)
    return told[0] if told else Seen(*direct[0], b"".join(body))
