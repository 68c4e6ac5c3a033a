"""Hostile JPEG 2000, WSQ and records: boxes in boxes, codestreams that claim too much, lengths that lie."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from tests.hostile.seeds import face_record, finger_record, finger_record_2011, ridges, seeds

__all__ = ["CONTAINERS"]

_SIGNATURE = struct.pack(">I4sI", 12, b"jP  ", 0x0D0A870A) + struct.pack(">I4s4sI4s", 20, b"ftyp", b"jp2 ", 0, b"jp2 ")


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def jp2_deep(rng: np.random.Generator) -> bytes:
    """Boxes in boxes in boxes."""
    body = b""
    for _ in range(int(rng.integers(10, 20_000))):
        body = struct.pack(">I4s", 8 + len(body), b"jp2h") + body if len(body) < 200_000 else body
    return _SIGNATURE + body + seeds()["jp2-grey"][32:]


def jp2_lengths(rng: np.random.Generator) -> bytes:
    """Boxes of no length, of all the rest, and of sixteen exabytes."""
    length = int(rng.choice((0, 1, 2, 7, 8, 9, 0x7FFFFFFF, 0xFFFFFFFF)))
    box = struct.pack(">I4s", length, bytes(rng.choice((b"jp2h", b"jp2c", b"free", b"res "))))
    long = struct.pack(">Q", int(rng.choice((0, 1, 16, 17, 1 << 31, (1 << 63) - 1))))
    return _SIGNATURE + box + long + b"".join([box] * int(rng.integers(0, 3000))) + seeds()["jp2-grey"][32:]


def jp2_claims(rng: np.random.Generator) -> bytes:
    """A codestream of giant area, tiny tiles, thousands of components, or steps of nothing."""
    data = seeds()["jp2-grey"]
    at = data.find(b"\xff\x4f\xff\x51") + 6
    big = (0, 1, 2, 200, 4096, 65_535, 0x7FFFFFFF, 0xFFFFFFFF)
    numbers = list(struct.unpack_from(">HIIIIIIIIH", data, at))
    for _ in range(int(rng.integers(1, 4))):
        numbers[int(rng.integers(1, 9))] = int(rng.choice(big))
    if rng.random() < 0.3:
        numbers[9] = int(rng.choice((0, 2, 3, 4, 16_384, 65_535)))
    return data[:at] + struct.pack(">HIIIIIIIIH", *numbers) + data[at + 36 :]


def jp2_large(rng: np.random.Generator) -> bytes:
    """Header and codestream agree on all the pixels that are allowed, of which hardly any follow."""
    data = seeds()["jp2-grey"]
    side = int(rng.choice((4096, 4000, 2000)))
    head = data.find(b"ihdr") + 4
    data = data[:head] + struct.pack(">II", side, side) + data[head + 8 :]
    at = data.find(b"\xff\x4f\xff\x51") + 8
    tile = int(rng.choice((side, 64, 100)))
    return data[:at] + struct.pack(">IIIIIIII", side, side, 0, 0, tile, tile, 0, 0) + data[at + 32 :]


def jp2_coding(rng: np.random.Generator) -> bytes:
    """Levels, code blocks, layers and precincts as no encoder writes them."""
    data = bytearray(jp2_large(rng) if rng.random() < 0.3 else seeds()["jp2-grey"])
    at = bytes(data).find(b"\xff\x52") + 4
    for _ in range(int(rng.integers(1, 4))):
        data[at + int(rng.integers(0, 12))] = int(rng.choice((0, 1, 2, 10, 32, 33, 127, 255)))
    return bytes(data)


def wsq_giant(rng: np.random.Generator) -> bytes:
    """A frame of giant, zero or one-sided size."""
    data = seeds()["wsq"]
    at = data.find(b"\xff\xa2") + 6
    sides = (0, 1, 31, 32, 4096, 65_535)
    return data[:at] + struct.pack(">HH", int(rng.choice(sides)), int(rng.choice(sides))) + data[at + 4 :]


def wsq_tables(rng: np.random.Generator) -> bytes:
    """Transform, quantisation or Huffman tables full of noise, missing, or twice there."""
    data = seeds()["wsq"]
    at = data.find(bytes((0xFF, int(rng.choice((0xA4, 0xA5, 0xA6))))))
    length = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    table = data[at : at + length]
    spoilt = bytearray(table)
    for _ in range(int(rng.integers(1, 40))):
        spoilt[int(rng.integers(4, length))] = int(rng.integers(0, 256))
    noise = table[:4] + rng.bytes(length - 4)
    new = (b"", table + table, bytes(spoilt), bytes(spoilt), noise)[int(rng.integers(0, 5))]
    return data[:at] + new + data[at + length :]


def wsq_scan(rng: np.random.Generator) -> bytes:
    """Codes of noise in a picture of any size, blocks without end."""
    data = wsq_giant(rng) if rng.random() < 0.5 else seeds()["wsq"]
    at = data.find(b"\xff\xa3")
    noise = rng.bytes(int(rng.integers(1, 100_000))).replace(b"\xff", b"\xfe")
    block = data[at : at + 5] + noise
    return data[:at] + block * int(rng.integers(1, 6)) + b"\xff\xa1"


def record_in_record(rng: np.random.Generator) -> bytes:
    """Records that hold records, to any depth, and images of another kind or size than claimed."""
    image, width, height = ridges().tobytes(), 160, 200
    build = (finger_record, finger_record_2011)[int(rng.integers(0, 2))]
    for _ in range(int(rng.integers(1, 50))):
        image = build(image, width, height, int(rng.integers(0, 8)), int(rng.integers(0, 16)))
    return image


def record_claims(rng: np.random.Generator) -> bytes:
    """The right record around the wrong image."""
    names = sorted(seeds())
    inner = seeds()[names[int(rng.integers(0, len(names)))]]
    size = int(rng.choice((0, 160, 65_535))), int(rng.choice((0, 200, 65_535)))
    if rng.random() < 0.3:
        return face_record(inner, *size, int(rng.integers(0, 5)))
    build = (finger_record, finger_record_2011)[int(rng.integers(0, 2))]
    return build(inner, *size, int(rng.integers(0, 9)), int(rng.integers(0, 40)))


def record_fields(rng: np.random.Generator) -> bytes:
    """Counts and lengths of a record set to their ends."""
    names = [name for name in sorted(seeds()) if name.startswith(("finger", "face"))]
    data = bytearray(seeds()[names[int(rng.integers(0, len(names)))]])
    for _ in range(int(rng.integers(1, 4))):
        data[int(rng.integers(4, 70))] = int(rng.choice((0, 1, 0x7F, 0x80, 0xFF)))
    return bytes(data)


CONTAINERS: dict[str, Callable[[np.random.Generator], bytes]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        jp2_deep,
        jp2_lengths,
        jp2_claims,
        jp2_large,
        jp2_coding,
        wsq_giant,
        wsq_tables,
        wsq_scan,
        record_in_record,
        record_claims,
        record_fields,
    )
}
