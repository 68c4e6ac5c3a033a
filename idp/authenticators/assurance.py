"""Assurance: what a sign-in was worth, as levels (NIST SP 800-63-4) and as the `acr` and `amr` of tokens.

`acr` is `nid:k`, the greatest k that identity proofing (IAL) and authentication (AAL) both reach. Levels are told from
what was proven, never from what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ACRS",
    "CODE",
    "EMAIL",
    "FACE",
    "FINGER",
    "HARDWARE_KEY",
    "MANY",
    "PASSKEYS",
    "PASSWORD",
    "SMS",
    "SYNCED_KEY",
    "SYNCED_PASSKEY_LEVEL",
    "aal_of",
    "acr_for",
    "joined",
    "level_of",
    "meets",
]

# Authentication method references (RFC 8176 section 2); `email` is ours, for a code sent by e-mail.
PASSWORD = "pwd"
CODE = "otp"
SMS = "sms"
EMAIL = "email"
HARDWARE_KEY = "hwk"
SYNCED_KEY = "swk"
FACE = "face"
FINGER = "fpt"
MANY = "mfa"

ACRS = ("nid:1", "nid:2", "nid:3")
PASSKEYS = frozenset({HARDWARE_KEY, SYNCED_KEY})
SYNCED_PASSKEY_LEVEL = 2
_HELD = frozenset({CODE, SMS, HARDWARE_KEY, SYNCED_KEY})
_BODY = frozenset({FACE, FINGER})


def aal_of(amr: Iterable[str], synced_passkey: int = SYNCED_PASSKEY_LEVEL) -> int:
    """The authentication level reached, 1 to 3 (SP 800-63B-4 section 2).

    3 with a passkey that cannot leave its device and verified its user; `synced_passkey` (2 or 3) with one that can.
    2 with something held (a code generator or printed code, a telephone, a key) together with a password or a
    biometric. A biometric without something held, and a code by e-mail, add nothing.
    """
    proven = frozenset(amr)
    verified = MANY in proven
    if verified and HARDWARE_KEY in proven:
        return 3
    if verified and SYNCED_KEY in proven:
        return synced_passkey
    held = bool(proven & _HELD)
    return 2 if held and (PASSWORD in proven or proven & _BODY) else 1


def joined(proven: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """What is proven in all, in the order it was proven; with `mfa` once it is more than one kind of thing.

    A code by e-mail is no thing held (SP 800-63B-4 section 3.1.3.1).
    """
    told = dict.fromkeys((*proven, *more))
    kinds = (PASSWORD in told) + bool(told.keys() & _HELD) + bool(told.keys() & _BODY)
    several = MANY in told or kinds > 1
    told.pop(MANY, None)
    return (*told, MANY) if several else tuple(told)


def acr_for(ial: int, aal: int) -> str:
    """The `acr` of a person proofed to `ial` who signed in at `aal`, both 1 to 3."""
    return ACRS[min(ial, aal) - 1]


def level_of(acr: str) -> int:
    """1 to 3, or 0 for an `acr` that is none of ours."""
    return ACRS.index(acr) + 1 if acr in ACRS else 0


def meets(acr: str, wanted: str) -> bool:
    """True when `acr` is at least `wanted`; nothing of ours meets a value that is not ours."""
    return 0 < level_of(wanted) <= level_of(acr)
