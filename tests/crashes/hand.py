"""A process of the product that may be killed: it makes steps as it is told, and says what came of each.

Run as a program (`python -m tests.crashes.hand`) with the settings of an installation. Reads one JSON document a line,
answers one a line. A forked child does the work: when it is killed, the next is there at once.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, TextIO

from flask import Flask

from enrollment.web.rooms import EXAMINER, OBJECTS
from idp.cli.worker import _OFFERED as OFFERED
from idp.cli.worker import offer
from idp.web.extensions import db
from tests.crashes.doings import DOINGS, RefusedError
from tests.crashes.moments import Moments, WatchedObjects, watch_database
from tests.crashes.work import work
from tests.factories.deduplication import SyntheticExaminer
from wsgi import create_app


class Hand:
    """One life."""

    def __init__(self, told: TextIO, says: TextIO) -> None:
        self._told = told
        self._says = says
        self._moments = Moments(self._stand)
        self._app = create_app()
        self._app.extensions[OBJECTS] = WatchedObjects(self._app.extensions[OBJECTS], self._moments)
        self._app.extensions[EXAMINER] = SyntheticExaminer()
        watch_database(self._moments)
        tasks, rounds = self._app.extensions[OFFERED]
        named_rounds = {name: (every, self._named(name, work)) for name, (every, work) in rounds.items()}
        offer(self._app, {name: self._named(name, task) for name, task in tasks.items()}, named_rounds)

    def serve(self) -> None:
        """Until nobody asks any more."""
        self._say({"born": os.getpid()})
        while line := self._told.readline():
            asked = json.loads(line)
            at = asked.get("moment")
            self._moments.begin(None if at is None else (at[0], at[1]))
            try:
                answer = {"done": _done(self._app, asked)}
            except RefusedError as refused:
                answer = {"refused": str(refused)}
            except Exception as error:  # noqa: BLE001 - as an edge answers: it failed, ask again
                frames = traceback.extract_tb(error.__traceback__)
                answer = {"failed": f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}"}
            self._say({**answer, "passed": self._moments.passed})

    def _named(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            self._moments.during = name
            try:
                return work(*arguments, **options)
            finally:
                self._moments.during = ""

        return run

    def _stand(self, what: str) -> None:
        """Say where it is, and go on when told to."""
        self._say({"stands": what})
        if not self._told.readline():
            os._exit(0)

    def _say(self, document: Any) -> None:
        self._says.write(json.dumps(document) + "\n")
        self._says.flush()


def _done(app: Flask, asked: dict[str, Any]) -> Any:
    """One step. A worker's commits itself; what a page does is committed at its end, and else undone."""
    if asked["do"] == "work":
        return work(app)
    with app.test_request_context():
        try:
            result = DOINGS[asked["do"]](asked)
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        return result


def main() -> None:
    """Serve, life after life."""
    says = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while True:
        child = os.fork()
        if not child:
            Hand(sys.stdin, says).serve()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main()
