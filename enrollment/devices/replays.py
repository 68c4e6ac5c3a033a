"""Which blocks were seen already, remembered in Valkey for as long as a block could be taken."""

from __future__ import annotations

from datetime import timedelta

from idp.ephemeral import Ephemeral

__all__ = ["RememberedBlocks"]


class RememberedBlocks:
    """Fulfils `chain.Replays`, over all processes at once."""

    def __init__(self, ephemeral: Ephemeral) -> None:
        self._ephemeral = ephemeral

    def first(self, mark: bytes, keep: timedelta) -> bool:
        """True for one caller only, of any number at once, within `keep`."""
        name = f"device-block:{mark.hex()}"
        return self._ephemeral.count(name, limit=1, window_seconds=int(keep.total_seconds())).allowed
