"""One request of the fuzz: a draft of named parts that mutations work on, and the bytes that it becomes.

A value in a draft is text, which is percent-encoded when the draft becomes bytes, or bytes, which stand on the wire
as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

__all__ = ["FORM", "Draft", "Pairs", "Shot", "Value", "encoded", "joined", "shot_of"]

Value = str | bytes
Pairs = list[tuple[Value, Value]]
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Draft:
    """A request in parts. `route` is its address in the golden table, or "*" once its path was tampered with.

    `forged` names what in it nobody ever issued; `actor` is whose cookies it carries, -1 for nobody's; `notes` say what
    was done to it.
    """

    route: str
    method: Value
    path: Value
    query: Pairs = field(default_factory=list)
    form: Pairs | None = None
    body: bytes | None = None
    headers: Pairs = field(default_factory=list)
    cookies: Pairs = field(default_factory=list)
    forged: str = ""
    actor: int = -1
    notes: list[str] = field(default_factory=list)
    over_encoded: bool = False

    def has(self, name: str) -> bool:
        """True when a header of this name was set."""
        return any(held == name for held, _ in self.headers)

    def set_header(self, name: str, value: Value) -> None:
        """Put a header in place of those of its name."""
        self.headers = [pair for pair in self.headers if pair[0] != name]
        self.headers.append((name, value))

    def body_bytes(self) -> bytes:
        """The body as sent."""
        if self.body is not None:
            return self.body
        return b"" if self.form is None else joined(self.form, over=self.over_encoded)


@dataclass(frozen=True, slots=True)
class Shot:
    """Bytes to send and what is known of them. `raw` ones go over a connection of their own.

    `answers` is how many answers they may bring at most.
    """

    number: int
    route: str
    method: str
    wire: bytes
    forged: str = ""
    actor: int = -1
    raw: bool = False
    answers: int = 1
    notes: tuple[str, ...] = ()


def encoded(value: Value, *, over: bool = False) -> bytes:
    """A value of a query or form on the wire. Lone surrogates become the bytes that UTF-8 forbids."""
    if isinstance(value, bytes):
        return value
    raw = value.encode("utf-8", "surrogatepass")
    if over:
        return b"".join(b"%%%02X" % byte for byte in raw)
    return quote_from_bytes(raw, safe=" ").replace(" ", "+").encode()


def joined(pairs: Iterable[tuple[Value, Value]], *, over: bool = False) -> bytes:
    """A query or a form on the wire."""
    return b"&".join(encoded(name, over=over) + b"=" + encoded(value, over=over) for name, value in pairs)


def shot_of(draft: Draft, number: int) -> Shot:
    """The draft as one well-framed request: whatever is wrong with it, its length is right."""
    method = _line(draft.method)
    target = _line(draft.path)
    if draft.query:
        target += b"?" + joined(draft.query, over=draft.over_encoded)
    lines = [method + b" " + target + b" HTTP/1.1"]
    if not draft.has("Host"):
        lines.append(b"Host: localhost")
    lines += [_header(name) + b": " + _header(value) for name, value in draft.headers]
    if draft.cookies:
        lines.append(b"Cookie: " + b"; ".join(_header(name) + b"=" + _header(value) for name, value in draft.cookies))
    body = draft.body_bytes()
    if body or method not in {b"GET", b"HEAD"}:
        if not draft.has("Content-Type") and draft.form is not None:
            lines.append(b"Content-Type: " + FORM.encode())
        lines.append(b"Content-Length: %d" % len(body))
    return Shot(
        number=number,
        route=draft.route,
        method=method.decode("latin-1"),
        wire=b"\r\n".join(lines) + b"\r\n\r\n" + body,
        forged=draft.forged,
        actor=draft.actor,
        notes=tuple(draft.notes),
    )


def _line(value: Value) -> bytes:
    """A part of the request line, without what would end it."""
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return raw.translate(None, b"\r\n\x00 \t")


def _header(value: Value) -> bytes:
    """A header's name or value, without what would end it."""
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return raw.translate(None, b"\r\n")
