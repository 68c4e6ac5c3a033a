"""A process of its own that carries a closing out in many threads at the same moment, as many workers would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from tests.stack import ROOT

__all__ = ["Office"]


class Office:
    """Such a process, with a server's environment, until `close`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.races.office"],
            cwd=ROOT, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def begin(self, closing_id: str, threads: int, due: float) -> None:
        """Carry it out, so many times at once, as soon as the provider's clock shows `due` (seconds since 1970)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"closing": closing_id, "threads": threads, "due": due}) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "waits\n"

    def ended(self) -> int:
        """How many of the threads carried it out."""
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from idp.web.extensions import db, services
    from idp.web.recovery.rooms import cases
    from idp.web.selfservice_rooms import closings
    from wsgi import create_app

    app = create_app()

    def carry_out(closing_id: UUID, begin: threading.Barrier, due: float) -> bool:
        with app.app_context():
            db.session.connection()
            begin.wait()
            while services().clock.epoch() < due:
                time.sleep(0.001)
            done = closings().carry_out(closing_id, cases().under_way)
            db.session.commit()
            return done

    for line in sys.stdin:
        asked = json.loads(line)
        number = asked["threads"]
        begin = threading.Barrier(number + 1)
        with ThreadPoolExecutor(number) as threads:
            work = [threads.submit(carry_out, UUID(asked["closing"]), begin, asked["due"]) for _ in range(number)]
            begin.wait()
            print("waits", file=answers, flush=True)
            print(sum(one.result() for one in work), file=answers, flush=True)


if __name__ == "__main__":
    _serve()
