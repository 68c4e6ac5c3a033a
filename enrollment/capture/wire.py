"""What an examiner's process and its parent say to each other: a JSON head and parts of bytes, lengths bounded."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from struct import Struct
from typing import Any

__all__ = ["ClosedError", "Message", "receive", "send"]

_HEAD = Struct(">IH")
_PART = Struct(">I")
_MAX_HEAD = 1 << 16
_MAX_PARTS = 64
_MAX_BYTES = 96 << 20


class ClosedError(Exception):
    """The other side is gone, or says what no honest side says."""


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A head of plain values, and bytes."""

    head: dict[str, Any]
    parts: tuple[bytes, ...] = ()


def send(line: socket.socket, message: Message) -> None:
    """Say it. Raises `ClosedError`, and TimeoutError as the socket is set."""
    head = json.dumps(message.head).encode()
    frame = b"".join([_HEAD.pack(len(head), len(message.parts)), *(_PART.pack(len(part)) for part in message.parts)])
    try:
        line.sendall(frame + head)
        for part in message.parts:
            line.sendall(part)
    except (BrokenPipeError, ConnectionError) as error:
        raise ClosedError from error


def receive(line: socket.socket) -> Message:
    """Hear it. Raises `ClosedError`, and TimeoutError as the socket is set."""
    length, count = _HEAD.unpack(_taken(line, _HEAD.size))
    if length > _MAX_HEAD or count > _MAX_PARTS:
        raise ClosedError
    lengths = [_PART.unpack(_taken(line, _PART.size))[0] for _ in range(count)]
    if sum(lengths) > _MAX_BYTES:
        raise ClosedError
    try:
        head = json.loads(_taken(line, length))
    except ValueError as error:
        raise ClosedError from error
    if not isinstance(head, dict):
        raise ClosedError
    return Message(head, tuple(_taken(line, size) for size in lengths))


def _taken(line: socket.socket, count: int) -> bytes:
    taken = bytearray(count)
    view = memoryview(taken)
    while view:
        try:
            got = line.recv_into(view)
        except ConnectionError as error:
            raise ClosedError from error
        if not got:
            raise ClosedError
        view = view[got:]
    return bytes(taken)
