"""Headers and cookies that a caller may send: odd, hostile, contradictory, long. One request stays one request."""

from __future__ import annotations

import base64
from random import Random

from tests.fuzz.shots import FORM, Draft, Value
from tests.fuzz.text import damaged, hostile
from tests.fuzz.words import BYTES, EVIL, NUMBERS, WORDS
from tests.fuzz.world import ORIGIN, World

__all__ = ["another_authorization", "another_body_type", "another_cookie", "another_header"]

HOSTS: tuple[Value, ...] = (
    "", "evil.example", "localhost:1", "localhost:99999999", "[::1]", "[::1", "localhost.", ".", "a" * 300,
    "a" * 64 + ".example", "a..b", "localhost@evil.example", "localhost evil.example", "localhost/x", "localhost?x",
    "LOCALHOST", "127.0.0.1:", "*", "é.example", b"\xff.example", "localhost:80:80", "_._", "-", "[v1.a]",
    "localhost,evil.example", "0x7f.1",
)  # fmt: skip
FORWARDED = (
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Forwarded-Port", "X-Real-IP",
    "Forwarded", "Via", "True-Client-IP", "X-Original-URL", "X-Rewrite-URL", "X-Script-Name", "X-HTTP-Method-Override",
    "X-Method-Override", "X-Request-Id", "X-Forwarded-Server", "SCRIPT_NAME", "X_FORWARDED_FOR", "REMOTE_USER",
    "X-Remote-User", "X-Accel-Redirect", "Proxy", "Front-End-Https", "X-Forwarded-Ssl",
)  # fmt: skip
FORWARDED_VALUES = (
    "127.0.0.1", "::1", "[::1]:443", "999.999.999.999", "unknown", "_hidden",
    "for=127.0.0.1;host=evil.example;proto=https", "evil.example", "https", "javascript", "1.2.3.4, " * 200, ",",
    ", ,", "fe80::1%eth0", "::ffff:127.0.0.1", "/admin", "DELETE", "on", "%00", EVIL, "0x7f000001", "1.2.3.4:99999",
)  # fmt: skip
LANGUAGES = (
    "fr", "fr-CA;q=0.5, en", "*", "*;q=0", "en;q=1.0001", "en;q=-1", "en;q=NaN", "en;q=", ";;;,,,", "x" * 4000,
    "en," * 500, "a-" * 200, "zz-Zzzz-ZZ", "fr;q=0.5;q=1", "../../fr", "fr\tq=1", "i-klingon", "en_US", "\u202efr",
)  # fmt: skip
CONTENT_TYPES: tuple[Value, ...] = (
    "", "application/json", f"{FORM}; charset=utf-16", f"{FORM}; charset=utf-7", f'{FORM};charset="',
    f"{FORM}; boundary=x", FORM.upper(), f" {FORM}", f"{FORM},text/plain", "multipart/form-data",
    "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "multipart/form-data; boundary=" + "a" * 300,
    "multipart/mixed; boundary=x", "text/plain", "text/xml", "application/xml", "application/octet-stream",
    "application/jwt", "application/token-introspection+jwt", "x", "/", "a/b/c", ";", b"\xff/\xfe",
    "application/x-www-form-urlencoded\0", "application/x-www-form-urlencodedd", "message/http", "a/" + "b" * 9000,
)  # fmt: skip
OTHERS: tuple[tuple[str, tuple[Value, ...]], ...] = (
    (
        "Origin",
        (
            ORIGIN, "null", "", EVIL, f"{ORIGIN}.evil.example", "https://clinic.example:443", "a" * 300, "*",
            "http://[::1", b"\xff", "HTTPS://CLINIC.EXAMPLE",
        ),
    ),
    ("Access-Control-Request-Method", ("POST", "DELETE", "")),
    ("Access-Control-Request-Headers", ("authorization", "x-" * 900)),
    ("If-None-Match", ("*", '"x"', 'W/"x"', "", '"', '"' * 3000, b"\xff", "a,b,,")),
    ("If-Modified-Since", ("Thu, 01 Jan 1970 00:00:00 GMT", "x", "9" * 50)),
    (
        "Range",
        (
            "bytes=0-1", "bytes=-1", "bytes=5-1", "bytes=0-,0-,0-", "bytes=" + "0-1," * 400, "lines=1",
            "bytes=99999999999999999999-",
        ),
    ),
    ("If-Range", ("x", '"x"')), ("Accept", ("application/json", "*/*;q=x", "a" * 5000, "application/jwt", ";")),
    ("Accept-Encoding", ("gzip", "br;q=1", "*", "x" * 900)), ("Accept-Charset", ("utf-16", "*")),
    ("User-Agent", ("", "\x1b[31m", '"},{"level":"critical', "a" * 8000, b"\xff\xfe", "\u202e", "() { :;};")),
    ("Referer", (EVIL, "javascript:1", "a" * 7000, "http://[", b"\xff")),
    ("Connection", ("close", "keep-alive", "Host", "Content-Type, Cookie", "x" * 500)),
    ("Upgrade", ("h2c", "websocket", "TLS/1.0")), ("HTTP2-Settings", ("AAMAAABk", "=")),
    ("Sec-WebSocket-Key", ("x", "dGhlIHNhbXBsZSBub25jZQ==")), ("Sec-Fetch-Site", ("cross-site", "x")),
    ("Content-Encoding", ("gzip", "deflate", "identity", "x")), ("Content-MD5", ("x",)), ("Content-Location", (EVIL,)),
    ("Keep-Alive", ("timeout=999999", "x")), ("Max-Forwards", ("0", "-1")), ("DPoP", ("x", "a.b.c", "." * 300)),
    ("Date", ("x",)), ("Content-Disposition", ("attachment; filename=../x",)), ("X-CSRFToken", ("x", "a" * 5000)),
    ("X-CSRF-Token", ("x",)), ("Trailer", ("Host", "x")), ("TE", ("trailers", "x")),
)  # fmt: skip
SCHEMES = (
    "Basic",
    "basic",
    "BASIC",
    "Bearer",
    "bearer",
    "DPoP",
    "Digest",
    "Negotiate",
    "",
    " ",
    "Basic\t",
    "Bearer\u00a0",
    "Bearer,",
    "Mutual",
    "Basic Basic",
)
COOKIES = (
    "wangov_session", "wangov_browser", "wangov_device", "wangov_lang", "__Host-wangov_session",
    "__Secure-wangov_session", "WANGOV_SESSION", "session", "csrf_token", "$Version", "$Path", "wangov_session[]", "",
    " ", "a b", "é", "\x01", "Path", "n" * 3000,
)  # fmt: skip
ATTRIBUTES = (
    "; Path=/x",
    "; Domain=.evil.example",
    ", wangov_session=x",
    ";;;",
    "; ;=;",
    " =",
    '"',
    '"x"',
    "\\073",
    '"\\377\\000"',
    "%00",
    "en.fr",
    "fr.en",
    "fr." * 90,
)


