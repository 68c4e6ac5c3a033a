"""AC-127: one spelling of every request. What two parsers could read in two ways ends at nginx."""

from __future__ import annotations

import pytest

from tests.front.mirror import Mirror
from tests.front.nginx import Nginx
from tests.front.raw import Reply, converse

CLOSE = "Connection: close\r\n"


def _send(nginx: Nginx, *lines: str, body: str = "", method: str = "POST", path: str = "/oauth/token") -> list[Reply]:
    head = [f"{method} {path} HTTP/1.1", f"Host: localhost:{nginx.port}", *lines]
    return converse(nginx.port, nginx.trusted, ("\r\n".join([*head, "", ""]) + body).encode("latin-1"))


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (["Content-Length: 5", "Transfer-Encoding: chunked"], "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
        (["Transfer-Encoding: chunked", "Content-Length: 5"], "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
        (["Content-Length: 5", "Content-Length: 6"], "a=bcde"),
        (["Content-Length: 5, 5"], "a=bcd"),
        (["Content-Length : 5"], "a=bcd"),
        (["Transfer-Encoding : chunked"], "0\r\n\r\n"),
        (["Transfer-Encoding: xchunked"], "0\r\n\r\n"),
        (["Transfer-Encoding: chunked, identity"], "0\r\n\r\n"),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "0\r\n\r\n"),
        (["Content-Length: +5"], "a=bcd"),
        (["Content-Length: -1"], ""),
        (["Content-Length: 0x5"], "a=bcd"),
        (["X-A: b", " obs: fold"], ""),
        (["X-A: b", "\tobs: fold"], ""),
        (["X-A\x0b: b"], ""),
        (["X-A: b\x00c"], ""),
        (["X A: b"], ""),
        ([": b"], ""),
    ],
    ids=lambda value: "+".join(value).encode("unicode_escape").decode() if isinstance(value, list) else "",
)
def test_ambiguous_request_ends_at_the_front(mirrored: Nginx, mirror: Mirror, lines: list[str], body: str) -> None:
    """400 (or 501 for an unknown coding), once; the connection ends and the provider never hears of it."""
    before = len(mirror.requests)
    replies = _send(mirrored, *lines, body=body)
    assert [reply.status for reply in replies] in ([400], [501]), replies
    assert replies[0].headers["connection"] == "close"
    assert len(mirror.requests) == before


@pytest.mark.parametrize("body", ["zz\r\nab\r\n0\r\n\r\n", "5\r\nabcdefgh\r\n0\r\n\r\n", "-1\r\n\r\n0\r\n\r\n"])
def test_badly_chunked_body_ends_at_the_front(mirrored: Nginx, mirror: Mirror, body: str) -> None:
    """A chunk that is no chunk reaches nobody."""
    before = len(mirror.requests)
    replies = _send(mirrored, "Transfer-Encoding: chunked", body=body)
    assert [reply.status for reply in replies] in ([], [400])
    assert len(mirror.requests) == before


def test_chunked_body_becomes_one_with_a_length(mirrored: Nginx, mirror: Mirror) -> None:
    """The provider never has to read chunks: extensions and trailers stay at the front."""
    body = "5;ext=1\r\na=bcd\r\n2\r\n&e\r\n0\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"
    (reply,) = _send(mirrored, "Transfer-Encoding: chunked", CLOSE.strip(), body=body)
    assert reply.status == 200
    headers = mirror.last()
    assert headers["content-length"] == ["7"]
    assert "transfer-encoding" not in headers
    assert mirror.requests[-1].endswith(b"\r\n\r\na=bcd&e")
    assert headers["x-forwarded-for"] == ["127.0.0.1"]


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X_Forwarded_Proto", "Content_Length", "Transfer_Encoding", "A.b"])
def test_other_spelling_of_a_header_is_dropped(mirrored: Nginx, mirror: Mirror, name: str) -> None:
    """An underscore or a dot in a name: WSGI would read it as another header."""
    (reply,) = _send(mirrored, f"{name}: 203.0.113.9", "Content-Length: 0", CLOSE.strip())
    assert reply.status == 200
    assert name.lower() not in mirror.last()
    assert b"203.0.113.9" not in mirror.requests[-1]


def test_second_request_behind_a_body_is_one_of_its_own(mirrored: Nginx, mirror: Mirror) -> None:
    """Pipelined requests are answered one by one, each with its own head."""
    second = f"GET /second HTTP/1.1\r\nHost: localhost:{mirrored.port}\r\n{CLOSE}\r\n"
    replies = _send(mirrored, "Content-Length: 5", body=f"a=bcd{second}")
    assert [reply.status for reply in replies] == [200, 200]
    assert [request.split(b" ", 2)[1] for request in mirror.requests[-2:]] == [b"/oauth/token", b"/second"]
    assert mirror.requests[-2].endswith(b"\r\n\r\na=bcd")


@pytest.mark.parametrize("line", ["GET / HTTP/1.1 ", "GET  / HTTP/1.1", "GET / HTTP/9.9", "G\x00T / HTTP/1.1"])
def test_odd_request_line_reaches_nobody(mirrored: Nginx, mirror: Mirror, line: str) -> None:
    """A malformed first line is refused; what nginx does pass on, it has written itself."""
    before = len(mirror.requests)
    sent = f"{line}\r\nHost: localhost:{mirrored.port}\r\n{CLOSE}\r\n".encode("latin-1")
    converse(mirrored.port, mirrored.trusted, sent)
    for request in mirror.requests[before:]:
        assert request.startswith(b"GET / HTTP/1.1\r\n")
