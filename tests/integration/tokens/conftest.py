"""Fixtures of the statements of tokens."""

from tests.integration.tokens.world import shared_world, world

__all__ = ["shared_world", "world"]
