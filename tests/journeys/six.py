"""The journey of six people on photographs: `python -m tests.journeys.six --faces FOLDER`.

As `tests/browser/enrollment/test_six_people.py`, whose faces are drawn and look alike to the engine. With photographs
of one person, taken on two days, the face takes part in finding them again, and the journey asserts that it did.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from tests.factories.portraits import FOLDER
from tests.journeys.photographs import chosen, faces_of, written
from tests.stack import ROOT

_TEST = "tests/browser/enrollment/test_six_people.py"
# Who comes, on two days, and what their passport shows, as the test numbers them.
_PERSON, _SHOTS = 41, (1, 2, 9)


def main() -> int:
    """Run the journey; the exit code is that of the test."""
    folder = faces_of(argparse.ArgumentParser(prog="python -m tests.journeys.six", description=__doc__))
    [photographs] = chosen(folder, 1, 2)
    shots = dict(zip(_SHOTS, (*photographs, photographs[0]), strict=True))
    with written({f"{_PERSON}-{shot}": content for shot, content in shots.items()}) as portraits:
        command = [sys.executable, "-m", "pytest", _TEST, "-q", "-p", "no:cacheprovider"]
        return subprocess.run(command, cwd=ROOT, env={**os.environ, FOLDER: str(portraits)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
