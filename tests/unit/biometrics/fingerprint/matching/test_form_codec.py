"""Bytes of short forms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.form_codec import HEAD_BYTES, decode, encode
from biometrics.fingerprint.matching_parameters import FORM
from biometrics.fingerprint.projection import SHORT
from biometrics.fingerprint.shortlist import ShortForm, ShortGallery, fault, shorten


def made(count: int, seed: int = 1) -> ShortForm:
    """A short form of nobody with so many minutiae."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((FORM.short_minutiae, SHORT + 3), np.int8)
    vectors = rng.standard_normal((count, SHORT))
    rows[:count, :SHORT] = np.rint(vectors * (127 / np.linalg.norm(vectors, axis=1, keepdims=True)))
    rows[:count, SHORT:] = rng.integers(-127, 128, (count, 3))
    return ShortForm(count, rows[:, :SHORT].copy(), rows[:, SHORT:].copy())


def encoded(form: ShortForm) -> bytes:
    """The bytes of a form of ours."""
    content = encode(form)
    assert isinstance(content, bytes)
    return content


def reason(found: object) -> Reason | None:
    """Why it was refused."""
    return found.reason if isinstance(found, Refused) else None


def test_forms_of_another_engine_are_refused() -> None:
    """Neither written nor read, nor taken into a gallery or searched for there."""
    foreign = replace(made(3), engine="wangov-finger-1+0123456789abcdef")
    assert reason(encode(foreign)) is Reason.TEMPLATE_ENGINE
    content = bytearray(encoded(made(3)))
    for place in range(6, HEAD_BYTES):
        changed = content.copy()
        changed[place] ^= 1
        assert reason(decode(bytes(changed))) is Reason.TEMPLATE_ENGINE
    gallery = ShortGallery()
    with pytest.raises(ValueError, match="0123456789abcdef"):
        gallery.add(1, foreign)
    assert len(gallery) == 0
    with pytest.raises(ValueError, match="0123456789abcdef"):
        gallery.scores(foreign)


def test_what_is_no_form_is_refused() -> None:
    """Wrong letters, version, count and length."""
    content = encoded(made(3))
    for spoiled, expected in (
        (b"", Reason.TEMPLATE_MALFORMED),
        (b"WGFT" + content[4:], Reason.TEMPLATE_MALFORMED),
        (content[:4] + b"\2" + content[5:], Reason.TEMPLATE_MALFORMED),
        (content[:5] + b"\0" + content[6:HEAD_BYTES], Reason.TEMPLATE_EMPTY),
        (content[:5] + b"\4" + content[6:], Reason.TEMPLATE_MALFORMED),
        (content[:5] + b"\x31" + content[6:HEAD_BYTES] + bytes(49 * 66), Reason.TEMPLATE_MALFORMED),
        (content + b"\0", Reason.TEMPLATE_MALFORMED),
    ):
        assert reason(decode(spoiled)) is expected


@pytest.mark.parametrize("factor", [1.1, 0.5])
def test_vectors_of_another_length_are_refused(factor: float) -> None:
    """A form whose vectors are longer would be similar to everybody: not read, not written, not enrolled, no probe."""
    form = made(5)
    longer = form.vectors.astype(np.float64)
    longer[3] *= factor
    wrong = replace(form, vectors=np.clip(np.rint(longer), -127, 127).astype(np.int8))
    assert reason(encode(wrong)) is Reason.TEMPLATE_NUMBERS
    content = encoded(form)
    rows = np.concatenate([wrong.vectors, wrong.places], axis=1)[:5]
    assert reason(decode(content[:HEAD_BYTES] + rows.tobytes())) is Reason.TEMPLATE_NUMBERS
    gallery = ShortGallery()
    with pytest.raises(ValueError, match="length 127"):
        gallery.add("wrong", wrong)
    gallery.add("sound", form)
    with pytest.raises(ValueError, match="length 127"):
        gallery.scores(wrong)


def test_a_saturated_form_is_refused() -> None:
    """All numbers at their largest: what scored above every mate against everybody."""
    content = encoded(made(48))
    assert reason(decode(content[:HEAD_BYTES] + b"\x7f" * (48 * 66))) is Reason.TEMPLATE_NUMBERS


def test_numbers_beyond_the_count_are_refused() -> None:
    """Hidden minutiae do not count as fewer."""
    with pytest.raises(ValueError, match="beyond the last"):
        ShortGallery().add("wrong", replace(made(5), count=4))
    assert reason(encode(replace(made(5), count=49))) is Reason.TEMPLATE_MALFORMED


@given(st.integers(0, 2**32), st.floats(1e-3, 1e3))
def test_what_is_made_is_sound(seed: int, scale: float) -> None:
    """Vectors of any length and shape are rounded to what is accepted; one without a direction stays zero."""
    rng = np.random.default_rng(seed)
    projected = (rng.standard_normal((20, SHORT)) ** rng.integers(1, 6) * scale).astype(np.float32)
    projected[7] = 0
    minutiae = rng.uniform(-100, 100, (20, 5)).astype(np.float32)
    assert fault(shorten(minutiae, projected)) is None


@given(st.binary(max_size=300), st.integers(0, 300))
def test_damage_is_read_or_refused(noise: bytes, place: int) -> None:
    """No bytes raise."""
    content = encoded(made(3))
    assert isinstance(decode(content[:place] + noise + content[place:]), ShortForm | Refused)
    assert isinstance(decode(noise), Refused)


@given(st.integers(1, FORM.short_minutiae), st.integers(0, 2**32))
def test_round_trip(count: int, seed: int) -> None:
    """What is written is read again; 66 bytes a minutia."""
    form = made(count, seed)
    content = encoded(form)
    assert len(content) == HEAD_BYTES + 66 * count
    found = decode(content)
    assert isinstance(found, ShortForm)
    assert (found.count, found.engine) == (form.count, form.engine)
    assert np.array_equal(found.vectors, form.vectors)
    assert np.array_equal(found.places, form.places)
