"""The operator's commands in one process that stays: what `./wangov` runs, without a start of the program each time.

`test_operator_commands.py` runs the launcher itself; here only the time of starting is saved.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.stack import ROOT

__all__ = ["Console"]


class Console:
    """Runs commands with a server's environment until `close`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.protocol.console"],
            cwd=ROOT, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: str, document: object = None, text: str | None = None) -> tuple[int, Any]:
        """The exit code of `wangov ARGUMENTS --json` and the document that it printed; `text` goes in as it is."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"arguments": [*arguments, "--json"], "input": json.dumps(document) if text is None else text}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["broken"] is None, answer["broken"]
        return answer["code"], json.loads(answer["output"])

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()


def _serve() -> None:
    # Whatever a command writes past its own output must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from wsgi import create_app

    runner = create_app().test_cli_runner()
    for line in sys.stdin:
        asked = json.loads(line)
        result = runner.invoke(args=asked["arguments"], input=asked["input"])
        broken = (
            None if result.exception is None or isinstance(result.exception, SystemExit) else repr(result.exception)
        )
        json.dump({"code": result.exit_code, "output": result.stdout, "broken": broken}, answers)
        answers.write("\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
