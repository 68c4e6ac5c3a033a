"""What cards are made like: one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from idp.keys.jose import Algorithm

__all__ = ["CardPolicy"]


@dataclass(frozen=True, slots=True)
class CardPolicy:
    """Limits and lifetimes (design section 11).

    `algorithm` is ES256 because every browser checks it; EdDSA is as good. `ahead`: a key is published this long
    before it signs, so that whoever checks cards off the network has it. A list is made anew every `period`, and may
    be used off the network for `list_lifetime`. `least_level`: cards are for people whom somebody has seen.
    """

    algorithm: Algorithm = Algorithm.ES256
    lifetime: timedelta = timedelta(days=5 * 365)
    ahead: timedelta = timedelta(hours=24)
    period: timedelta = timedelta(minutes=15)
    list_lifetime: timedelta = timedelta(days=7)
    least_level: int = 2
    picture_bytes: int = 700
    country: str = "SLE"
    language: str = "eng"
