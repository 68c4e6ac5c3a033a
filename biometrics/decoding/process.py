"""The warm process and its decoders, as their parent sees them: started clean, asked with a deadline, ended at once."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from biometrics.decoding.limits import Limits, RawShape
from biometrics.decoding.wire import ENDED, READY, REPLY, Misspoken, packed_request, read_reply
from biometrics.errors import Reason, Refused
from biometrics.sample import Sample

__all__ = ["DecodingProcess", "Lost"]

_ROOT = Path(__file__).resolve().parents[2]
# Isolated mode neither reads the environment nor puts the checkout on the path.
_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from biometrics.decoding import child; sys.exit(child.main())"
)
_TIME_SIGNALS = (signal.SIGXCPU, signal.SIGALRM)
# How long an end that was asked for may take, and how long a decoder may linger once it has said its last, in seconds.
_ENDING = 2.0
_LINGERING = 1.0


class Lost(Exception):  # noqa: N818 - no error of ours: it carries why the processes are of no more use
    """A process died, fell silent or misspoke; `refused` is what its sample gets."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.detail)
        self.refused = refused


class DecodingProcess:
    """A warm process that forks a decoder for one sample at a time. Not thread-safe; `SampleReader` lends it out."""

    def __init__(self, limits: Limits, python: str = sys.executable) -> None:
        self._limits = limits
        self.jobs = 0
        self._orders, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and program, no shell
                [python, "-I", "-B", "-c", _START, str(_ROOT), *_numbers(limits)],
                stdin=other.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(limits),
                cwd="/",
                start_new_session=True,
            )
        try:
            if bytes(self._taken(self._orders, len(READY), time.monotonic() + limits.start_seconds)) != READY:
                raise self._lost("it did not say that it is ready")
        except (Lost, _Closed):
            self.kill()
            raise self._lost("it did not start") from None

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, data: bytes, hint: RawShape | None) -> Sample | Refused:
        """Decodes one sample within the limits.

        A decoder that dies takes nothing with it but its sample, which is refused.

        Raises:
            Lost: the processes are of no more use.
        """
        self.jobs += 1
        deadline = time.monotonic() + self._limits.seconds
        line, other = socket.socketpair()
        with line:
            with other:
                self._order(other)
            try:
                self._sent(line, packed_request(data, hint), deadline)
                self._sent(line, data, deadline)
                reply = read_reply(self._taken(line, REPLY.size, deadline), self._limits)
                found = reply.value(self._taken(line, reply.body, deadline))
            except _Closed:
                return self._death()
            except Misspoken as problem:
                raise self._lost(str(problem)) from None
        try:
            self._ended()
        except _Lingers:
            # It answered in time; what it still does is nobody's business but its own end.
            self.kill()
        return found

    def close(self) -> None:
        """Lets it end, and ends it if it does not."""
        self._orders.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING)
        self.kill()

    def kill(self) -> None:
        """Ends it and its decoder now."""
        self._orders.close()
        if self._process.poll() is None:
            # Not waited for yet, so the number of its group is its own; before it has made the group there is none.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def disown(self) -> None:
        """Forgets a process that belongs to the one which this was forked from."""
        self._orders.close()
        self._process.returncode = 0

    def _order(self, line: socket.socket) -> None:
        """Hands over the decoder's end of the line."""
        try:
            socket.send_fds(self._orders, [b"\0"], [line.fileno()])
        except OSError:
            raise self._lost("it closed") from None

    def _ended(self) -> int:
        """The exit code of the decoder, negative for a signal, once it has ended; raises `_Lingers` if it does not."""
        try:
            code: int = ENDED.unpack(self._taken(self._orders, ENDED.size, time.monotonic() + _LINGERING))[0]
        except _Closed:
            raise self._lost("it closed") from None
        except Lost:
            raise _Lingers from None
        return code

    def _death(self) -> Refused:
        """What the sample of a decoder gets that closed without an answer."""
        try:
            code = self._ended()
        except _Lingers:
            raise self._lost("its decoder closed and goes on") from None
        if -code in _TIME_SIGNALS:
            return self._late()
        return Refused(Reason.SAMPLE_CRASHED, f"the decoder ended with status {code}")

    def _sent(self, line: socket.socket, data: bytes, deadline: float) -> None:
        """Sends all before the deadline."""
        try:
            line.settimeout(max(deadline - time.monotonic(), 1e-3))
            line.sendall(data)
        except TimeoutError:
            raise Lost(self._late()) from None
        except OSError:
            raise _Closed from None

    def _taken(self, line: socket.socket, count: int, deadline: float) -> bytearray:
        """The next `count` bytes before the deadline."""
        taken = bytearray(count)
        view = memoryview(taken)
        while view:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Lost(self._late())
            line.settimeout(left)
            try:
                got = line.recv_into(view)
            except TimeoutError:
                raise Lost(self._late()) from None
            except OSError:
                got = 0
            if not got:
                raise _Closed
            view = view[got:]
        return taken

    def _late(self) -> Refused:
        return Refused(Reason.SAMPLE_TIME, f"not decoded in {self._limits.seconds:g} s")

    def _lost(self, what: str) -> Lost:
        return Lost(Refused(Reason.SAMPLE_CRASHED, f"the decoding process is lost: {what}"))


class _Lingers(Exception):  # noqa: N818 - a turn of events, handled here
    """A decoder goes on after its last word."""


class _Closed(Exception):  # noqa: N818 - a turn of events, handled here
    """The other side closed."""


def _numbers(limits: Limits) -> list[str]:
    """The arguments of `child.main`."""
    return [str(limits.pixels), str(limits.memory_bytes), str(limits.seconds)]


def _environment(limits: Limits) -> dict[str, str]:
    """All that the libraries may see; one thread each, or forking would not be safe."""
    return {
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(limits.pixels),
        "OPENCV_LOG_LEVEL": "SILENT",
    }
