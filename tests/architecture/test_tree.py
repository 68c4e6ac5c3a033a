"""Habits of the tree: small modules and functions, reasons beside exceptions, nothing of one machine."""

import ast
import io
import os
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.architecture.tree import ROOT, files, modules, parsed, text_of

MODULE_LINES = 300
TEST_MODULE_LINES = 400
FUNCTION_LINES = 50
NESTING = 4

# Longer modules, each with the reason. Closed: an entry that is no longer needed fails the test.
LONGER_MODULES: dict[str, str] = {}
LONGER_FUNCTIONS: dict[str, str] = {
    "wsgi.py:build_services": "wires every service once, in the order they need each other; decides nothing",
}

# A checkout may lie directly in one of these, and files may rightly speak of them.
_PLACES_OF_EVERY_MACHINE = frozenset(
    {"/", "/app/", "/home/", "/mnt/", "/opt/", "/srv/", "/tmp/", "/usr/src/", "/var/tmp/"}
)

_NESTS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
_SILENCED = re.compile(
    r"#\s*(?:noqa(?P<bare>:\s*[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*)?"
    r"|type:\s*ignore(?P<code>\[[\w\-, ]+\])?"
    r"|pragma:\s*no cover)(?P<reason>.*)",
    re.IGNORECASE,
)


def _house() -> list[Path]:
    return [path for path in modules() if path.parts[0] not in {"tests", "migrations"}]


def test_modules_are_short() -> None:
    """A module has at most 300 lines, or a stated reason for more."""
    long = {str(path): len((text_of(path) or "").splitlines()) for path in _house()}
    long = {path: lines for path, lines in long.items() if lines > MODULE_LINES}
    assert set(long) == set(LONGER_MODULES), long


def test_test_modules_are_short() -> None:
    """A test module has at most 400 lines: one subject, one file."""
    counted = {str(path): len((text_of(path) or "").splitlines()) for path in modules("tests")}
    assert not {path: lines for path, lines in counted.items() if lines > TEST_MODULE_LINES}


def test_functions_are_short() -> None:
    """A function has at most 50 lines, its docstring not counted."""
    long = {}
    for path in _house():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
                lines = (node.end_lineno or 0) - first.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{path}:{node.name}"] = lines
    assert set(long) == set(LONGER_FUNCTIONS), long


def _depth(node: ast.AST, level: int = 0) -> int:
    deepest = level
    for child in ast.iter_child_nodes(node):
        otherwise = isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If)
        own_scope = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        step = 1 if isinstance(child, _NESTS) and not otherwise else 0
        deepest = max(deepest, 0 if own_scope else _depth(child, level + step))
    return deepest


def test_nesting_is_shallow() -> None:
    """Blocks nest at most four deep; `elif` is no deeper than its `if`."""
    deep = {}
    for path in _house():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _depth(node) > NESTING:
                deep[f"{path}:{node.name}"] = _depth(node)
    assert not deep


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text_of(path) or "").readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_silenced_checks_have_reasons() -> None:
    """A silenced linter or type check names its rule and says why."""
    faults = []
    for path in modules():
        for line, comment in _comments(path):
            silenced = _SILENCED.search(comment)
            if silenced is None:
                continue
            named = silenced["bare"] or silenced["code"] or "pragma" in comment
            if not named or not re.search(r"\w{3,}.*\w{2,}", silenced["reason"]):
                faults.append(f"{path}:{line}: {comment}")
    assert not faults


def test_no_vague_rooms() -> None:
    """No module or folder is called by a word that could hold anything."""
    vague = {"utils", "util", "helpers", "helper", "common", "core", "shared", "misc"}
    assert not [str(path) for path in modules() if vague & {part.removesuffix(".py") for part in path.parts}]


def _package_hosts() -> set[str]:
    """Hosts that package clients of this machine know: none of them belongs in a file."""
    from pip._internal.models.index import PyPI

    hosts = {PyPI.netloc, PyPI.file_storage_domain}
    for command in (
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"],
        ["npm", "config", "get", "registry"],
    ):
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
        except FileNotFoundError:
            continue
        hosts.update(urlsplit(address).netloc.rpartition("@")[2] for address in re.findall(r"https?://[^\s'\"]+", said))
    return {host.partition(":")[0] for host in hosts if host}


def test_no_package_host_in_any_file() -> None:
    """No file names a host that packages come from: each machine has its own."""
    hosts = _package_hosts()
    assert hosts
    faults = [
        f"{path}: {host}" for path in files() for host in hosts if host.casefold() in (text_of(path) or "").casefold()
    ]
    assert not faults


def test_no_path_of_this_machine_in_any_file() -> None:
    """No file names the folder that this checkout lies in, nor the home folder of whoever runs the test."""
    places = {f"{place}{os.sep}" for place in (ROOT, ROOT.parent, Path.home())} - _PLACES_OF_EVERY_MACHINE
    faults = [f"{path}: {place}" for path in files() for place in places if _stands_alone(place, text_of(path) or "")]
    assert not faults


def _stands_alone(place: str, text: str) -> bool:
    return re.search(rf"(?<![\w.\-/]){re.escape(place)}", text) is not None


def test_no_package_index_options() -> None:
    """Requirements and lock files carry no index, link or host option and no address."""
    option = re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host|https?://|\bgit\+|\"resolved\"")
    locks = [path for path in files() if path.parts[0] == "requirements" or path.name.endswith("-lock.json")]
    assert locks
    assert not [str(path) for path in locks if option.search(text_of(path) or "")]


@pytest.mark.parametrize("name", ["runtime.lock", "dev.lock"])
def test_every_locked_package_has_hashes(name: str) -> None:
    """Each locked package stands with an exact version and at least one SHA-256."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert entries
    pattern = re.compile(r"[A-Za-z0-9._\-]+(\[[\w,\-]+\])?==[\w.!+\-]+( ;[^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert not [entry[:80] for entry in entries if not pattern.fullmatch(entry)]


def test_declared_dependencies_are_those_of_the_runtime() -> None:
    """pyproject.toml declares what requirements/runtime.in asks for, no more and no less."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    asked = (ROOT / "requirements" / "runtime.in").read_text(encoding="utf-8").splitlines()
    assert sorted(declared) == sorted(line for line in asked if line and not line.startswith("#"))


def test_no_large_file() -> None:
    """No file is over one megabyte: data sets and builds do not belong to the tree."""
    assert not [str(path) for path in files() if (ROOT / path).stat().st_size > 1_000_000]
