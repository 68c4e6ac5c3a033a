"""Stands where the interpreter of the warm process stands, and runs it with decoders that misbehave on demand.

The first argument names how the process itself misbehaves: `sound`, `mute`, `dead`, `leaving`. A decoder does what the
sample's bytes say.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path

way, root = sys.argv[1], sys.argv[-4]
sys.path.insert(0, root)
if way == "mute":
    time.sleep(60)
if way == "dead":
    sys.exit(3)

from biometrics.decoding import child  # noqa: E402 - after the path is set
from biometrics.decoding.limits import Limits, RawShape  # noqa: E402 - as above
from biometrics.decoding.wire import REPLY, packed_refusal  # noqa: E402 - as above
from biometrics.errors import Reason, Refused  # noqa: E402 - as above


def misbehave(data: bytes, hint: RawShape | None, limits: Limits) -> Refused:
    """What the sample asks for."""
    if data == b"crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if data == b"hang":
        time.sleep(60)
    if data == b"alarm":
        os.kill(os.getpid(), signal.SIGXCPU)
    if data == b"raise":
        raise ValueError
    if data == b"hoard":
        bytearray(limits.memory_bytes)
    if data == b"lie":
        os.write(0, REPLY.pack(1, 0, 0, 3, 1 << 31, 1 << 31, 0.0, -1, 0))
    if data == b"babble":
        os.write(0, b"\xff" * 1000)
    for words, act in _ACTS.items():
        if data in words:
            act(data)
    return Refused(Reason.SAMPLE_FORMAT, _seen(data))


def _go_on(data: bytes) -> None:
    """Outlasts its answer, or its line."""
    if data == b"linger":
        os.write(0, packed_refusal(Refused(Reason.SAMPLE_FORMAT, "answered")))
    else:
        os.close(0)
    time.sleep(60)


def _reach_out(data: bytes) -> None:
    """Opens a file or a socket, with room made for it or without."""
    if data != b"open":
        os.close(1)
        os.close(2)
    if data == b"connect":
        socket.socket()
    else:
        Path("/dev/null").read_bytes()


def _slay(_data: bytes) -> None:
    """Ends the warm process."""
    os.kill(os.getppid(), signal.SIGKILL)


_ACTS = {(b"slay",): _slay, (b"open", b"reopen", b"connect"): _reach_out, (b"linger", b"fall silent"): _go_on}


def _seen(data: bytes) -> str:
    """What a decoder can see."""
    if data == b"environment":
        return " ".join(sorted(os.environ))
    if data == b"limits":
        names = ("AS", "CORE", "CPU", "DATA", "FSIZE", "NOFILE", "NPROC")
        return " ".join(f"{name}={resource.getrlimit(getattr(resource, f'RLIMIT_{name}'))[1]}" for name in names)
    return f"process {os.getpid()} of {os.getppid()}"


vars(child)["decode"] = misbehave
sys.argv = ["child", *sys.argv[-3:]]
sys.exit(child.main())
