"""The warm process, and the decoders that it forks.

Loading the libraries takes a tenth of a second, forking a process that has loaded them a few milliseconds. So one warm
process is kept, which never sees a byte of a sample, and each sample gets a decoder of its own, forked from it, that
ends with its answer: whatever a hostile sample does to its decoder, the next person's sample knows nothing of it.

How 512 MB are counted. The libraries map some 230 MB of address space at start of which they never touch most, so a
bound on address space alone would refuse honest pictures of 16.7 Mpx. Two bounds therefore: RLIMIT_DATA holds all
private memory, libraries' included, to the limit; RLIMIT_AS holds what is resident at start and every byte mapped since
to the same limit.
"""

from __future__ import annotations

import gc
import math
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path

import cv2

from biometrics.decoding.decode import decode
from biometrics.decoding.limits import Limits
from biometrics.decoding.wire import ENDED, READY, REQUEST, packed_refusal, packed_sample, unpacked_request
from biometrics.errors import Reason, Refused
from biometrics.sample import Sample

__all__ = ["main"]

# How often the idle warm process looks whether its parent still lives, in seconds.
_LOOK = 5.0


def main() -> int:
    """Forks a decoder for each socket that arrives, until the other side closes or the parent is gone.

    The arguments are the numbers of `Limits` that concern decoding: pixels, memory_bytes, seconds.
    """
    pixels, memory, seconds = sys.argv[1:]
    limits = Limits(pixels=int(pixels), memory_bytes=int(memory), seconds=float(seconds))
    parent = os.getppid()
    cv2.setNumThreads(1)
    pages, resident = (int(field) for field in Path("/proc/self/statm").read_text("ascii").split()[:2])
    space = limits.memory_bytes + (pages - resident) * resource.getpagesize()
    gc.freeze()
    orders = socket.socket(fileno=0)
    orders.sendall(READY)
    while True:
        line = _ordered(orders, parent)
        if line is None:
            return 0
        decoder = os.fork()
        if decoder == 0:
            _decode_one(orders, line, limits, space)
        line.close()
        _, status = os.waitpid(decoder, 0)
        orders.sendall(ENDED.pack(os.waitstatus_to_exitcode(status)))


def _ordered(orders: socket.socket, parent: int) -> socket.socket | None:
    """Waits for the socket of the next sample; None when nobody is left who could send one."""
    while not select.select([orders], [], [], _LOOK)[0]:
        if os.getppid() != parent:
            return None
    _, passed, _, _ = socket.recv_fds(orders, 1, 1)
    return socket.socket(fileno=passed[0]) if passed else None


def _decode_one(orders: socket.socket, line: socket.socket, limits: Limits, space: int) -> None:
    """The life of a decoder. It holds no socket but its sample's, and never returns."""
    code = 1
    try:
        os.dup2(line.fileno(), orders.fileno())
        line.close()
        own = socket.socket(fileno=orders.detach())
        _bound(limits, space)
        code = 0 if _serve(own, limits) else 1
    finally:
        os._exit(code)


def _bound(limits: Limits, space: int) -> None:
    """Gives up files, processes, core dumps, and memory and time beyond the limits, for good.

    The two clocks end a decoder that outlasts its parent's patience, were the parent gone.
    """
    processor = math.ceil(limits.seconds) + 1
    for what, most in (
        (resource.RLIMIT_DATA, limits.memory_bytes),
        (resource.RLIMIT_AS, space),
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        # The sample's line is the one descriptor below it: closing another makes no room for a file or a connection.
        (resource.RLIMIT_NOFILE, 1),
    ):
        resource.setrlimit(what, (most, most))
    signal.setitimer(signal.ITIMER_REAL, limits.seconds + 1)


def _serve(line: socket.socket, limits: Limits) -> bool:
    """Reads the request and answers it; false where the other side closed."""
    fields = _taken(line, REQUEST.size)
    if fields is None:
        return False
    length, hint = unpacked_request(fields)
    data = _taken(line, length)
    if data is None:
        return False
    try:
        found = decode(bytes(data), hint, limits)
    except MemoryError:
        found = Refused(Reason.SAMPLE_MEMORY, "decoding wants more memory")
    if isinstance(found, Sample):
        line.sendall(packed_sample(found))
        line.sendall(found.pixels.data)
    else:
        line.sendall(packed_refusal(found))
    return True


def _taken(line: socket.socket, count: int) -> bytearray | None:
    """The next `count` bytes; None where the other side closed."""
    taken = bytearray(count)
    view = memoryview(taken)
    while view:
        got = line.recv_into(view)
        if not got:
            return None
        view = view[got:]
    return taken
