"""Apache's module against the provider under https."""

from __future__ import annotations

from tests.clients.fixtures import authority, certificate, clock, person, private, provider, visitor

__all__ = ["authority", "certificate", "clock", "person", "private", "provider", "visitor"]
