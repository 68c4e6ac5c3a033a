"""Assurance: what a sign-in was worth, as levels (NIST SP 800-63-4) and as the `acr` and `amr` of tokens.

`acr` is `nid:k`, the greatest k that identity proofing (IAL) and authentication (AAL) both reach.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["ACRS", "CODE", "MANY", "PASSWORD", "aal_of", "acr_for", "level_of", "meets"]

# Authentication method references (RFC 8176 section 2).
PASSWORD = "pwd"
CODE = "otp"
MANY = "mfa"

ACRS = ("nid:1", "nid:2", "nid:3")


def aal_of(amr: Iterable[str]) -> int:
    """The authentication level reached: 2 with password and one-time code, else 1.

    Level 3 needs a factor that resists phishing; none of the methods known here does.
    """
    return 2 if {PASSWORD, CODE} <= set(amr) else 1


def acr_for(ial: int, aal: int) -> str:
    """The `acr` of a person proofed to `ial` who signed in at `aal`, both 1 to 3."""
    return ACRS[min(ial, aal) - 1]


def level_of(acr: str) -> int:
    """1 to 3, or 0 for an `acr` that is none of ours."""
    return ACRS.index(acr) + 1 if acr in ACRS else 0


def meets(acr: str, wanted: str) -> bool:
    """True when `acr` is at least `wanted`; nothing of ours meets a value that is not ours."""
    return 0 < level_of(wanted) <= level_of(acr)
