"""Apache's module against the provider under https."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.fixtures import authority, certificate, clock, person, private, provider, visitor

__all__ = ["authority", "certificate", "clock", "person", "private", "provider", "visitor"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder talks to a running server."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.protocol)
