from __future__ import annotations

import contextlib
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from biometrics.decoding.limits import Limits, RawShape
from biometrics.decoding.wire import (
    REPLY,
    Misspoken,
    packed_refusal,
    packed_request,
    packed_sample,
    read_reply,
    unpacked_request,
)
from biometrics.errors import Reason, Refused
from biometrics.sample import FingerPosition, Sample, SampleFormat

LIMITS = Limits()


@given(fields=st.binary(min_size=REPLY.size, max_size=REPLY.size) | st.binary(max_size=100))
def test_lies(fields: bytes) -> None:
    """Whatever a child answers, the body that is then awaited is no larger than an honest one."""
    with contextlib.suppress(Misspoken):
        reply = read_reply(fields, LIMITS)
        assert 0 <= reply.body <= 3 * LIMITS.pixels


@given(
    head=st.tuples(*[st.integers(0, 255)] * 4),
    size=st.tuples(st.integers(0, 1 << 32), st.integers(0, 5000)).map(lambda pair: (pair[0] % (1 << 32), pair[1])),
    ppi=st.floats(),
)
def test_fields_out_of_range(head: tuple[int, int, int, int], size: tuple[int, int], ppi: float) -> None:
    """An answer is read only if a sample or a refusal can be made of it."""
    fields = REPLY.pack(*head, *size, ppi, -1, 5)
    try:
        reply = read_reply(fields, LIMITS)
    except Misspoken:
        return
    if reply.body <= 1 << 20:
        assert isinstance(reply.value(bytearray(reply.body)), Sample | Refused)


@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from((1, 3))),
    ppi=st.none() | st.floats(150, 2000),
    kind=st.sampled_from(SampleFormat),
    position=st.sampled_from(FingerPosition),
)
def test_sample_round_trip(
    shape: tuple[int, int, int], ppi: float | None, kind: SampleFormat, position: FingerPosition
) -> None:
    """A sample arrives as it was sent."""
    pixels = np.arange(math.prod(shape), dtype=np.uint8).reshape(shape[:2] if shape[2] == 1 else shape)
    sent = Sample(pixels, ppi, kind, position)
    reply = read_reply(packed_sample(sent), LIMITS)
    found = reply.value(bytearray(pixels.tobytes()))
    assert isinstance(found, Sample)
    assert np.array_equal(found.pixels, pixels)
    assert (found.ppi, found.format, found.position) == (ppi, kind, position)


@given(reason=st.sampled_from(Reason), detail=st.text(max_size=200), offset=st.none() | st.integers(0, 1 << 40))
def test_refusal_round_trip(reason: Reason, detail: str, offset: int | None) -> None:
    """A refusal arrives as it was sent, its detail cut where it is long."""
    sent = packed_refusal(Refused(reason, detail, offset))
    reply = read_reply(sent[: REPLY.size], LIMITS)
    found = reply.value(bytearray(sent[REPLY.size :]))
    assert isinstance(found, Refused)
    assert (found.reason, found.offset) == (reason, offset)
    assert found.detail == detail or len(detail.encode()) > 400


@given(
    hint=st.none()
    | st.builds(RawShape, st.integers(1, 1 << 24), st.integers(1, 1 << 24), st.none() | st.floats(1, 9999))
)
def test_request_round_trip(hint: RawShape | None) -> None:
    """A request arrives as it was sent."""
    assert unpacked_request(packed_request(b"abc", hint)) == (3, hint)
