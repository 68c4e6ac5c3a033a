"""A process of the program, or of another installation of it, and the wire to it: nothing else is shared with it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from enrollment.capture.wire import ClosedError, Message, receive, send

__all__ = ["ROOT", "ChildProcess"]

ROOT = Path(__file__).resolve().parents[2]
"""The installation that this is."""

# Isolated mode neither reads the environment nor puts the checkout on the path.
_START = (
    "import sys; from importlib import import_module; sys.path.insert(0, sys.argv.pop(1)); "
    "sys.exit(import_module(sys.argv.pop(1)).main())"
)
_START_SECONDS = 60.0


class ChildProcess:
    """One process that runs `main` of a module of the installation in `root`, once it has said that it is ready.

    Another installation runs in its own environment (`.venv`). Raises OSError, `ClosedError`, TimeoutError where none
    comes up.
    """

    def __init__(self, module: str, arguments: Sequence[str] = (), root: Path = ROOT) -> None:
        self._line, other = socket.socketpair()
        python = sys.executable if root == ROOT else str(root / ".venv" / "bin" / "python")
        try:
            with other:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and program, no shell
                    [python, "-I", "-B", "-c", _START, str(root), module, *arguments],
                    stdin=other.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_ENVIRONMENT,
                    cwd="/",
                    start_new_session=True,
                )
        except OSError:
            self._line.close()
            raise
        try:
            self._line.settimeout(_START_SECONDS)
            self.greeting = receive(self._line)
        except (ClosedError, TimeoutError):
            self.end()
            raise

    def ask(self, question: Message, seconds: float) -> Message:
        """Its answer. Raises `ClosedError`, and TimeoutError when it takes longer than that."""
        self._line.settimeout(seconds)
        send(self._line, question)
        return receive(self._line)

    def end(self) -> None:
        """End it now, and its decoders with it."""
        self._line.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            self._process.kill()
        self._process.wait()


# One thread each: as many processes as are asked for share the processors.
_ENVIRONMENT: dict[str, Any] = {
    "PATH": os.defpath,
    "LANG": "C.UTF-8",
    "OPENCV_FOR_THREADS_NUM": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
