"""One child process: started in a session of its own, tied to the supervisor's life, its lines relayed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from embedded.account import Account
from embedded.errors import StartError
from embedded.output import Output

__all__ = ["Child", "Command", "plain_environment", "started_at"]

_LAUNCH = Path(__file__).with_name("launch.py")
_TAIL_LINES = 20
_LONGEST_LINE = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to execute and how it wants to be stopped.

    `stop_signal` asks for a clean end, within `patience` seconds; `death_signal` is what the kernel sends
    when the supervisor is gone.
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    account: Account | None = None
    stop_signal: Signals = signal.SIGTERM
    death_signal: Signals = signal.SIGTERM
    patience: float = 10.0


def plain_environment(home: Path) -> dict[str, str]:
    """The environment of a server: nothing of the caller's but the search path."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC", "HOME": str(home)}


def started_at(pid: int) -> int | None:
    """When the process `pid` started, in clock ticks since boot (proc(5)); None when there is none.

    Together with the number it names one process for good: numbers are used again.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


class Child:
    """A started command. Start it in the main thread: its life is tied to the thread that made it."""

    def __init__(self, name: str, command: Command, output: Output, shows: Callable[[str], bool]) -> None:
        self.name = name
        self.command = command
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._output = output
        self._shows = shows
        self._process = self._start()
        self._pump = threading.Thread(target=self._relay, name=f"lines of {name}", daemon=True)
        self._pump.start()

    @property
    def pid(self) -> int:
        """Number of the process; also of its session and process group."""
        return self._process.pid

    def status(self) -> int | None:
        """Exit status (negative: the signal that ended it), or None while it runs."""
        return self._process.poll()

    def ended(self) -> str:
        """How it ended, in words. Only after its end."""
        status = self._process.returncode
        return f"killed by {Signals(-status).name}" if status < 0 else f"exit status {status}"

    def send(self, number: int) -> None:
        """Send a signal to the process; nothing happens when it has ended."""
        if self.status() is None:
            self._process.send_signal(number)

    def sweep(self) -> None:
        """Kill whatever is left of the process and its group, and collect its last lines."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._pump.join(timeout=1)

    def flush(self) -> None:
        """Wait until the lines of an ended process have arrived."""
        self._pump.join(timeout=1)

    def _start(self) -> subprocess.Popen[bytes]:
        command = self.command
        account = command.account
        uid, gid = (account.uid, account.gid) if account is not None else (-1, -1)
        if not Path(command.argv[0]).is_file():
            raise StartError(f"{command.argv[0]} is missing: run `make environment` and try again")
        try:
            return subprocess.Popen(
                [
                    sys.executable, "-I", "-S", str(_LAUNCH),
                    str(int(command.death_signal)), str(os.getpid()), str(uid), str(gid), *command.argv,
                ],
                env=dict(command.environment), cwd=command.directory, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except OSError as error:
            raise StartError(f"{self.name} cannot be started: {error.strerror}") from None

    def _relay(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        with stream:
            while raw := stream.readline(_LONGEST_LINE):
                line = raw.decode("utf-8", "replace").rstrip()
                if line:
                    self.tail.append(line)
                    if self._shows(line):
                        self._output.relay(self.name, line)
