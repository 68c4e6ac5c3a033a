"""Bytes that are not quite HTTP: framing that two parsers could read in two ways, broken lines, cut and glued requests.

Each goes over a connection of its own. However it is answered, it may bring as many answers as it holds requests, no
more: one more would be a request that somebody smuggled (AC-127).
"""

from __future__ import annotations

from random import Random

from tests.fuzz.shots import FORM, Shot
from tests.fuzz.words import BYTES
from tests.fuzz.world import World

__all__ = ["raw_shot"]

PATHS = (
    "/oauth/token",
    "/oauth/introspect",
    "/oauth/userinfo",
    "/oauth/authorize",
    "/oauth/jwks",
    "/signout",
    "/",
    "/signin/x/password",
    "/oauth/logout",
    "/account",
    "/health/live",
)
FRAMINGS = (
    "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 5", "Content-Length: +5", "Content-Length: -1",
    "Content-Length: 0x5", "Content-Length: 5 5", "Content-Length:", "Content-Length: 99999999999999999999",
    "Content-Length : 5", "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 5", "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked",
    "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity", "Transfer-Encoding:\tchunked",
    "Transfer-Encoding: \x0bchunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: CHUNKED", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: ",
    "Transfer_Encoding: chunked", "Content_Length: 5", "X: a\r\n b", "X: a\r\n\tb", "X: a\nContent-Length: 5",
    "X\r: a", " X: a", "X : a", "X", ": a", "\0: a", "X: a\0b", "X: a\rb", "(x): a",
    "Host: localhost\r\nHost: evil.example", "Host: ", "Expect: 100-continue", "Expect: x",
    "Connection: close, keep-alive", "Connection: Content-Length", "Upgrade: h2c\r\nConnection: Upgrade",
)  # fmt: skip
BODIES = (
    b"", b"a=bcd", b"0\r\n\r\n", b"5\r\na=bcd\r\n0\r\n\r\n", b"5;x=y\r\na=bcd\r\n0\r\nTrailer: x\r\n\r\n",
    b"zz\r\nab\r\n0\r\n\r\n", b"-1\r\nab\r\n0\r\n\r\n", b"0x5\r\na=bcd\r\n0\r\n\r\n", b"FFFFFFFFFFFFFFFF\r\n",
    b"ffffffffffffffffffff\r\nx\r\n", b"5\na=bcd\n0\n\n", b"5\r\na=bcdX0\r\n\r\n", b"3\r\na=bcd\r\n0\r\n\r\n",
    b"5\r\na=bcd\r\n0\r\nContent-Length: 9\r\n\r\n", b"5" + b";x" * 9000 + b"\r\na=bcd\r\n0\r\n\r\n", b"\r\n",
    b"5\r\na=bcd\r\n0\r\n" + b"T: x\r\n" * 200 + b"\r\n", b"1\r\na\r\n" * 3000 + b"0\r\n\r\n",
)  # fmt: skip
SMUGGLED = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
FIRST_LINES = (
    b"", b"\r\n\r\n", b"GET", b"GET /", b"GET  / HTTP/1.1", b"GET / HTTP/1.1 ", b"GET / HTTP/1.2", b"GET / HTTP/0.9",
    b"GET / HTTP/2.0", b"GET / HTTP/11", b"GET / http/1.1", b"GET / HTTP/1.1\t", b"GET\t/\tHTTP/1.1",
    b"GET /\x00 HTTP/1.1", b"GET /\xff HTTP/1.1", b"GET /a b HTTP/1.1", b"GET / HTTP/1.1\nX: y",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2", b"SSTP_DUPLEX_POST / HTTP/1.1",
    b"<policy-file-request/>", b"*1\r\n$4\r\nPING", b"EHLO x", b"GET http:// HTTP/1.1", b"GET http://[::1 HTTP/1.1",
    b"CONNECT localhost:1 HTTP/1.1", b"CONNECT / HTTP/1.1", b"OPTIONS * HTTP/1.1", b"GET ? HTTP/1.1",
    b"GET oauth/jwks HTTP/1.1", b"GET # HTTP/1.1", b"GET /oauth/jwks#x HTTP/1.1", b"\x00" * 40,
    b"A" * 9000 + b" / HTTP/1.1", b"GET /" + b"a" * 20_000 + b" HTTP/1.1",
)  # fmt: skip


