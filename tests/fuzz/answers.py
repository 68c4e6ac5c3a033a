"""Answers read off a connection, one after the other, without trusting the server to have framed them well."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer", "Reader", "UnreadableError"]

_BODILESS = frozenset({204, 304})
MAX_ANSWER_BYTES = 2_000_000


class UnreadableError(Exception):
    """What came back is no HTTP answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Names of headers are lower-case; `head` is the head as received."""

    status: int
    head: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def get(self, name: bytes) -> bytes:
        """The first value of a header; empty when there is none."""
        return next((value for held, value in self.headers if held == name), b"")

    def all(self, name: bytes) -> list[bytes]:
        """Every value of a header."""
        return [value for held, value in self.headers if held == name]

    def json(self) -> Any:
        """The body as JSON, None where it is not."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def closes(self) -> bool:
        """True when the server says that it will not take another request on this connection."""
        return self.get(b"connection").lower() == b"close" or self.head.startswith(b"HTTP/1.0")


class Reader:
    """Takes bytes as they come; `answer` gives the next whole answer, None while it is not complete."""

    def __init__(self) -> None:
        self.held = b""
        self.ended = False

    def answer(self, method: str) -> Answer | None:
        """The next answer to a request with `method`; interim ones are skipped. Raises `UnreadableError`."""
        while True:
            found = self._next(method)
            if found is None or found.status >= 200:
                return found

    def _next(self, method: str) -> Answer | None:
        if self.held and not b"HTTP/1.".startswith(self.held[:7]):
            raise UnreadableError(f"it begins with {self.held[:40]!r}")
        end = self.held.find(b"\r\n\r\n")
        if end < 0:
            if len(self.held) > 65_536:
                raise UnreadableError("its head does not end")
            return None
        head = self.held[:end]
        status, headers = _head(head)
        body = self._body(end + 4, status, headers, method)
        if body is None:
            if len(self.held) > MAX_ANSWER_BYTES:
                raise UnreadableError("it does not end")
            return None
        return Answer(status, head, headers, body)

    def _body(self, start: int, status: int, headers: tuple[tuple[bytes, bytes], ...], method: str) -> bytes | None:
        """The body, taken off what is held together with the head before it."""
        given = dict(headers)
        if status < 200 or status in _BODILESS or method == "HEAD":
            self.held = self.held[start:]
            return b""
        if given.get(b"transfer-encoding", b"").lower() == b"chunked":
            return self._chunks(start)
        length = given.get(b"content-length")
        if length is None:
            if not self.ended:
                return None
            body, self.held = self.held[start:], b""
            return body
        if not length.isdigit():
            raise UnreadableError(f"its length is {length!r}")
        stop = start + int(length)
        if len(self.held) < stop:
            return None
        body, self.held = self.held[start:stop], self.held[stop:]
        return body

    def _chunks(self, start: int) -> bytes | None:
        body, place = b"", start
        while True:
            line = self.held.find(b"\r\n", place)
            if line < 0:
                return None
            try:
                size = int(self.held[place:line].partition(b";")[0], 16)
            except ValueError:
                raise UnreadableError("a chunk has no size") from None
            stop = line + 2 + size + 2
            if len(self.held) < stop:
                return None
            body += self.held[line + 2 : stop - 2]
            place = stop
            if size == 0:
                self.held = self.held[stop:]
                return body


def _head(head: bytes) -> tuple[int, tuple[tuple[bytes, bytes], ...]]:
    first, *lines = head.split(b"\r\n")
    parts = first.split(b" ", 2)
    if len(parts) < 2 or len(parts[1]) != 3 or not parts[1].isdigit():
        raise UnreadableError(f"its first line is {first[:60]!r}")
    headers = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or b"\n" in line:
            raise UnreadableError(f"a header line is {line[:60]!r}")
        headers.append((name.lower(), value.strip()))
    return int(parts[1]), tuple(headers)
