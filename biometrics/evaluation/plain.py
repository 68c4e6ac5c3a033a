"""The document of an evaluation as text for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["lines_of"]


def lines_of(document: Mapping[str, Any], depth: int = 0) -> list[str]:
    """A member on a line, members of members further in; lists of like objects as columns."""
    lines = []
    indent = "  " * depth
    for name, value in document.items():
        if isinstance(value, Mapping) and value:
            lines.append(f"{indent}{name}:\n")
            lines.extend(lines_of(value, depth + 1))
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines.append(f"{indent}{name}:\n")
            lines.extend(f"{indent}  {row}\n" for row in _columns(value))
        else:
            lines.append(f"{indent}{name}: {_plain(value)}\n")
    return lines


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The rows below their names, each column as wide as its widest cell."""
    names = list(rows[0])
    cells = [names, *([_plain(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(names))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _plain(value: Any) -> str:
    if value is None or (isinstance(value, dict | list) and not value):
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return " to ".join(_plain(item) for item in value)
    return str(value)