def another_header(dice: Random, draft: Draft, world: World) -> str:
    """Add or replace one header."""
    roll = dice.random()
    if roll < 0.12:
        name, value = "Host", dice.choice(HOSTS)
    elif roll < 0.3:
        name, value = dice.choice(FORWARDED), dice.choice(FORWARDED_VALUES)
    elif roll < 0.4:
        name, value = "Accept-Language", dice.choice(LANGUAGES)
    elif roll < 0.8:
        name, values = dice.choice(OTHERS)
        value = dice.choice((*values, world.etag)) if name == "If-None-Match" else dice.choice(values)
    elif roll < 0.97:
        name, value = dice.choice(("X-Odd", "x-odd", "X.Odd", "X~Odd", "!", "A" * 200)), hostile(dice)
    else:
        count = dice.choice((10, 40, 70, 120))
        draft.headers += [(f"X-Many-{number}", "x" * dice.choice((1, 100))) for number in range(count)]
        return f"{count} headers"
    if dice.random() < 0.15 and name != "Host":
        draft.headers.append((name, value))
        draft.headers.append((name, hostile(dice)))
    else:
        draft.set_header(name, value)
    return f"header {name[:30]}"


def another_authorization(dice: Random, draft: Draft, _world: World) -> str:
    """The Authorization header in another form; where there is none, one that proves nothing."""
    held = next((value for name, value in draft.headers if name == "Authorization"), "Basic " + _base64("nobody:x"))
    text = held if isinstance(held, str) else held.decode("latin-1")
    scheme, _, rest = text.partition(" ")
    roll = dice.randrange(8)
    made: Value
    if roll == 0:
        made = f"{dice.choice(SCHEMES)} {rest}"
    elif roll == 1:
        made = damaged(dice, text)
    elif roll == 2:
        made = f"{scheme} {_value(damaged(dice, rest))}"
    elif roll == 3:
        made = f"{scheme} {_base64(dice.choice(WORDS) + ':' + dice.choice(WORDS))}"
    elif roll == 4:
        made = f"{scheme}{dice.choice(('  ', '', chr(9), '   '))}{rest}{dice.choice(('', '=', '==', ' x', ',x', ' '))}"
    elif roll == 5:
        made = f"{scheme} " + "A" * dice.choice((4000, 4097, 9000, 16_300))
    elif roll == 6:
        made = f"{scheme} {_base64(dice.choice(BYTES) + b':' + dice.choice(BYTES))}"
    else:
        draft.headers.append(("Authorization", dice.choice((text, "Bearer x", "Basic eDp5"))))
        return "two authorizations"
    draft.set_header("Authorization", made)
    return "authorization"


