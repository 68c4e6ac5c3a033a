"""docs/conformance.md says what the tests are, and the tests are what the profiles list."""

from __future__ import annotations

import ast
import subprocess
import sys

from tests.conformance.table import BEGIN, DOCUMENT, END, HERE
from tests.stack import ROOT

LEAVES_OUT = {"skip", "skipif", "xfail", "importorskip", "skipTest"}


def test_table_is_that_of_the_collected_tests() -> None:
    """Every module of every profile has one test, none is made up, and the document shows just these."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.conformance.table", "--print"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    written = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert written.strip() == made.stdout.strip(), "run: python -m tests.conformance.table"


def test_nothing_can_be_left_out_silently() -> None:
    """No test of this folder skips itself, expects to fail, or returns before its end."""
    faults = []
    for path in sorted(HERE.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in LEAVES_OUT:
                faults.append(f"{path.name}:{node.lineno}: {node.attr}")
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                faults += [
                    f"{path.name}:{inner.lineno}: return" for inner in ast.walk(node) if isinstance(inner, ast.Return)
                ]
    assert not faults
