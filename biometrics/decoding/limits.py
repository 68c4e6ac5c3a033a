"""What one sample may cost, and how a raw image is described."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits", "RawShape"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one decoding.

    `memory_bytes` is all the memory that a decoder may have of its own, the interpreter and the libraries included.
    `seconds` bounds one sample, `start_seconds` the start of the warm process that decoders are forked from.
    `jobs` is how many samples a warm process serves before a fresh one takes its place.
    """

    file_bytes: int = 5 << 20
    pixels: int = 1 << 24
    memory_bytes: int = 512 << 20
    seconds: float = 5.0
    start_seconds: float = 30.0
    jobs: int = 10_000


@dataclass(frozen=True, slots=True)
class RawShape:
    """What raw greyscale (one byte a pixel, rows from the top) cannot tell of itself."""

    width: int
    height: int
    ppi: float | None = None
