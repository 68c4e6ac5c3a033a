"""The few things done to files, each a step: tests put another `Disk` in its place and stop between two of them."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["Disk"]


class Disk:
    """Steps on files. Everything raises `OSError` as the operating system does (a full disk, a missing folder)."""

    def create(self, path: Path, size: int) -> None:
        """Make an empty sparse file of `size` bytes for its owner alone, in place of any other."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(handle, size)
        finally:
            os.close(handle)

    def write(self, path: Path, offset: int, content: bytes | memoryview) -> None:
        """Write all of `content` at `offset`; by system calls, since storing to mapped holes of a full disk kills."""
        handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            rest = memoryview(content)
            while rest:
                written = os.pwrite(handle, rest, offset)
                rest, offset = rest[written:], offset + written
        finally:
            os.close(handle)

    def sync(self, path: Path) -> None:
        """Wait until a file, or the names of a folder, are on the medium."""
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def rename(self, source: Path, target: Path) -> None:
        """Let `target` be `source`, at once."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there. Who has it mapped keeps it."""
        path.unlink(missing_ok=True)