def another_cookie(dice: Random, draft: Draft, world: World) -> str:
    """One cookie damaged, foreign, twice, or one too many."""
    roll = dice.randrange(8)
    if draft.cookies and roll < 3:
        place = dice.randrange(len(draft.cookies))
        name, value = draft.cookies[place]
        draft.cookies[place] = (name, damaged(dice, value if isinstance(value, str) else value.decode("latin-1")))
    elif roll == 3:
        slot = dice.choice(("session", "browser", "device"))
        draft.cookies.append((f"wangov_{slot}", dice.choice(world.actors).values[slot]))
    elif draft.cookies and roll == 4:
        draft.cookies.append((draft.cookies[0][0], hostile(dice)))
    elif roll == 5:
        draft.cookies = [(dice.choice(COOKIES), hostile(dice)) for _ in range(dice.choice((1, 3, 60)))]
    elif draft.cookies and roll == 6:
        draft.cookies.pop(dice.randrange(len(draft.cookies)))
    else:
        draft.cookies.append((dice.choice(COOKIES), dice.choice((*ATTRIBUTES, *NUMBERS[:6]))))
    return "cookie"


def another_body_type(dice: Random, draft: Draft, _world: World) -> str:
    """The body as something else, or said to be something else."""
    roll = dice.randrange(5)
    if roll < 2 or draft.form is None:
        draft.set_header("Content-Type", dice.choice(CONTENT_TYPES))
        if draft.form is None and draft.body is None and dice.random() < 0.5:
            draft.body = b"a=b"
        return "content type"
    if roll == 2:
        parts = [
            (_value(name).encode(errors="replace"), _value(value).encode(errors="replace"))
            for name, value in draft.form
        ]
        draft.body = (
            b"".join(b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % part for part in parts)
            + b"--x--\r\n"
        )
        draft.set_header("Content-Type", "multipart/form-data; boundary=x")
        return "multipart"
    body = draft.body_bytes()
    draft.body = dice.choice(
        (
            body[: len(body) // 2], body + b"\0", b"\xef\xbb\xbf" + body, body.decode("latin-1").encode("utf-16"),
            b"&" + body + b"&&=&", body.replace(b"&", b";"), body * 3, b'{"grant_type":"client_credentials"}', b"<x/>",
            dice.randbytes(dice.choice((1, 40, 3000))), body + b"&x=" + b"A" * dice.choice((30_000, 66_000)),
            b"=" * 700, b"&" * 4000,
        )
    )  # fmt: skip
    return "body"


def _value(value: Value) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _base64(text: str | bytes) -> str:
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return base64.b64encode(raw).decode()
