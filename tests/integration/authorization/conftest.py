"""Fixtures of the authorization server on a real database."""

from tests.integration.tokens.world import shared_world, world

__all__ = ["shared_world", "world"]
