"""An import of an older register killed at seeded moments, each time run again, ends as one that was never killed.

`python -m tests.crashes.importing --points 10` kills `./wangov register import` itself, with SIGKILL, on own stores;
a run of the tests kills the same work at statements of the database instead, which is quicker.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.stack import ROOT, Bench, running
from biometrics.evaluation.arguments import positive
from tests.factories.registers import register

__all__ = ["main"]


def main() -> int:
    """Run both, compare, and say so."""
    parser = argparse.ArgumentParser(prog="python -m tests.crashes.importing", description=__doc__)
    parser.add_argument("--points", type=positive, default=10)
    parser.add_argument("--rows", type=positive, default=6000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    made = register(options.seed, options.rows, towns=max(400, options.rows // 20))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "register.csv"
        file.write_text(made.text(), encoding="utf-8")
        with running("gunicorn", threads=1, core=0) as bench:
            told, whole = _run(bench, file)
        steps = {line: place for place, line in enumerate(line for line in told if "rows" in line)}
        dice = random.Random(options.seed)  # noqa: S311 - the same moments at every run
        # Not at the last two: the work may be over before the signal comes.
        moments = sorted(dice.sample(range(len(steps) - 2), options.points))
        with running("gunicorn", threads=1, core=0) as bench:
            killed = sum(_run(bench, file, steps, moment)[1] is None for moment in moments)
            _, done = _run(bench, file)
    same = done is not None and done == whole
    verdict = "the same" if same else "NOT the same"
    print(f"{len(steps)} lines of progress, {killed} of {options.points} runs killed; the result is {verdict}")
    return 0 if same and killed == options.points else 1


def _run(
    bench: Bench, file: Path, steps: Mapping[str, int] | None = None, moment: int = 0
) -> tuple[list[str], dict[str, Any] | None]:
    """The lines of progress, and the answer; None where the run was killed once it was as far as step `moment`."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "register", "import", str(file), "--json"]
    told: list[str] = []
    with subprocess.Popen(
        command, env=dict(bench.variables), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr is not None, "asked for above"
        for line in child.stderr:
            told.append(line)
            if steps is not None and steps.get(line, -1) >= moment:
                child.send_signal(signal.SIGKILL)
        output, _ = child.communicate()
    if child.returncode == -signal.SIGKILL:
        return told, None
    return told, _answer(output)


def _answer(output: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(output)
    return {name: value for name, value in answer.items() if name != "import"}


if __name__ == "__main__":
    sys.exit(main())
