"""The page of abuse cases, made from one data file and from the docstrings of the tests that name a case."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.architecture.tree import ROOT, modules, parsed

__all__ = ["DATA", "PAGE", "Case", "Mention", "cases", "mentions", "page", "state_problems", "write"]

PAGE = ROOT / "docs" / "abuse-cases.md"
DATA = ROOT / "tests" / "architecture" / "abuse_cases.toml"
NUMBERS = range(1, 135)
_NAMED = re.compile(r"\bAC-(\d+)(?: to AC-(\d+))?")
# Tests in these folders talk to a running server; those of the others look at values, rooms or documents.
RUNNING = frozenset(
    {"abuse", "apache", "browser", "clients", "conformance", "examples", "faults", "front", "fuzz", "protocol"}
)
_STATES = ("missing", "feature", "differs")
_INTRODUCTION = """# Abuse cases

<!-- written by tests/architecture/abuse.py from the tests and from tests/architecture/abuse_cases.toml; do not edit -->

Attacks that the provider must withstand, numbered once for all, and the tests that try them: some of them on values
and single rooms, for each case at least one on the running server. A test names its case in its docstring; this page is
made from there (`.venv/bin/python -m tests.architecture.reference`), and a test fails when it is out of date.

- **tested**: everything that the case asks for was seen.
- **partly**: what is missing is named.
- **not reachable yet**: the attack needs something that is not built, which is named.
- **differs**: we decided otherwise; the decision is named, and what it says is tested.

`.venv/bin/python -m tests.abuse.timing` takes the thousand samples of AC-064; the main run takes forty.
"""


@dataclass(frozen=True, slots=True)
class Mention:
    """A test that names a case: `path`, and the test's name unless the whole module is meant."""

    path: str
    name: str

    @property
    def runs(self) -> bool:
        """True for a test on a running server."""
        return Path(self.path).parts[1] in RUNNING

    def __str__(self) -> str:
        return f"`{self.path}::{self.name}`" if self.name else f"`{self.path}`"


@dataclass(slots=True)
class Case:
    """One case; at most one of `missing`, `feature` and `differs` is set."""

    identifier: str
    section: str
    title: str
    missing: str = ""
    feature: str = ""
    differs: str = ""
    tests: list[Mention] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The state as the page tells it."""
        if self.feature:
            return f"not reachable yet: {self.feature}"
        if self.missing:
            return f"partly; missing: {self.missing}"
        return f"differs, see {self.differs}" if self.differs else "tested"

    @property
    def kind(self) -> str:
        """The state in one word or two, for counting."""
        return self.state.partition(":")[0].partition(";")[0].partition(",")[0]


def cases() -> dict[str, Case]:
    """Every case of the data file with the tests that name it, in the file's order."""
    document = tomllib.loads(DATA.read_text(encoding="utf-8"))
    found = {
        identifier: Case(identifier, section["name"], **entry)
        for section in document["section"]
        for identifier, entry in section["case"].items()
    }
    for identifier, mention in mentions():
        if identifier in found:
            found[identifier].tests.append(mention)
    return found


def mentions() -> Iterator[tuple[str, Mention]]:
    """Every case that a docstring of a test, or of a module of tests, names; unknown ones too."""
    for path in modules("tests"):
        if not path.name.startswith("test_"):
            continue
        tree = parsed(path)
        by_tests: set[str] = set()
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for identifier in _identifiers(ast.get_docstring(node) or ""):
                    by_tests.add(identifier)
                    yield identifier, Mention(path.as_posix(), node.name)
        for identifier in _identifiers(ast.get_docstring(tree) or ""):
            if identifier not in by_tests and _has_tests(tree):
                yield identifier, Mention(path.as_posix(), "")


def state_problems(found: dict[str, Case]) -> list[str]:
    """What the data file claims and cannot be so."""
    problems = []
    expected = [f"AC-{number:03}" for number in NUMBERS]
    if list(found) != expected:
        problems.append(f"not every case once and in order: {sorted(set(found) ^ set(expected))}")
    for case in found.values():
        if sum(bool(getattr(case, name)) for name in _STATES) > 1:
            problems.append(f"{case.identifier} has two states")
        if not case.feature and not case.tests:
            problems.append(f"{case.identifier} is called {case.kind}, but no test names it")
        elif not case.feature and not any(mention.runs for mention in case.tests):
            problems.append(f"{case.identifier} is called {case.kind}, but no test on a running server names it")
    return problems


def page() -> str:
    """The whole page."""
    found = cases()
    kinds = [case.kind for case in found.values()]
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    lines = [_INTRODUCTION, f"{len(found)} cases: {counted}.", ""]
    section = ""
    for case in found.values():
        if case.section != section:
            section = case.section
            lines += ["", f"## {section}", "", "| Case | What is tried | State | Tests |", "|---|---|---|---|"]
        tests = "<br>".join(str(mention) for mention in case.tests)
        lines.append(f"| {case.identifier} | {case.title} | {_linked(case.state)} | {tests} |")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _linked(state: str) -> str:
    """The state with a link to the decision that it names, where that stands."""
    named = re.search(r"ADR (\d{4})", state)
    written = sorted(path.name for path in (PAGE.parent / "adr").glob(f"{named[1]}-*.md")) if named else []
    return state.replace(f"ADR {named[1]}", f"[ADR {named[1]}](adr/{written[0]})") if named and written else state


def _identifiers(text: str) -> Iterator[str]:
    for first, last in dict.fromkeys(_NAMED.findall(text)):
        if not last:
            yield f"AC-{first}"
        else:
            yield from (f"AC-{number:03}" for number in range(int(first), int(last) + 1))


def _has_tests(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in tree.body)


def write(path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text(page(), encoding="utf-8")
