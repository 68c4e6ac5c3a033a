"""Sealed bytes open for their own person, purpose, version and label, and for nobody else."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.keys import FileRootKey, PersonKey, Purpose, PurposeKeys, Sealer
from idp.keys.sealing import KeysMissingError, SealBrokenError

AMA = UUID("018f0000-0000-7000-8000-000000000001")
KOFI = UUID("018f0000-0000-7000-8000-000000000002")
PURPOSE_KEYS = PurposeKeys({(purpose, version): os.urandom(32) for purpose in Purpose for version in (1, 2)})
SEALER = Sealer(PURPOSE_KEYS, os.urandom)
AMA_IDENTITY = SEALER.new_person_key(AMA, Purpose.IDENTITY)
KOFI_IDENTITY = SEALER.new_person_key(KOFI, Purpose.IDENTITY)
SEALED = SEALER.seal(AMA_IDENTITY, b"a name")


@given(st.binary(max_size=200))
def test_what_was_sealed_opens(plaintext: bytes) -> None:
    """Any bytes come back, 28 bytes longer in between and never the same twice."""
    first, second = SEALER.seal(AMA_IDENTITY, plaintext), SEALER.seal(AMA_IDENTITY, plaintext)
    assert first != second
    assert len(first) == len(plaintext) + 28
    assert SEALER.open(AMA_IDENTITY, first) == SEALER.open(AMA_IDENTITY, second) == plaintext


@pytest.mark.parametrize(
    "key",
    [
        KOFI_IDENTITY,
        SEALER.new_person_key(AMA, Purpose.IDENTITY),
        SEALER.new_person_key(AMA, Purpose.AUTHENTICATOR),
        dataclasses.replace(AMA_IDENTITY, person_id=KOFI),
        dataclasses.replace(AMA_IDENTITY, purpose=Purpose.AUTHENTICATOR),
        dataclasses.replace(AMA_IDENTITY, version=2),
        dataclasses.replace(AMA_IDENTITY, purpose_version=1),
        dataclasses.replace(AMA_IDENTITY, purpose_version=99),
        dataclasses.replace(AMA_IDENTITY, wrapped=KOFI_IDENTITY.wrapped),
        dataclasses.replace(KOFI_IDENTITY, wrapped=AMA_IDENTITY.wrapped),
        dataclasses.replace(AMA_IDENTITY, wrapped=b""),
        dataclasses.replace(AMA_IDENTITY, wrapped=AMA_IDENTITY.wrapped[:-1]),
    ],
)
def test_a_row_moved_to_another_place_does_not_open(key: PersonKey) -> None:
    """Swapping keys or contents between people, purposes and versions is noticed."""
    with pytest.raises(SealBrokenError):
        SEALER.open(key, SEALED)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_changed_byte_does_not_open(position: int, change: int) -> None:
    """Nonce, text and tag are all covered."""
    changed = bytearray(SEALED)
    changed[position] ^= change
    with pytest.raises(SealBrokenError):
        SEALER.open(AMA_IDENTITY, bytes(changed))


@pytest.mark.parametrize("length", [0, 1, 7, 12, 27, len(SEALED) - 1])
def test_bytes_cut_short_do_not_open(length: int) -> None:
    """Too short to be anything is an alarm like any other."""
    with pytest.raises(SealBrokenError):
        SEALER.open(AMA_IDENTITY, SEALED[:length])


def test_new_person_keys_take_the_newest_purpose_key_and_old_ones_still_open() -> None:
    """A purpose key is rotated without touching what was sealed before."""
    one = {(Purpose.IDENTITY, 1): os.urandom(32)}
    before = Sealer(PurposeKeys(one), os.urandom)
    key = before.new_person_key(AMA, Purpose.IDENTITY)
    sealed = before.seal(key, b"x")
    after = Sealer(PurposeKeys({**one, (Purpose.IDENTITY, 2): os.urandom(32)}), os.urandom)
    assert after.open(key, sealed) == b"x"
    assert (key.purpose_version, after.new_person_key(AMA, Purpose.IDENTITY).purpose_version) == (1, 2)


@pytest.mark.parametrize(
    ("purpose", "label", "change"),
    [
        (Purpose.SIGNING, "kid-2", lambda sealed: sealed),
        (Purpose.SIGNING, "", lambda sealed: sealed),
        (Purpose.SESSION, "kid-1", lambda sealed: sealed),
        (Purpose.SIGNING, "kid-1", lambda sealed: b"\x00\x01" + sealed[2:]),
        (Purpose.SIGNING, "kid-1", lambda sealed: b"\xff\xff" + sealed[2:]),
        (Purpose.SIGNING, "kid-1", lambda sealed: sealed[:-1]),
        (Purpose.SIGNING, "kid-1", lambda sealed: sealed[:2]),
        (Purpose.SIGNING, "kid-1", lambda _: b""),
    ],
)
def test_what_belongs_to_the_installation_opens_under_its_own_label(
    purpose: Purpose, label: str, change: Callable[[bytes], bytes]
) -> None:
    """A signing key cannot be put in another's place, nor rolled back to an older purpose key."""
    sealed = SEALER.seal_system(Purpose.SIGNING, "kid-1", b"private")
    assert SEALER.open_system(Purpose.SIGNING, "kid-1", sealed) == b"private"
    with pytest.raises(SealBrokenError):
        SEALER.open_system(purpose, label, change(sealed))


def test_a_root_key_opens_what_it_wrapped_in_the_same_context(tmp_path: Path) -> None:
    """Another root key or another context does not open it."""
    path = tmp_path / "root.key"
    path.write_bytes(os.urandom(32))
    root = FileRootKey.from_file(path, os.urandom)
    wrapped = root.wrap(b"k" * 32, b"purpose|identity|1")
    assert FileRootKey.from_file(path, os.urandom).unwrap(wrapped, b"purpose|identity|1") == b"k" * 32
    with pytest.raises(SealBrokenError):
        root.unwrap(wrapped, b"purpose|signing|1")
    with pytest.raises(SealBrokenError):
        FileRootKey(os.urandom(32), os.urandom).unwrap(wrapped, b"purpose|identity|1")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_root_key_of_another_size_is_refused(size: int) -> None:
    """The error tells the size and never the key."""
    with pytest.raises(ValueError, match=f"this one {size}"):
        FileRootKey(b"s" * size, os.urandom)


def test_an_installation_without_keys_says_so() -> None:
    """Until `keys init` has run, whatever needs a key names the reason; afterwards the same object works."""
    stored: dict[tuple[Purpose, int], bytes] = {}
    keys = PurposeKeys(lambda: stored)
    with pytest.raises(KeysMissingError):
        Sealer(keys, os.urandom).new_person_key(AMA, Purpose.IDENTITY)
    stored.update({(purpose, 1): os.urandom(32) for purpose in Purpose})
    assert Sealer(keys, os.urandom).new_person_key(AMA, Purpose.IDENTITY).version == 1


def test_a_mac_depends_on_its_purpose_and_its_text() -> None:
    """Pairwise names and blind tokens are stable, and different for each purpose."""
    mac = PURPOSE_KEYS.mac(Purpose.PAIRWISE, "one|sector")
    assert mac == PURPOSE_KEYS.mac(Purpose.PAIRWISE, "one|sector")
    assert len(mac) == 32
    assert mac != PURPOSE_KEYS.mac(Purpose.BLIND_INDEX, "one|sector")
    assert mac != PURPOSE_KEYS.mac(Purpose.PAIRWISE, "one|sector2")
