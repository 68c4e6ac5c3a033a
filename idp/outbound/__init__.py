"""Requests that leave the house: one guarded client for every address that somebody else may have chosen.

Public names: `Answer`, `GuardedClient`, `OutboundError`, `Trouble`.
"""

from idp.outbound.client import Answer, GuardedClient, OutboundError, Trouble

__all__ = ["Answer", "GuardedClient", "OutboundError", "Trouble"]
