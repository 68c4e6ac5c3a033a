"""What taking an older register over costs: `./wangov register import` of made-up people on private stores.

`python -m bench.importing --rows 100000` prints time, and the command's CPU and largest memory; the register is
empty before, and the same file is brought a second time. `--checked` is the check alone, which needs no stores.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.stack import ROOT, Bench, running
from biometrics.evaluation.arguments import positive
from tests.factories.registers import register

SEED = 41
MEGABYTE = 1024 * 1024


def main() -> int:
    """Run the bench and print its lines."""
    parser = argparse.ArgumentParser(prog="python -m bench.importing", description=__doc__)
    parser.add_argument("--rows", type=positive, default=100_000)
    parser.add_argument("--checked", action="store_true", help="check the file, and take nothing over")
    options = parser.parse_args()
    made = register(SEED, options.rows, towns=max(400, options.rows // 20))
    with tempfile.TemporaryDirectory() as folder, running("gunicorn", threads=1, core=0) as bench:
        file = Path(folder) / "register.csv"
        file.write_text(made.text(), encoding="utf-8")
        print(f"{len(made.rows)} rows, {file.stat().st_size / MEGABYTE:.1f} MB, load {os.getloadavg()[0]:.1f}")
        first = _run(bench, file, *(["--dry-run"] if options.checked else []))
        _say_quality(first, made.duplicates)
        if not options.checked:
            _run(bench, file)
    return 0


def _run(bench: Bench, file: Path, *more: str) -> dict[str, Any]:
    children, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "register", "import", str(file), *more, "--json"]
    with tempfile.TemporaryFile("w+") as told:
        done = subprocess.run(
            command, env=dict(bench.variables), cwd=ROOT, stdout=subprocess.PIPE, stderr=told, text=True, check=False
        )
        told.seek(0)
        if done.returncode:
            sys.exit(f"{done.stdout}{told.read()[-2000:]}")
        steps = len(told.readlines())
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer: dict[str, Any] = json.loads(done.stdout)
    own = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    print(
        f"{answer['rows'] / seconds:8.0f} rows/s  {seconds:7.1f} s  the command {own:6.1f} s CPU,"
        f" largest memory {after.ru_maxrss / 1024:.0f} MB, {steps} lines of progress"
    )
    kept = ("rows", "accepted", "issued", "referred", "known", "state")
    print("  " + ", ".join(f"{name} {answer[name]}" for name in kept if name in answer))
    return answer


def _say_quality(answer: Mapping[str, Any], planted: Mapping[int, int]) -> None:
    found = {(one["row"], one["of_row"]) for one in answer["duplicates"]}
    wanted = set(planted.items())
    right = len(found & wanted)
    print(f"  duplicates: recall {right / len(wanted):.4f}, precision {right / max(len(found), 1):.4f}")


if __name__ == "__main__":
    sys.exit(main())
