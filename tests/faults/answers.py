"""What every endpoint answers while something is broken, as one table. The page in the docs and the tests come from it.

`python -m tests.faults.answers` prints the table as the page holds it.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.catalogue import BY_NAME

__all__ = ["COLUMNS", "EITHER", "IN_ORDER", "ROWS", "TABLE", "allowed", "rendered"]

# Rows: a short name, and what the page calls it.
ROWS: Mapping[str, str] = {
    "discovery": "discovery",
    "jwks": "JWKS",
    "own-token": "token, client credentials",
    "code": "token, code",
    "refresh": "token, refresh",
    "introspection": "introspection",
    "userinfo": "userinfo",
    "revocation": "revocation",
    "authorize": "authorization, signed in",
    "newcomer": "authorization, not signed in",
    "password": "sign-in form",
    "consent": "consent form",
    "account": "account page",
    "sign-out": "sign-out",
    "live": "`/health/live`",
    "ready": "`/health/ready`",
}
COLUMNS = (
    "postgres-killed", "postgres-silent", "valkey-killed", "valkey-silent", "stores-slow", "disk-full", "worker-killed",
    "reload", "clock-ahead", "clock-back",
)  # fmt: skip

IN_ORDER: Mapping[str, str] = {
    "discovery": "200",
    "jwks": "200",
    "own-token": "200",
    "code": "200",
    "refresh": "200",
    "introspection": "200 active",
    "userinfo": "200",
    "revocation": "200",
    "authorize": "303 with code",
    "newcomer": "303 to sign-in",
    "password": "303 onward",
    "consent": "303 onward",
    "account": "200",
    "sign-out": "200",
    "live": "200",
    "ready": "200",
}
_NEEDS_POSTGRES = (
    "own-token", "code", "refresh", "introspection", "userinfo", "revocation", "authorize", "password", "consent",
    "account", "sign-out",
)  # fmt: skip
_NEEDS_VALKEY = ("newcomer", "password", "consent", "sign-out")
# Something decides between the two: what a worker remembers, or whether a row still fits into a half empty page.
EITHER = "503 or as ever"
_NO_POSTGRES = {**dict.fromkeys(_NEEDS_POSTGRES, "503"), "newcomer": EITHER, "ready": "200 without postgresql"}
_NO_VALKEY = {**dict.fromkeys(_NEEDS_VALKEY, "503"), "ready": "200 without valkey"}
# Reading needs no room, but what is audited is written too.
_NO_ROOM = {name: EITHER for name in _NEEDS_POSTGRES if name != "account"}
_TOO_OLD = {
    "code": "400 invalid_grant",
    "refresh": "400 invalid_grant",
    "introspection": "200 inactive",
    "userinfo": "401 invalid_token",
    "authorize": "303 to sign-in",
    "password": "400",
    "consent": "400",
    "account": "303 to sign-in",
}
# Readiness waits half a second, which a slow store at times exceeds, and so does a new worker's first connection.
IN_TIME = "200, at times without a store"
_WITHOUT = ("postgresql", "valkey", "postgresql and valkey")
# Where a fault changes the answer; everywhere else it is the one of `IN_ORDER`.
TABLE: Mapping[str, Mapping[str, str]] = {
    "postgres-killed": _NO_POSTGRES,
    "postgres-silent": _NO_POSTGRES,
    "valkey-killed": _NO_VALKEY,
    "valkey-silent": _NO_VALKEY,
    "stores-slow": {"ready": IN_TIME},
    "disk-full": _NO_ROOM,
    "worker-killed": {},
    "reload": {"ready": IN_TIME},
    "clock-ahead": _TOO_OLD,
    "clock-back": {"password": "400", "consent": "400"},
}


def allowed(fault: str, row: str) -> frozenset[str]:
    """The answers that an endpoint may give during a fault."""
    cell = TABLE[fault].get(row, IN_ORDER[row])
    if cell == IN_TIME:
        return frozenset({"200", *(f"200 without {stores}" for stores in _WITHOUT)})
    return frozenset({"503", IN_ORDER[row]} if cell == EITHER else {cell})


def rendered() -> str:
    """The table as the page holds it; an answer that is the usual one is a dot."""
    heads = ["Endpoint", "in order", *(BY_NAME[name].title for name in COLUMNS)]
    lines = [heads, ["---"] * len(heads)]
    for row, title in ROWS.items():
        cells = [TABLE[column].get(row, IN_ORDER[row]) for column in COLUMNS]
        lines.append([title, IN_ORDER[row], *("·" if cell == IN_ORDER[row] else cell for cell in cells)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    print(rendered())
