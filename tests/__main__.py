"""`python -m tests`: every test in parallel; what fails beside others is tried once more, alone.

A test that starves beside others tells about the machine; one that also fails alone tells about the product, and fails
the run. Arguments are pytest's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Tests wait for servers and browsers a third of their time: one worker more than there are processors. Files go out in
# the order of `tests.conftest`, the long ones first.
PARALLEL = ["-n", str(min(8, len(os.sched_getaffinity(0)) + 1)), "--dist", "loadfile", "--no-loadscope-reorder"]
FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
# pytest's exit status for a run that was whole and in which tests failed.
TESTS_FAILED = 1
# More than this is no accident: the run ends there, as each of the rest might wait for what is not coming.
MOST_TRIED_AGAIN = 60


def main(arguments: list[str]) -> int:
    """Run the tests; the exit status is pytest's."""
    FAILED.unlink(missing_ok=True)
    status = _pytest(*PARALLEL, "--maxfail", str(MOST_TRIED_AGAIN + 1), *arguments)
    failed = sorted(json.loads(FAILED.read_text(encoding="utf-8"))) if FAILED.exists() else []
    if status != TESTS_FAILED or not 0 < len(failed) <= MOST_TRIED_AGAIN:
        return status
    print(f"\n{len(failed)} of these tests failed beside others. Once more, alone:\n", flush=True)
    status = _pytest("--last-failed", "--last-failed-no-failures", "none", *arguments)
    if status == 0:
        print("Failed beside others and passed alone:", *failed, sep="\n  ")
    return status


def _pytest(*arguments: str) -> int:
    # Compiling the tests takes longer than collecting them, in every worker: what is compiled is kept beside them.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
