"""The two phases of a machine request as values: what the store must do, and what to say once it has.

`prepare` looks at the request alone and yields a `Plan`; the front commits its operations together with those of other
requests, runs `ahead` (signing) meanwhile, and calls `finish` with the rows. Nothing in a plan knows HTTP or threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749.errors import OAuth2Error

from idp.database import Operation
from idp.database.batch import Row

__all__ = ["Outcome", "Plan"]

# A JSON document for the caller (as bytes where it was encoded before), or a registered OAuth error as a value.
Outcome = dict[str, Any] | bytes | OAuth2Error


@dataclass(frozen=True, slots=True)
class Plan:
    """Operations to commit, work to do meanwhile, and the answer made of both.

    `finish(rows, early)` gets one row (or None) for each operation and what `ahead` returned (None without it).
    """

    operations: Sequence[Operation]
    finish: Callable[[Sequence[Row | None], Any], Outcome]
    ahead: Callable[[], Any] | None = None
