"""Mutations that know what a JWT is: each of its parts, the types of its members, its encoding, its signature.

Whatever leaves here was never issued, so whoever accepts it is wrong.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.fuzz.text import damaged
from tests.fuzz.words import EVIL, NUMBERS, WORDS

__all__ = ["forged_secret", "forged_token"]

ALGORITHMS = (
    "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS512",
    "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "RSA-OAEP", "dir", "A256GCM", "PBES2-HS256+A128KW",
    "es256", "ES256 ", "ES256\0",
)  # fmt: skip
KINDS = (
    "at+jwt",
    "JWT",
    "jwt",
    "application/at+jwt",
    "logout+jwt",
    "dpop+jwt",
    "kb+jwt",
    "",
    "JOSE",
    "JOSE+JSON",
    None,
    1,
    ["JWT"],
)
JWK = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}
HEADERS: tuple[tuple[str, Any], ...] = (
    ("crit", []), ("crit", ["exp"]), ("crit", ["b64"]), ("crit", "b64"), ("crit", [1]), ("crit", {}), ("b64", False),
    ("b64", "false"), ("jwk", JWK), ("jwk", {}), ("jwk", "x"), ("jku", f"{EVIL}/jwks"), ("jku", "http://127.0.0.1:1/"),
    ("jku", "file:///etc/passwd"), ("x5u", f"{EVIL}/x5u"), ("x5c", ["MIIB"]), ("x5c", []), ("x5t", "A" * 27),
    ("zip", "DEF"), ("enc", "A256GCM"), ("epk", JWK), ("p2c", 2**31), ("p2s", "AAAA"), ("cty", "JWT"), ("kid", None),
    ("kid", 1), ("kid", []), ("kid", {}), ("kid", "../../../dev/null"), ("kid", "' UNION SELECT 'x"), ("kid", "x\0"),
    ("kid", "k" * 5000), ("kid", ""), ("alg", None), ("alg", 1), ("alg", ["ES256"]),
)  # fmt: skip
MEMBERS = (
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "scope",
    "gid",
    "sid",
    "nonce",
    "acr",
    "amr",
    "auth_time",
    "azp",
    "cnf",
)
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, 2**63, -(2**63) - 1, 10**30, "", "0", "9999999999", [], {}, [[]], [None],
    {"$ne": 1}, ["a", 1], "\ud800", "\0", "x" * 3000, *WORDS[-12:],
)  # fmt: skip
# No JSON at all, or JSON that two readers may read in two ways.
ODD_DOCUMENTS = (
    b"", b"null", b"[]", b'""', b"1", b"{}", b"{", b'{"alg":"ES256","alg":"none"}', b'{"exp":1,"exp":99999999999}',
    b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b"{}{}", b'{"a":NaN}', b'{"exp":1e999}', b'{"exp":' + b"9" * 5000 + b"}",
    b'{"sub":"\\ud800"}', b'{"sub":"\xff"}', b"[" * 3000, b'{"a":' * 1500, b"\x00", b"//", b'{"alg":"\\u0045S256"}',
)  # fmt: skip


def forged_token(dice: Random, token: str, other: str) -> str:
    """A token that was never issued, made of `token`; `other` is another good one to take parts from."""
    if token.count(".") != 2:
        return forged_secret(dice, token)
    for _ in range(4):
        made = _WAYS[dice.randrange(len(_WAYS))](dice, token, other)
        # White space around a token may rightly be taken off again, and no header can hold the end of a line.
        if made.replace("\r", "").replace("\n", "").replace("\0", "").strip() not in {token, other}:
            return made
    return f"{token}x"


def forged_secret(dice: Random, secret: str) -> str:
    """An opaque secret that was never issued: `secret` with a letter changed, cut or added, never just framed."""
    if len(secret) < 6:
        return "wr_" + "A" * 43
    place = dice.randrange(3, len(secret))
    roll = dice.randrange(6)
    if roll < 2:
        return secret[:place] + dice.choice("ABCDEabcde0123456789-_".replace(secret[place], "")) + secret[place + 1 :]
    if roll == 2:
        return secret[:place]
    if roll == 3:
        return secret[:place] + dice.choice("AZaz09-_") + secret[place:]
    if roll == 4:
        return dice.choice(("wc_", "wr_", "ws_", "wb_", "wd_", "wn_", "wt_")).replace(secret[:3], "xx_") + secret[3:]
    return secret[:3] + secret[3:].swapcase()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(segment: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        return b"{}"


def _document(segment: str) -> dict[str, Any]:
    try:
        read = json.loads(_decode(segment))
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _dumped(document: Any) -> str:
    return _encode(json.dumps(document, separators=(",", ":")).encode())


def _another_algorithm(dice: Random, token: str, _other: str) -> str:
    header, claims, signature = token.split(".")
    made = _dumped({**_document(header), "alg": dice.choice(ALGORITHMS)})
    return f"{made}.{claims}.{dice.choice((signature, '', 'AAAA'))}"


def _another_header(dice: Random, token: str, _other: str) -> str:
    header, claims, signature = token.split(".")
    name, value = dice.choice(HEADERS)
    made = {**_document(header), name: value}
    if dice.random() < 0.3:
        made["typ"] = dice.choice(KINDS)
    if dice.random() < 0.2:
        made.pop(dice.choice(("alg", "kid", "typ")), None)
    return f"{_dumped(made)}.{claims}.{signature}"


def _respelled_header(dice: Random, token: str, _other: str) -> str:
    header, claims, signature = token.split(".")
    members = list(_document(header).items())
    dice.shuffle(members)
    spaced = json.dumps(dict(members), indent=dice.choice((None, 1)))
    return f"{_encode(dice.choice(('', ' ')).encode() + spaced.encode())}.{claims}.{signature}"


def _other_claims(dice: Random, token: str, _other: str) -> str:
    header, claims, signature = token.split(".")
    made = _document(claims)
    for _ in range(dice.choice((1, 1, 2, 4))):
        name = dice.choice(MEMBERS)
        if dice.random() < 0.2:
            made.pop(name, None)
        else:
            made[name] = dice.choice(ODD)
    made["changed"] = dice.random()
    return f"{header}.{_dumped(made)}.{signature}"


def _odd_document(dice: Random, token: str, _other: str) -> str:
    parts = token.split(".")
    parts[dice.randrange(2)] = _encode(dice.choice(ODD_DOCUMENTS))
    return ".".join(parts)


def _oversize(dice: Random, token: str, _other: str) -> str:
    parts = token.split(".")
    parts[dice.randrange(3)] += "A" * dice.choice((400, 4000, 12_000))
    return ".".join(parts)


def _other_signature(dice: Random, token: str, other: str) -> str:
    header, claims, signature = token.split(".")
    raw = _decode(signature)
    made = dice.choice(
        (
            b"", bytes(64), bytes(256), raw[:-1], raw + b"\0", raw[::-1], raw[32:] + raw[:32], _der(raw[:32],
            raw[32:64]),
            _decode(other.rpartition(".")[2]) + b"\1", bytes([raw[0] ^ 1]) + raw[1:] if raw else b"\1",
        )
    )  # fmt: skip
    return f"{header}.{claims}.{_encode(made)}"


def _der(r: bytes, s: bytes) -> bytes:
    parts = b"".join(b"\x02" + bytes([len(one)]) + one for one in (r, s))
    return b"\x30" + bytes([len(parts) & 0x7F]) + parts


def _mixed_parts(dice: Random, token: str, other: str) -> str:
    mine, theirs = token.split("."), [*other.split("."), "", "", ""][:3]
    return ".".join(dice.choice(pair) for pair in zip(mine, theirs, strict=True)) + dice.choice(("", "", ".", "A"))


def _other_count(dice: Random, token: str, _other: str) -> str:
    parts = token.split(".")
    return dice.choice(
        (
            ".".join(parts[:2]), parts[0], ".".join(parts) + ".", "." + token, ".".join([*parts, "x", "y"]), "...",
            "..",
            "." * 400, f"{parts[0]}..{parts[2]}", f"{parts[0]}.{parts[1]}.", ".".join(parts * 3),
        )
    )  # fmt: skip


def _other_encoding(dice: Random, token: str, _other: str) -> str:
    header, claims, signature = token.split(".")
    place = dice.randrange(3)
    parts = [header, claims, signature]
    segment = parts[place]
    last = segment[-1:] or "A"
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # The letter beside the last one often decodes to the same bytes; only one spelling may be accepted.
    beside = alphabet[(alphabet.find(last) ^ 1) % 64]
    parts[place] = dice.choice(
        (
            segment + "=", segment + "==", segment.replace("-", "+").replace("_", "/") + "=", segment[:-1] + beside,
            segment + "\n", segment[:4] + "\t" + segment[4:], segment[:4] + "é" + segment[4:],
            segment[:8] + "%" + segment[8:],
        )
    )  # fmt: skip
    return ".".join(parts)


def _as_json(dice: Random, token: str, _other: str) -> str:
    header, claims, signature = token.split(".")
    flat: dict[str, Any] = {"payload": claims, "protected": header, "signature": signature}
    if dice.random() < 0.5:
        flat = {"payload": claims, "signatures": [{"protected": header, "signature": signature}]}
    return json.dumps(flat)


def _nested(dice: Random, token: str, _other: str) -> str:
    header, _claims, signature = token.split(".")
    made = token
    for _ in range(dice.choice((1, 2))):
        made = f"{header}.{_encode(made.encode())}.{signature}"
    return made


def _numbers(dice: Random, token: str, _other: str) -> str:
    header, claims, signature = token.split(".")
    text = json.dumps({**_document(claims), "exp": "@"}).replace('"@"', dice.choice(NUMBERS).strip() or "0")
    return f"{header}.{_encode(text.encode())}.{signature}"


def _damaged(dice: Random, token: str, _other: str) -> str:
    made = damaged(dice, token)
    return made.decode("latin-1") if isinstance(made, bytes) else made


_WAYS: tuple[Callable[[Random, str, str], str], ...] = (
    _another_algorithm, _another_header, _another_header, _respelled_header, _other_claims, _odd_document, _oversize,
    _other_signature, _mixed_parts, _other_count, _other_encoding, _as_json, _nested, _numbers, _damaged,
)  # fmt: skip
