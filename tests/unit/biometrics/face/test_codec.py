from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.face.codec import ENGINE_DIGEST, StorageForm, decode, encode, from_int8, to_int8
from biometrics.face.parameters import SAME_PERSON, STORAGE_LOSS
from biometrics.face.template import ENGINE, MAX_VECTORS, FaceTemplate, merge

FORMS = tuple(StorageForm)


def vectors(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Unit vectors around one random direction, as of one person."""
    rng = np.random.default_rng(seed)
    raw = 2 * rng.standard_normal(128) + rng.standard_normal((count, 128))
    return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True), np.float32)


def encoded(template: FaceTemplate, form: StorageForm) -> bytes:
    """The bytes of a template that can be written."""
    content = encode(template, form)
    assert isinstance(content, bytes)
    return content


def reason(answer: object) -> Reason | None:
    """The reason of a refusal."""
    return answer.reason if isinstance(answer, Refused) else None


@pytest.mark.parametrize("form", FORMS)
def test_another_engine_is_refused(form: StorageForm) -> None:
    """A template of another engine is neither written nor read, whichever bit of the digest differs."""
    assert reason(encode(FaceTemplate("wangov-face-0", vectors(1)), form)) is Reason.TEMPLATE_ENGINE
    content = bytearray(encoded(FaceTemplate(ENGINE, vectors(1)), form))
    start = content.index(ENGINE_DIGEST)
    for place in range(start, start + len(ENGINE_DIGEST)):
        content[place] ^= 1
        assert reason(decode(bytes(content))) is Reason.TEMPLATE_ENGINE
        content[place] ^= 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, 2.0])
def test_wrong_numbers_are_neither_written_nor_read(bad: float) -> None:
    """NaN, infinity, a vector of zeros and one that is too long are refused both ways."""
    spoiled = vectors(2)
    spoiled[1] *= bad
    assert reason(encode(FaceTemplate(ENGINE, spoiled))) is Reason.TEMPLATE_NUMBERS
    content = encoded(FaceTemplate(ENGINE, vectors(2)), StorageForm.FLOAT32)
    body = spoiled.astype(">f4").tobytes()
    assert reason(decode(content[: -len(body)] + body)) is Reason.TEMPLATE_NUMBERS


def test_an_int8_vector_of_zeros_is_refused() -> None:
    """Zeros have no direction to be read back."""
    content = encoded(FaceTemplate(ENGINE, vectors(2)), StorageForm.INT8)
    assert reason(decode(content[:-128] + bytes(128))) is Reason.TEMPLATE_NUMBERS


@pytest.mark.parametrize(
    "shape", [(0, 128), (MAX_VECTORS + 1, 128), (1, 127), (128,)], ids=["none", "many", "short", "flat"]
)
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    """Only one to 64 vectors of 128 numbers make a template."""
    wrong = FaceTemplate(ENGINE, np.full(shape, 128**-0.5, np.float32))
    assert reason(encode(wrong)) in {Reason.TEMPLATE_EMPTY, Reason.TEMPLATE_MALFORMED}


@pytest.mark.parametrize("form", FORMS)
def test_every_wrong_length_is_refused(form: StorageForm) -> None:
    """No shorter and no longer content is taken for a template."""
    content = encoded(FaceTemplate(ENGINE, vectors(1)), form)
    for length in range(len(content)):
        assert reason(decode(content[:length])) is Reason.TEMPLATE_MALFORMED
    assert reason(decode(content + b"\0")) is Reason.TEMPLATE_MALFORMED


@pytest.mark.parametrize(
    ("place", "value", "expected", "offset"),
    [
        (0, b"WGFX", Reason.TEMPLATE_MALFORMED, 0),
        (4, b"\2", Reason.TEMPLATE_MALFORMED, 4),
        (5, b"\2", Reason.TEMPLATE_MALFORMED, 5),
        (6, struct.pack(">H", 0), Reason.TEMPLATE_EMPTY, 6),
        (6, struct.pack(">H", 65), Reason.TEMPLATE_MALFORMED, 6),
    ],
)
def test_a_wrong_head_is_refused_at_its_byte(place: int, value: bytes, expected: Reason, offset: int) -> None:
    """Each field of the head that cannot be says where it stands."""
    content = encoded(FaceTemplate(ENGINE, vectors(1)), StorageForm.FLOAT32)
    refused = decode(content[:place] + value + content[place + len(value) :])
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.offset) == (expected, offset)


@given(st.binary(max_size=700))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Reading never raises."""
    assert isinstance(decode(content), FaceTemplate | Refused)


@given(st.binary(max_size=600), st.integers(1, 3), st.sampled_from(FORMS))
def test_any_body_is_a_sound_template_or_refused(body: bytes, count: int, form: StorageForm) -> None:
    """Behind a right head any bytes become unit vectors or a refusal."""
    found = decode(struct.pack(">4sBBH", b"WGFT", 1, form, count) + ENGINE_DIGEST + body)
    if isinstance(found, FaceTemplate):
        assert np.allclose(np.linalg.norm(found.vectors, axis=1), 1.0, atol=2e-3)


@given(st.integers(1, MAX_VECTORS), st.integers(0, 2**32 - 1))
def test_float32_comes_back_to_the_bit(count: int, seed: int) -> None:
    """The float32 form loses nothing, in 16 + 512 n bytes."""
    template = FaceTemplate(ENGINE, vectors(count, seed))
    content = encoded(template, StorageForm.FLOAT32)
    found = decode(content)
    assert isinstance(found, FaceTemplate)
    assert len(content) == 16 + 512 * count
    assert np.array_equal(found.vectors, template.vectors)


@given(st.integers(1, MAX_VECTORS), st.integers(0, 2**32 - 1))
def test_int8_keeps_the_direction(count: int, seed: int) -> None:
    """The int8 form keeps the cosine to within a hundredth, in 16 + 128 n bytes, and is stable."""
    template = FaceTemplate(ENGINE, vectors(count, seed))
    content = encoded(template, StorageForm.INT8)
    found = decode(content)
    assert isinstance(found, FaceTemplate)
    assert len(content) == 16 + 128 * count
    assert np.abs(found.vectors @ template.vectors.T - template.vectors @ template.vectors.T).max() < 0.01
    assert encoded(found, StorageForm.INT8) == content


def test_the_int8_scale() -> None:
    """The largest number becomes 127, whatever the length of the vector."""
    rows = np.array([[1.0, -0.5, 0.0], [0.1, 0.1, -0.1]], np.float32)
    assert to_int8(rows).tolist() == [[127, -64, 0], [127, 127, -127]]
    assert np.allclose(np.linalg.norm(from_int8(to_int8(rows)), axis=1), 1.0)


def test_templates_of_two_engines_do_not_merge() -> None:
    """Images enrolled with another engine cannot join a template, and nothing merges to nothing."""
    ours, foreign = FaceTemplate(ENGINE, vectors(1)), FaceTemplate("wangov-face-0", vectors(1))
    assert reason(merge([ours, foreign])) is Reason.TEMPLATE_ENGINE
    assert reason(merge([])) is Reason.TEMPLATE_EMPTY
    assert reason(merge([FaceTemplate(ENGINE, vectors(40))] * 2)) is Reason.TEMPLATE_MALFORMED


def test_merging_keeps_the_order() -> None:
    """The vectors of several images stand in the order of the images."""
    all_three = vectors(3, 1)
    first, second = FaceTemplate(ENGINE, all_three[:2]), FaceTemplate(ENGINE, all_three[2:])
    merged = merge([first, second])
    assert isinstance(merged, FaceTemplate)
    assert np.array_equal(merged.vectors, np.concatenate([first.vectors, second.vectors]))


def at_cosine(cosine: float) -> NDArray[np.float32]:
    """Two unit vectors with just that cosine."""
    rows = np.zeros((2, 128), np.float32)
    rows[0, 0] = 1
    rows[1, :2] = cosine, (1 - cosine**2) ** 0.5
    return rows


@pytest.mark.parametrize("count", range(2, 6))
def test_different_people_do_not_merge(count: int) -> None:
    """Images of as many people do not become one template, whatever stands between the two that are least alike."""
    people = np.random.default_rng(count).standard_normal((count, 128))
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    found = merge([FaceTemplate(ENGINE, row[np.newaxis].astype(np.float32)) for row in people])
    assert reason(found) is Reason.FACE_DIFFERENT
    same = vectors(4)
    stranger = FaceTemplate(ENGINE, -same[:1])
    assert reason(merge([FaceTemplate(ENGINE, same), stranger])) is Reason.FACE_DIFFERENT


def test_what_people_is_decided_at_the_likeness_stated() -> None:
    """At the least cosine of one person two vectors merge, below it they do not, and the detail names the pair."""
    for cosine, merges in ((SAME_PERSON + 1e-3, True), (SAME_PERSON - 1e-3, False)):
        found = merge([FaceTemplate(ENGINE, row[np.newaxis]) for row in at_cosine(cosine)])
        assert isinstance(found, FaceTemplate) is merges
        if isinstance(found, Refused):
            assert "not of one person" in found.detail
            assert "of 0 and 1" in found.detail


@pytest.mark.parametrize("form", FORMS)
def test_storage_never_loses_a_person(form: StorageForm) -> None:
    """What merged at the limit is read again from either form; a stored template of two people is refused."""
    limit = merge([FaceTemplate(ENGINE, row[np.newaxis]) for row in at_cosine(SAME_PERSON + 1e-6)])
    assert isinstance(limit, FaceTemplate)
    assert isinstance(decode(encoded(limit, form)), FaceTemplate)
    two = at_cosine(SAME_PERSON - 2 * STORAGE_LOSS)
    assert reason(encode(FaceTemplate(ENGINE, two), form)) is Reason.FACE_DIFFERENT
    head = encoded(limit, form)[:16]
    body = to_int8(two).tobytes() if form is StorageForm.INT8 else two.astype(">f4").tobytes()
    assert reason(decode(head + body)) is Reason.FACE_DIFFERENT
