from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from biometrics.errors import Reason
from tests.hostile.campaign import case
from tests.hostile.crafted import CRAFTED
from tests.hostile.mutations import MUTATIONS

IMAGES = 150
ROOT = Path(__file__).resolve().parents[2]


def test_made_again() -> None:
    """A case is known by the seed and its number."""
    assert [case(7, number) for number in range(20)] == [case(7, number) for number in range(20)]
    assert case(7, 3) != case(8, 3)


def test_all_kinds() -> None:
    """A campaign of the usual length has every crafted kind and every mutation in it."""
    words = {word for number in range(1000) for word in case(1, number).name.split()}
    assert set(CRAFTED) | set(MUTATIONS) <= words


def test_hostile_images() -> None:
    """Each of a short campaign's images ends in a valid sample or a coded reason, within memory and time.

    In a process of its own, whose children are nothing but readers' processes: their peak memory is measured.
    """
    command = [sys.executable, "-m", "tests.hostile", "--images", str(IMAGES), "--seed", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "children that crashed: 0\n" in done.stdout
    assert "samples that are none: 0\n" in done.stdout
    counts = [line.split(maxsplit=1) for line in done.stdout.splitlines()[1:] if line.startswith("   ")]
    assert sum(int(count) for count, _ in counts) == IMAGES
    assert {reason for _, reason in counts} <= {"(a valid sample)", *Reason}


@pytest.mark.parametrize("kind", sorted(CRAFTED))
def test_crafted_kinds_are_not_all_sound(kind: str) -> None:
    """Each crafted kind differs from one number to the next, or it would test one file only."""
    assert len({CRAFTED[kind](np.random.default_rng(number)) for number in range(4)}) > 1
