"""Ways to spoil bytes. Each takes a generator and sound bytes, and returns spoilt ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["MUTATIONS"]

# Numbers at which arithmetic goes wrong.
_EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
# Most fields of all formats stand in the first bytes.
_HEAD = 256


def truncated(rng: np.random.Generator, data: bytes) -> bytes:
    """Breaks off, mostly early or at the very end."""
    where = (rng.integers(0, len(data)), rng.integers(0, min(_HEAD, len(data))), len(data) - rng.integers(1, 9))
    return data[: int(where[int(rng.integers(0, 3))])]


def flipped(rng: np.random.Generator, data: bytes) -> bytes:
    """Single bits anywhere."""
    array = np.frombuffer(data, np.uint8).copy()
    at = rng.integers(0, len(array), int(rng.integers(1, 33)))
    array[at] ^= (1 << rng.integers(0, 8, len(at))).astype(np.uint8)
    return array.tobytes()


def head_flipped(rng: np.random.Generator, data: bytes) -> bytes:
    """Single bits in the header."""
    head = min(_HEAD, len(data))
    return flipped(rng, data[:head]) + data[head:]


def renumbered(rng: np.random.Generator, data: bytes) -> bytes:
    """A number of the header set to an edge."""
    size = int(rng.choice((1, 2, 4)))
    at = int(rng.integers(0, min(_HEAD, len(data) - size)))
    value = int(rng.choice(_EDGES)) & ((1 << (8 * size)) - 1)
    return data[:at] + value.to_bytes(size, "big" if rng.random() < 0.5 else "little") + data[at + size :]


def overwritten(rng: np.random.Generator, data: bytes) -> bytes:
    """A run of noise, zeros or ones."""
    at, length = int(rng.integers(0, len(data))), int(rng.integers(1, 2000))
    run = (rng.bytes(length), bytes(length), b"\xff" * length)[int(rng.integers(0, 3))]
    return (data[:at] + run + data[at + length :])[: len(data)]


def moved(rng: np.random.Generator, data: bytes) -> bytes:
    """A part taken out, doubled or put elsewhere."""
    begin, end = sorted(int(n) for n in rng.integers(0, len(data) + 1, 2))
    part, rest = data[begin:end], data[:begin] + data[end:]
    at = int(rng.integers(0, len(rest) + 1))
    return (rest, data[:end] + part + data[end:], rest[:at] + part + rest[at:])[int(rng.integers(0, 3))]


def swollen(rng: np.random.Generator, data: bytes) -> bytes:
    """Bytes put in or behind."""
    at = (0, len(data), int(rng.integers(0, len(data))))[int(rng.integers(0, 3))]
    return data[:at] + rng.bytes(int(rng.integers(1, 5000))) + data[at:]


MUTATIONS: dict[str, Callable[[np.random.Generator, bytes], bytes]] = {
    "truncated": truncated,
    "flipped": flipped,
    "head-flipped": head_flipped,
    "renumbered": renumbered,
    "overwritten": overwritten,
    "moved": moved,
    "swollen": swollen,
}
