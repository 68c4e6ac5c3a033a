"""Requests that the OpenAPI document describes, and requests that it does not allow: AC-132."""

from __future__ import annotations

import pytest
from schemathesis import GenerationMode

from tests.fuzz.described import OPERATIONS, Described, modes
from tests.fuzz.invariants import Judge
from tests.fuzz.world import World

SEED = 1
COUNT = 12
KINDS = [(label, mode) for label in OPERATIONS for mode in modes(label)]


@pytest.fixture(scope="module")
def described(world: World, judge: Judge) -> Described:
    """The document against the running server."""
    return Described(world, judge)


@pytest.mark.parametrize(("label", "mode"), KINDS, ids=lambda value: str(getattr(value, "value", value)))
def test_requests_are_answered_as_described(described: Described, label: str, mode: GenerationMode) -> None:
    """AC-132: allowed or not, any JSON in `claims` too: never a 5xx, no status, header or member undescribed."""
    described.run(label, mode, COUNT, SEED)
