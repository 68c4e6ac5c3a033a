"""What belongs to the project: its files, and its Python modules parsed once."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_LEFT_OUT = frozenset(
    {
        ".git",
        ".hypothesis",
        ".import_linter_cache",
        ".lock-venv",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".venv",
        "__pycache__",
        "node_modules",
        "var",
    }
)


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project, relative to its root: what git tracks or would, else what lies there."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
        found = [Path(name) for name in listed.split("\0") if name]
    except (FileNotFoundError, subprocess.CalledProcessError):
        found = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
    return tuple(sorted(path for path in found if not _LEFT_OUT & set(path.parts) and (ROOT / path).is_file()))


@cache
def text_of(path: Path) -> str | None:
    """A file's text, or None where it is not UTF-8 text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def modules(*tops: str) -> list[Path]:
    """The Python files under these top-level names (all when none is given)."""
    return [path for path in files() if path.suffix == ".py" and (not tops or path.parts[0] in tops)]


@cache
def parsed(path: Path) -> ast.Module:
    """A Python file's syntax tree."""
    return ast.parse(text_of(path) or "", filename=str(path))
