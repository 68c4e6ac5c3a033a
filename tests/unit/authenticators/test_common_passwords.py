"""The list of the most common passwords: what is on it is found, what is not is not."""

import hashlib
from pathlib import Path

import pytest

from idp.authenticators import common_passwords
from idp.authenticators.common_passwords import BYTES, is_most_common, pack


@pytest.mark.parametrize("password", ["password", "iloveyou", "cocacola", "pakistan", "1q2w3e4r5t", "qwertyuiop"])
def test_common_passwords_are_found(password: str) -> None:
    """From every part of the list."""
    assert is_most_common(password)


@pytest.mark.parametrize("password", ["", "brisk otter lantern", "cocacolb", "\ud800", "x" * 5000])
def test_others_are_not(password: str) -> None:
    """Whatever they hold."""
    assert not is_most_common(password)


def test_list_is_sorted_and_whole() -> None:
    """Binary search needs both; more than ten thousand entries, each once."""
    held = Path(common_passwords.__file__).with_suffix(".bin").read_bytes()
    entries = [held[at : at + BYTES] for at in range(0, len(held), BYTES)]
    assert len(held) % BYTES == 0
    assert entries == sorted(set(entries))
    assert len(entries) > 10_000


def test_packed_list_holds_what_was_packed() -> None:
    """Sorted, once each, cut to the same length."""
    packed = pack(["b", "a", "b"])
    assert packed == b"".join(sorted(hashlib.sha256(text).digest()[:BYTES] for text in (b"a", b"b")))
