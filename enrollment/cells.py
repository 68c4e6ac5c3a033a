"""Cells of files for spreadsheets that are text in every spreadsheet, whatever people are called."""

from __future__ import annotations

import unicodedata

__all__ = ["plain"]

_FORMULA = frozenset("=+-@|%")
# Spreadsheets pass over them, and nobody sees them: spaces, control characters and those without a width.
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


def plain(cell: str) -> str:
    """The cell as no spreadsheet takes it for a formula: with an apostrophe before it, as spreadsheets write text."""
    first = next((sign for sign in cell if unicodedata.category(sign) not in _UNSEEN), "")
    begins = unicodedata.normalize("NFKC", first)[:1] in _FORMULA
    return f"'{cell}" if begins or cell.startswith(("\t", "\r", "\n")) else cell
