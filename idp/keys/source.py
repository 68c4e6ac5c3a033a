"""The keyring of this process, read again when keys change or a minute has passed."""

from __future__ import annotations

from collections.abc import Callable

from idp.clock import Clock
from idp.ephemeral.cache import GenerationCache
from idp.ephemeral.store import Ephemeral
from idp.errors import StoreUnavailableError
from idp.keys.keyring import Keyring

__all__ = ["GENERATION", "Keyrings"]

GENERATION = "keys"
RELOAD_SECONDS = 60
# Where the ring could not be read anew, nobody waits for the next try before this has passed.
RETRY_SECONDS = 2.0


class Keyrings:
    """Hands out the current `Keyring`. A rotation is seen within half a second, a passing moment within a minute.

    Which key signs at a moment is decided by the ring itself from the clock, so the minute matters only for what
    is published.
    """

    def __init__(
        self, load: Callable[[], Keyring], ephemeral: Ephemeral, clock: Clock, monotonic: Callable[[], float]
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._again = float("-inf")
        self._last: Keyring | None = None
        self._cache: GenerationCache[int, Keyring] = GenerationCache(
            GENERATION, lambda _minute: load(), ephemeral, monotonic=monotonic, capacity=2
        )

    def current(self) -> Keyring:
        """The ring to sign and verify with now.

        While the store is away the last ring is used on: relying parties must be able to fetch JWKS in an outage.
        Raises `StoreUnavailableError` when there never was one.
        """
        if self._last is not None and self._monotonic() < self._again:
            return self._last
        try:
            self._last = self._cache.get(int(self._clock.epoch() // RELOAD_SECONDS))
        except StoreUnavailableError:
            if self._last is None:
                raise
            self._again = self._monotonic() + RETRY_SECONDS
        return self._last