def raw_shot(dice: Random, world: World, number: int) -> Shot:
    """One way of being no proper request, or of being several."""
    note, method, wire, answers = dice.choice(_WAYS)(dice, world)
    return Shot(number, "raw", method, wire, raw=True, answers=answers, notes=(note,))


Made = tuple[str, str, bytes, int]


def _request(dice: Random, world: World) -> bytes:
    path = dice.choice(PATHS)
    actor = dice.choice(world.actors).values
    cookie = (
        f"Cookie: wangov_browser={actor['browser']}; wangov_session={actor['session']}\r\n"
        if dice.random() < 0.3
        else ""
    )
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}Content-Type: {FORM}\r\n".encode()


def _framed(dice: Random, world: World) -> Made:
    body = dice.choice(BODIES)
    chunked = body[:1].isdigit() or body[:1] in {b"z", b"-", b"F", b"f"}
    framing = dice.choice(FRAMINGS) if dice.random() < 0.6 or not chunked else "Transfer-Encoding: chunked"
    tail = SMUGGLED if dice.random() < 0.3 else b""
    # What follows may rightly be a second request where the first one ended before it.
    return (
        f"framing {framing[:40]!r}",
        "POST",
        _request(dice, world) + framing.encode("latin-1") + b"\r\n\r\n" + body + tail,
        1 + tail.count(b"GET "),
    )


def _first_line(dice: Random, _world: World) -> Made:
    line = dice.choice(FIRST_LINES)
    host = b"" if dice.random() < 0.2 else b"Host: localhost\r\n"
    return f"line {line[:30]!r}", "GET", line + b"\r\n" + host + b"\r\n", 2


def _cut(dice: Random, world: World) -> Made:
    body = b"grant_type=client_credentials&client_id=x"
    whole = _request(dice, world) + b"Content-Length: %d\r\n\r\n" % len(body) + body
    return "cut", "POST", whole[: dice.randrange(len(whole))], 1


def _bits(dice: Random, world: World) -> Made:
    body = b"grant_type=client_credentials&client_id=x"
    whole = bytearray(_request(dice, world) + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    for _ in range(dice.choice((1, 1, 2, 8))):
        place = dice.randrange(len(whole))
        whole[place] ^= 1 << dice.randrange(8)
    for _ in range(dice.choice((0, 0, 1))):
        place = dice.randrange(len(whole))
        whole[place:place] = dice.choice(BYTES)
    return "bits", "POST", bytes(whole), 2


def _glued(dice: Random, _world: World) -> Made:
    count = dice.choice((2, 3, 8))
    paths = [dice.choice(("/oauth/jwks", "/health/live", "/help", "/nowhere", "/oauth/userinfo")) for _ in range(count)]
    wire = b"".join(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths)
    return f"{count} glued", "GET", wire, count


def _large(dice: Random, world: World) -> Made:
    size = dice.choice((65_536, 65_537, 300_000))
    if dice.random() < 0.5:
        chunk = b"3e8\r\n" + b"a" * 1000 + b"\r\n"
        return (
            "large chunks",
            "POST",
            _request(dice, world) + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * (size // 1000 + 1) + b"0\r\n\r\n",
            1,
        )
    return (
        "large body",
        "POST",
        _request(dice, world) + b"Content-Length: %d\r\n\r\n" % size + b"x=" + b"a" * (size - 2),
        1,
    )


def _many_headers(dice: Random, _world: World) -> Made:
    count, size = dice.choice(((65, 10), (101, 10), (2000, 4), (5, 17_000), (1, 300_000)))
    lines = b"".join(b"X-%d: %s\r\n" % (number, b"a" * size) for number in range(count))
    return f"{count} headers of {size}", "GET", b"GET /help HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n", 1


_WAYS = (_framed, _framed, _framed, _first_line, _first_line, _cut, _bits, _bits, _glued, _large, _many_headers)
