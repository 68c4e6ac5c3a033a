"""The door for samples from outside: any bytes in, a decoded sample or a coded refusal out, whatever the bytes do."""

from __future__ import annotations

import os
import queue
import sys
import threading
from types import TracebackType
from typing import Self

from biometrics.decoding.limits import Limits, RawShape
from biometrics.decoding.process import DecodingProcess, Lost
from biometrics.errors import Reason, Refused
from biometrics.sample import Sample

__all__ = ["SampleReader"]

_LARGEST_SIDE = 1 << 24


class _Places:
    """Places for warm processes of one process of ours, none of them started; `closing` is held by who closes them."""

    def __init__(self, count: int) -> None:
        self.idle: queue.LifoQueue[DecodingProcess | None] = queue.LifoQueue()
        self.closing = threading.Lock()
        for _ in range(count):
            self.idle.put(None)


class SampleReader:
    """Decodes each sample in a process of its own, forked from a warm one that is replaced at any sign of trouble.

    Thread-safe. Up to `children` samples are decoded at once, further ones wait; warm processes start when first
    needed. A reader that was made before a fork starts its own after it. Close it, or use it as a context manager.
    """

    def __init__(self, limits: Limits | None = None, *, children: int = 1, python: str = sys.executable) -> None:
        self._limits = limits or Limits()
        self._python = python
        self._children = children
        self._by_owner: dict[int, _Places] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, data: bytes, hint: RawShape | None = None) -> Sample | Refused:
        """Decodes one sample: `data` is an image file or a record, or raw greyscale where `hint` gives its shape.

        Refuses with a `sample.*` or `record.*` reason; the offset is into `data` where a field is to blame.
        """
        if not data:
            return Refused(Reason.SAMPLE_EMPTY, "no bytes")
        if len(data) > self._limits.file_bytes:
            return Refused(Reason.SAMPLE_TOO_LARGE, f"{len(data)} bytes, {self._limits.file_bytes} allowed")
        if hint is not None and not (0 < hint.width <= _LARGEST_SIDE and 0 < hint.height <= _LARGEST_SIDE):
            return Refused(Reason.SAMPLE_MALFORMED, f"raw image of {hint.width} x {hint.height} pixels")
        idle = self._places().idle
        child = idle.get()
        try:
            child, found = self._ask(child, data, hint)
        except BaseException:
            if child is not None:
                child.kill()
            idle.put(None)
            raise
        idle.put(child)
        return found

    def close(self) -> None:
        """Ends the processes, once those at work have answered. The reader can be used again."""
        places = self._places()
        with places.closing:
            taken = [places.idle.get() for _ in range(self._children)]
            for child in taken:
                if child is not None:
                    child.close()
            # The same places again: threads may already wait for one.
            for _ in taken:
                places.idle.put(None)

    def _places(self) -> _Places:
        """This process's places. Threads that meet here first after a fork agree on the same ones."""
        own = os.getpid()
        places = self._by_owner.get(own)
        if places is None:
            places = self._by_owner.setdefault(own, _Places(self._children))
            self._forget_others(own)
        return places

    def _forget_others(self, own: int) -> None:
        """What other processes left belongs to them: its lines are closed here, they keep them there."""
        for owner in set(self._by_owner) - {own}:
            inherited = self._by_owner.pop(owner, None)
            # Past the queue's lock, which a thread may have held when this process was forked.
            for child in [] if inherited is None else list(inherited.idle.queue):
                if child is not None:
                    child.disown()

    def _ask(
        self, child: DecodingProcess | None, data: bytes, hint: RawShape | None
    ) -> tuple[DecodingProcess | None, Sample | Refused]:
        """The answer, and the process to keep."""
        if child is not None and not child.alive:
            child.kill()
            child = None
        try:
            child = child or DecodingProcess(self._limits, self._python)
        except Lost as lost:
            return None, lost.refused
        try:
            found = child.ask(data, hint)
        except Lost as lost:
            child.kill()
            return None, lost.refused
        if child.jobs >= self._limits.jobs:
            child.close()
            return None, found
        return child, found
