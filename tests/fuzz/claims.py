"""JSON for the `claims` parameter (OpenID Connect Core 5.5): well-formed, nearly so, and not at all."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tests.fuzz.words import NUMBERS, WORDS

__all__ = ["claims_text"]

NAMES = (
    "name", "given_name", "email", "email_verified", "phone_number", "address", "birthdate", "locale", "updated_at",
    "sub", "acr", "auth_time", "amr", "nonce", "iss", "https://claims.example/x", "", "__proto__", "\0", "\ud800",
    "name#fr", "n" * 300, "verified_claims",
)  # fmt: skip
NOT_JSON = (
    "", "{", "}", "null", "[]", "1", '"x"', "{}x", "{'userinfo':{}}", '{"userinfo":{"name":NaN}}',
    '{"userinfo":{"name":{"value":Infinity}}}', '{"id_token":{},"id_token":{}}',
    '{"id_token":{"sub":null,"sub":null}}', "{" * 6, "[" * 5, '{"a":' * 3000, "\ufeff{}", '{"a":"\\ud800"}',
    '{"id_token":{"acr":{"value":' + "9" * 5000 + "}}}", '{"id_token":{"acr":{"values":[' + "1," * 4000 + "1]}}}",
    '{"userinfo":"\\', "// x\n{}", '{"userinfo":{"name":{"essential":1e999}}}', '{"id_token":{"\\u0000":null}}',
    '{"userinfo":{"' + "a" * 8200 + '":null}}',
)  # fmt: skip


def claims_text(dice: Random, subject: str) -> str:
    """A value for the parameter; `subject` is one that may rightly be asked for."""
    roll = dice.random()
    if roll < 0.25:
        return dice.choice(NOT_JSON)
    document: dict[str, Any] = {}
    for place in ("id_token", "userinfo", "access_token", "verified_claims"):
        if dice.random() < (0.7 if place in {"id_token", "userinfo"} else 0.1):
            document[place] = _target(dice, subject)
    if roll < 0.35:
        document[dice.choice(("userinfo", "id_token"))] = _odd(dice)
    text = json.dumps(document, ensure_ascii=dice.random() < 0.5)
    if roll < 0.45 and len(text) > 2:
        cut = dice.randrange(len(text))
        text = text[:cut] + dice.choice(('"', "{", "}", ",", "\\", "1", "\0", "é")) + text[cut + dice.randrange(2) :]
    return text


def _target(dice: Random, subject: str) -> Any:
    count = dice.choice((0, 1, 1, 2, 3, 6, 63, 65) if dice.random() < 0.1 else (1, 1, 2, 3))
    names = [f"claim{n}" for n in range(count)] if count > 6 else [dice.choice(NAMES) for _ in range(count)]
    return {name: _wanted(dice, subject if name == "sub" else "nid:1") for name in names}


def _wanted(dice: Random, value: str) -> Any:
    roll = dice.random()
    if roll < 0.3:
        return None
    if roll < 0.45:
        return _odd(dice)
    made: dict[str, Any] = {}
    if dice.random() < 0.5:
        made["essential"] = dice.choice((True, False, True, False, None, "true", 1))
    if dice.random() < 0.5:
        made["value"] = dice.choice((value, value, _odd(dice)))
    if dice.random() < 0.3:
        made["values"] = dice.choice(([value, "nid:2"], [], [[]], "nid:1", [None], [_odd(dice)] * dice.choice((1, 40))))
    return made


def _odd(dice: Random) -> Any:
    return dice.choice(
        (
            True, False, 0, -1, 1.5, 10**25, [], {}, [{}], {"a": {"b": {"c": {}}}}, "", dice.choice(WORDS),
            dice.choice(NUMBERS), ["x"] * 30,
        )
    )  # fmt: skip
