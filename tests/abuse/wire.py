"""Requests that no library would send: written to the socket byte by byte."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from dataclasses import dataclass

__all__ = ["Exchange", "exchange", "head_of"]

FORM = "application/x-www-form-urlencoded"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came back: all of it, the seconds until its first byte, and whether the server ended the connection."""

    received: bytes
    seconds: float
    ended: bool

    @property
    def statuses(self) -> list[int]:
        """The status of each answer, in order."""
        return [int(status) for status in _STATUS.findall(self.received)]


def head_of(method: str, path: str, *lines: str) -> bytes:
    """The head of a request for this machine, with these header lines as they are."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode("latin-1")


def exchange(port: int, *parts: bytes, whole: bool = True, linger: float = 0.05) -> Exchange:
    """Send the parts one after the other; read until the server ends it or is silent for `linger` after an answer.

    With `whole` false the sending is not ended first, as by a client that has more to send.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        began = time.perf_counter()
        with contextlib.suppress(OSError):  # the server may have heard enough
            for part in parts:
                connection.sendall(part)
            if whole:
                connection.shutdown(socket.SHUT_WR)
        received, seconds = b"", 0.0
        try:
            while chunk := connection.recv(65536):
                seconds = seconds or time.perf_counter() - began
                received += chunk
                connection.settimeout(linger)
        except TimeoutError:
            return Exchange(received, seconds, ended=False)
        except OSError:
            return Exchange(received, seconds or time.perf_counter() - began, ended=True)
        return Exchange(received, seconds or time.perf_counter() - began, ended=True)
