"""Live pictures of a device: the parts of a `multipart/x-mixed-replace` answer, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse

from enrollment.devices.deadline import Deadline

__all__ = ["BOUNDARY", "MAX_FRAME", "Frames", "part"]

MAX_FRAME = 4 << 20
MAX_LINE = 1024
MAX_LINES = 16
# What our own services write; a device may use another.
BOUNDARY = "wangov-frame"


def part(kind: str, picture: bytes) -> bytes:
    """One picture as a part. Its length is written, so that nobody has to search it for the next boundary."""
    return (
        f"--{BOUNDARY}\r\nContent-Type: {kind}\r\nContent-Length: {len(picture)}\r\n\r\n".encode() + picture + b"\r\n"
    )


class Frames:
    """Iterate over it: each picture's bytes, until the device stops, the time is over, or it stops making sense.

    A picture of more than `MAX_FRAME` bytes or without a length ends it: nothing here grows with what a device sends.
    """

    def __init__(self, response: HTTPResponse, deadline: Deadline) -> None:
        self._response = response
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        while not self._deadline.passed:
            try:
                size = self._head()
                picture = self._response.read(size) if size else b""
            except (OSError, HTTPException, ValueError):
                return
            if not size or len(picture) != size:
                return
            yield picture

    def _head(self) -> int:
        """The length that a part's head announces; 0 at the end. Raises ValueError for what is no head."""
        size = 0
        begun = False
        for _ in range(MAX_LINES):
            line = self._response.readline(MAX_LINE)
            if not line:
                return 0
            text = line.strip()
            if text.startswith(b"--"):
                begun = True
            elif begun and not text:
                return size
            name, _, value = text.partition(b":")
            if name.lower() == b"content-length":
                size = _size(value.strip())
        raise ValueError("a head without an end")


def _size(value: bytes) -> int:
    size = int(value) if value.isdigit() and len(value) < 10 else 0
    if not 0 < size <= MAX_FRAME:
        raise ValueError("a frame without a length that we take")
    return size
