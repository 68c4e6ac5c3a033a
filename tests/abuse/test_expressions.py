"""No expression of the product can be made to backtrack without end: a scan of every pattern (AC-129)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import modules, parsed

HOUSE = ("biometrics", "config", "embedded", "enrollment", "examples", "idp")
REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT"})
MANY = 32
# Nested all the same, by file; each with the reason why there is only one way to match. Closed: what is gone must go.
UNAMBIGUOUS = {
    "enrollment/legacy/delimited.py": "a cell begins and ends with an apostrophe, which no cell may hold",
    "idp/outbox/addresses.py": "a part of a mailbox ends at a dot, which no part may hold",
    "idp/subscribers/claim_values.py": "a label of a host name ends at a dot, which no label may hold",
}
# Put together from constants, so that the scan cannot read them; each with what stands there.
PUT_TOGETHER = {
    "biometrics/decoding/pgm.py": "blanks, and comments that begin with no blank and end with their line",
    "biometrics/identity.py": "a plus sign and a fixed number of hexadecimal digits",
    "idp/clients/metadata.py": "words between blanks, which no word may hold",
}


def patterns() -> Iterator[tuple[Path, int, str | None]]:
    """Every pattern in the product: its file and line, and its text, or None where it is not written out."""
    for path in [*modules(*HOUSE), Path("wsgi.py")]:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and _is_of_re(node.func) and node.args:
                first = node.args[0]
                text = first.value if isinstance(first, ast.Constant) else None
                if isinstance(text, bytes):
                    text = text.decode("latin-1")
                yield path, node.lineno, text if isinstance(text, str) else None


def _is_of_re(function: ast.expr) -> bool:
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return False
    return function.value.id == "re" and function.attr not in {"escape", "purge"}


def nested(pattern: str) -> bool:
    """True when something that may repeat without end stands inside something that may, too."""
    parser: Any = vars(re)["_parser"]  # the standard library has no public one
    return _repeats(parser.parse(pattern), inside=False)


def _repeats(tree: Iterable[tuple[Any, Any]], *, inside: bool) -> bool:
    for operator, argument in tree:
        if str(operator) in REPEATS:
            _, most, body = argument
            endless = int(most) > MANY
            if (inside and endless) or _repeats(body, inside=inside or endless):
                return True
        elif any(_repeats(part, inside=inside) for part in _parts(argument)):
            return True
    return False


def _parts(argument: Any) -> Iterator[Iterable[tuple[Any, Any]]]:
    if hasattr(argument, "data"):
        yield argument
    elif isinstance(argument, tuple | list):
        for part in argument:
            yield from _parts(part)


def test_no_pattern_nests_endless_repetition() -> None:
    """AC-129: repetition without end inside repetition without end is what backtracks; every pattern is looked at."""
    found = list(patterns())
    assert len(found) > 10
    assert {str(path) for path, _, text in found if text is None} == set(PUT_TOGETHER)
    nests = [f"{path}:{line}: {text}" for path, line, text in found if text is not None and nested(text)]
    assert {entry.partition(":")[0] for entry in nests} == set(UNAMBIGUOUS), nests
    assert len(nests) == len(UNAMBIGUOUS)


@pytest.mark.parametrize(
    ("pattern", "endless"),
    [
        (r"(a+)+$", True), (r"(?:\w+\s?)*", True), (r"^(([a-z])+.)+[A-Z]", True), (r"(x|a*)*", True),
        (r"(a+){2,}b", True), (r"(a{1,8}-){0,4}", False), (r"[a-z]+\.[a-z]+", False), (r"(?:ab){1,200}", False),
    ],
)  # fmt: skip
def test_scan_knows_what_it_looks_for(pattern: str, endless: bool) -> None:
    """AC-129: the classic shapes are found, harmless ones are not."""
    assert nested(pattern) is endless
