"""Each banned name has one door, and the door lets nothing else through."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.tree import modules, parsed

# name -> where it may be used (a file, or a folder ending in a slash)
DOORS: dict[str, tuple[str, ...]] = {
    "datetime.datetime.now": ("idp/clock.py", "embedded/", "bench/", "examples/"),
    "datetime.datetime.today": (),
    "datetime.datetime.utcnow": (),
    "time.time": ("idp/clock.py", "embedded/", "bench/", "examples/"),
    "time.time_ns": ("idp/clock.py", "bench/"),
    "secrets": ("idp/entropy.py", "embedded/", "examples/", "bench/"),
    "random": ("bench/",),
    "os.urandom": ("idp/entropy.py", "embedded/", "bench/"),
    "uuid.uuid1": (),
    "uuid.uuid4": ("bench/",),
    "os.environ": ("config/", "embedded/", "examples/", "bench/"),
    "os.getenv": ("config/",),
    "print": ("idp/cli/", "embedded/", "bench/"),
    "authlib.integrations": ("examples/",),
    "authlib.jose": (),
    "pickle": (),
    "eval": (),
    "exec": (),
}
_HEADS = frozenset(banned.partition(".")[0] for banned in DOORS)
_BUILT_IN = frozenset({"eval", "exec", "print"})
HOUSE = ("biometrics", "config", "embedded", "enrollment", "examples", "idp", "bench", "wsgi.py")


def _imported(tree: ast.Module) -> dict[str, str]:
    """Local name -> what it stands for, from every import statement of a module."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                names[f"import {alias.name}"] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _used(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every dotted name a module uses, spelled from where it was imported."""
    names = _imported(tree)
    for spelled in names.values():
        yield 1, spelled
    for node in ast.walk(tree):
        dotted = _dotted(node)
        if dotted:
            head, _, rest = dotted.partition(".")
            if head not in names and head not in _BUILT_IN:
                continue  # a name of the module's own
            yield getattr(node, "lineno", 0), f"{names.get(head, head)}{'.' if rest else ''}{rest}"


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def _uses(used: Iterable[tuple[int, str]], banned: str) -> list[int]:
    return [line for line, name in used if name == banned or name.startswith(f"{banned}.")]


@cache
def _used_in(path: Path) -> tuple[tuple[int, str], ...]:
    """As `_used`, of a module of the house: what begins as a banned name does. Each is read once for all of them."""
    return tuple((line, name) for line, name in _used(parsed(path)) if name.partition(".")[0] in _HEADS)


def _open(path: Path, doors: tuple[str, ...]) -> bool:
    return any(str(path) == door or (door.endswith("/") and str(path).startswith(door)) for door in doors)


@pytest.mark.parametrize("banned", DOORS)
def test_banned_name_is_used_only_at_its_door(banned: str) -> None:
    """Time, randomness, the environment, the terminal and the rest are reached through one door each."""
    faults = [
        f"{path}:{line}"
        for path in modules(*HOUSE)
        if not _open(path, DOORS[banned])
        for line in _uses(_used_in(path), banned)
    ]
    assert not faults


@pytest.mark.parametrize(
    ("source", "banned"),
    [
        ("import time\ntime.time()", "time.time"),
        ("from time import time as t\nt()", "time.time"),
        ("from datetime import datetime\ndatetime.now()", "datetime.datetime.now"),
        ("import datetime as dt\ndt.datetime.now(dt.UTC)", "datetime.datetime.now"),
        ("import secrets", "secrets"),
        ("from random import choice", "random"),
        ("import os\nos.environ['A']", "os.environ"),
        ("from os import environ", "os.environ"),
        ("print('x')", "print"),
        ("import authlib.integrations.flask_client", "authlib.integrations"),
        ("from authlib.integrations.flask_client import OAuth", "authlib.integrations"),
    ],
)
def test_door_check_sees_every_spelling(source: str, banned: str) -> None:
    """The check above finds a banned name however it was imported."""
    assert _uses(_used(ast.parse(source)), banned)


@pytest.mark.parametrize(
    ("source", "banned"),
    [("secrets = [1]\nsecrets[0]", "secrets"), ("import time\ntime.monotonic()", "time.time")],
)
def test_door_check_leaves_others_alone(source: str, banned: str) -> None:
    """A variable of the same spelling, or another function of the same module, is not banned."""
    assert not _uses(_used(ast.parse(source)), banned)


def test_only_the_edges_commit() -> None:
    """Services never commit: only the web floor, the commands and the committing store itself do."""
    floors = ("enrollment/cli/", "enrollment/web/", "idp/web/", "idp/cli/")
    edges = (*floors, "idp/database/", "wsgi.py", "bench/", "embedded/", "examples/")
    faults = [
        f"{path}:{node.lineno}"
        for path in modules(*HOUSE)
        if not _open(path, edges)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert not faults
