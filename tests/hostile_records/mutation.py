"""Breaking a valid record the ways that records break: bytes, numbers, cuts, repeats, splices and plain noise."""

from __future__ import annotations

import numpy as np

EXTREMES = (0, 1, 3, 4, 24, 26, 0x7F, 0x80, 0xFF, 0x3FFF, 0x4000, 0x7FFF, 0x8000, 0xFFFF, 0xFFFFFFFF)


def mutated(seeds: list[bytes], generator: np.random.Generator) -> bytes:
    """One record after one to four changes."""
    data = bytearray(seeds[generator.integers(len(seeds))])
    for _ in range(generator.integers(1, 5)):
        change = CHANGES[generator.integers(len(CHANGES))]
        data = change(data, seeds, generator)
    return bytes(data)


def _byte(data: bytearray, _: list[bytes], generator: np.random.Generator) -> bytearray:
    if data:
        data[generator.integers(len(data))] = generator.integers(256)
    return data


def _bit_in_front(data: bytearray, _: list[bytes], generator: np.random.Generator) -> bytearray:
    if data:
        data[generator.integers(min(len(data), 60))] ^= 1 << int(generator.integers(8))
    return data


def _number(data: bytearray, _: list[bytes], generator: np.random.Generator) -> bytearray:
    size = int(generator.choice([1, 2, 4]))
    if len(data) >= size:
        at = int(generator.integers(min(len(data) - size + 1, 80)))
        data[at : at + size] = (EXTREMES[generator.integers(len(EXTREMES))] & (256**size - 1)).to_bytes(size)
    return data


def _cut(data: bytearray, _: list[bytes], generator: np.random.Generator) -> bytearray:
    return data[: generator.integers(len(data) + 1)]


def _longer(data: bytearray, _: list[bytes], generator: np.random.Generator) -> bytearray:
    return data + (bytes(int(generator.integers(40))) if generator.integers(2) else generator.bytes(20))


def _repeat(data: bytearray, _: list[bytes], generator: np.random.Generator) -> bytearray:
    first, last = sorted(generator.integers(len(data) + 1, size=2))
    return (data[:last] + data[first:])[:200_000]


def _splice(data: bytearray, seeds: list[bytes], generator: np.random.Generator) -> bytearray:
    other = seeds[generator.integers(len(seeds))]
    return data[: generator.integers(len(data) + 1)] + other[generator.integers(len(other)) :]


def _noise(_: bytearray, __: list[bytes], generator: np.random.Generator) -> bytearray:
    magic = (b"FMR\0 20\0", b"FMR\0030\0", b"FMR\x00035\0")[generator.integers(3)]
    return bytearray(magic + generator.bytes(int(generator.integers(300))))


def _length_mended(data: bytearray, _: list[bytes], __: np.random.Generator) -> bytearray:
    """Make the stated length true, so that the change before it is met deeper inside."""
    if len(data) >= 12:
        size = 2 if data[4:8] == b" 20\0" and data[8:10] != b"\0\0" else 4
        data[8 : 8 + size] = (len(data) & (256**size - 1)).to_bytes(size)
    return data


CHANGES = (_byte, _byte, _bit_in_front, _number, _number, _cut, _longer, _repeat, _splice, _noise, _length_mended)
