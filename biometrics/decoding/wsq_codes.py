"""Whether the coded data of a WSQ picture is what its decoder may be given.

The decoder behind `wsq_door` writes as many coefficients as the codes say, whatever room there is, and reads codes by
tables that it does not check. So the codes are followed here first, without decoding what they stand for (Gray-scale
Fingerprint Image Compression Specification 3.1, tables 1 to 3 and annex C).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.decoding.cursor import Cursor

__all__ = ["CodeTable", "code_tables", "coefficients"]

_LONGEST = 16
_TABLES = 8
# Symbols: 1 to 100 are runs of zeros, 107 to 254 coefficients; the others are followed by as many bits.
_RUNS = 100
_EXTRA = {101: 8, 102: 8, 103: 16, 104: 16, 105: 8, 106: 16}
_LONG_RUNS = (105, 106)
_SYMBOLS = 254


@dataclass(frozen=True, slots=True, eq=False)
class CodeTable:
    """For each 16 bits to come: the bits of the code that they begin with (0: none), and its symbol."""

    lengths: NDArray[np.int32]
    symbols: NDArray[np.int32]


def code_tables(at: Cursor) -> dict[int, CodeTable]:
    """The Huffman tables of a segment whose body is all that the cursor has left, by number.

    Raises:
        Unreadable: the counts are of no prefix code.
    """
    found: dict[int, CodeTable] = {}
    while at.left:
        number = at.number(1, "table number")
        if number >= _TABLES:
            raise at.failure(f"table number {number}", back=1)
        counts = at.take(_LONGEST, "counts of codes")
        symbols = at.take(sum(counts), "symbols")
        found[number] = _table(at, counts, symbols)
    return found


def _table(at: Cursor, counts: bytes, symbols: bytes) -> CodeTable:
    """One table, by the canonical order of codes."""
    lengths = np.zeros(1 << _LONGEST, np.int32)
    meanings = np.zeros(1 << _LONGEST, np.int32)
    begin, used = 0, 0
    for length, count in enumerate(counts, start=1):
        width = 1 << (_LONGEST - length)
        end = begin + count * width
        if end > 1 << _LONGEST:
            raise at.failure("more codes than there is room for")
        lengths[begin:end] = length
        meanings[begin:end] = np.repeat(np.frombuffer(symbols[used : used + count], np.uint8), width)
        begin, used = end, used + count
    if not used or not set(symbols) <= set(range(1, _SYMBOLS + 1)):
        raise at.failure("symbols that stand for nothing")
    return CodeTable(lengths, meanings)


def coefficients(block: bytes, table: CodeTable, most: int) -> int | None:
    """How many coefficients the codes of a block stand for; None where they are no codes, or for more than `most`.

    `block` is what stands between the block's header and the next marker.
    """
    data = np.frombuffer(block.replace(b"\xff\x00", b"\xff"), np.uint8)
    bits = 8 * len(data)
    windows = _windows(data)
    lengths, symbols = table.lengths[windows[:bits]], table.symbols[windows[:bits]]
    extra = np.zeros(_SYMBOLS + 1, np.int32)
    extra[list(_EXTRA)] = list(_EXTRA.values())
    behind = np.arange(bits, dtype=np.int64) + lengths
    following = behind + extra[symbols]
    runs = np.where(symbols <= _RUNS, symbols, 1)
    for symbol in _LONG_RUNS:
        where = np.flatnonzero(symbols == symbol)
        runs[where] = windows[behind[where]] >> (_LONGEST - _EXTRA[symbol])
    return _followed(lengths.tolist(), following.tolist(), runs.tolist(), most)


def _windows(data: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The 16 bits from each bit on, ones behind the end; shape (8 n + 64,)."""
    padded = np.concatenate([data, np.full(11, 255, np.uint8)]).astype(np.int32)
    words = (padded[:-2] << 16) | (padded[1:-1] << 8) | padded[2:]
    shifts = np.arange(8, 0, -1, dtype=np.int32)
    windows: NDArray[np.int32] = ((words[:, None] >> shifts) & 0xFFFF).reshape(-1)
    return windows


def _followed(lengths: list[int], following: list[int], runs: list[int], most: int) -> int | None:
    """From code to code."""
    place, total, bits = 0, 0, len(lengths)
    while place < bits:
        length = lengths[place]
        if not length or place + length > bits:
            # Bits that fill the last byte are the beginning of a code at most.
            return total if bits - place < (length or _LONGEST) else None
        total += runs[place]
        place = following[place]
        if place > bits or total > most:
            return None
    return total
