"""Short-lived state in Valkey, the only door to it: parked requests, counters, cache generations, session cache.

Public names: `Count`, `Ephemeral`.
"""

from idp.ephemeral.store import Count, Ephemeral

__all__ = ["Count", "Ephemeral"]
