"""Identifiers from the one door to randomness."""

import uuid
from datetime import timedelta

from idp.entropy import Entropy
from tests.factories.moments import START, StillClock


def test_rfc_9562_5_7_identifiers_are_version_7_in_both_forms() -> None:
    """Milliseconds first, version and variant where they belong, the rest random; the text is the object's."""
    clock = StillClock()
    entropy = Entropy(clock)
    made = [entropy.uuid(), *(uuid.UUID(entropy.identifier()) for _ in range(200))]
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert {one.int >> 80 for one in made} == {int(START.timestamp() * 1000)}
    assert len(set(made)) == len(made)
    clock.advance(milliseconds=1)
    later = uuid.UUID(entropy.identifier())
    assert later.int >> 80 == int((START + timedelta(milliseconds=1)).timestamp() * 1000)
    assert all(one < later for one in made)


def test_every_random_bit_of_an_identifier_moves() -> None:
    """74 bits, each of them sometimes 0 and sometimes 1."""
    entropy = Entropy(StillClock())
    made = [int(entropy.identifier(), 16) for _ in range(400)]
    fixed = ~(0xF << 76 | 0b11 << 62)
    moving = 0
    for one in made[1:]:
        moving |= one ^ made[0]
    assert moving & ((1 << 80) - 1) & fixed == ((1 << 80) - 1) & fixed
