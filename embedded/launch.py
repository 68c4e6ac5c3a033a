"""Becomes a server: sheds root, ties its life to the supervisor's, then executes the program.

Run as a script by `process.Child`, isolated and without site packages: it imports the standard library only:

    launch.py DEATH_SIGNAL SUPERVISOR_PID UID GID PROGRAM ARGUMENT...      (UID and GID -1: stay who we are)
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tie_to_parent(death_signal: int, parent: int) -> None:
    """Have the kernel send `death_signal` to this process when the thread that started it ends (prctl(2)).

    Exits at once where `parent` has ended. Changing the account forgets the tie, so this comes after.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        sys.exit(1)


def main(arguments: list[str]) -> None:
    """Parse the command line, drop, tie, execute. Does not return."""
    death_signal, parent, uid, gid = map(int, arguments[:4])
    command = arguments[4:]
    # Opened before dropping: a program of its own (static, or with system libraries) then runs even from a
    # folder that the account cannot pass through.
    program = os.open(command[0], os.O_RDONLY | os.O_CLOEXEC)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    tie_to_parent(death_signal, parent)
    for name in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)
    if os.access(command[0], os.X_OK):
        os.execv(command[0], command)  # noqa: S606 - becoming the program is the purpose
    os.execve(program, command, os.environ)  # noqa: S606 - as above


if __name__ == "__main__":
    main(sys.argv[1:])
