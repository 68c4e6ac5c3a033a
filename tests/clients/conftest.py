"""Libraries of others against the provider under https."""

from __future__ import annotations

from tests.clients.fixtures import authority, certificate, clock, node_home, person, private, provider, visitor

__all__ = ["authority", "certificate", "clock", "node_home", "person", "private", "provider", "visitor"]
