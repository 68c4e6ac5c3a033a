"""A person's copy as a PDF that can be read and printed. The only door to fpdf2; imported by a worker alone."""

from __future__ import annotations

import html
import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import cast

import font_source_sans_pro
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

__all__ = ["pdf_of"]

_FILES = Path(font_source_sans_pro.__file__).parent / "files"
_FAMILY = "source"
_MARGIN, _LABEL, _LINE = 20, 55, 5.5
# The font has the small letters of these alone.
_REPLACED = str.maketrans({"\u0190": "\u025b", "\u0186": "\u0254", "\u2028": " ", "\t": " "})


class _Paper(FPDF):
    """A4 with a page number at the foot of each page."""

    def footer(self) -> None:
        """The number of the page and of all."""
        self.set_y(-15)
        self.set_font(_FAMILY, size=9)
        self.cell(0, 10, f"{self.page_no()} / {{nb}}", align="C")


def pdf_of(lines: Iterable[str], *, title: str, language: str, made_at: datetime) -> bytes:
    """The lines as a PDF: `# ` begins the title, `## ` a heading, `label | value` a row, anything else is text.

    HTML entities are read as what they stand for. Letters that the font does not have are left out.
    """
    # What it says of letters that it lacks would name what people are called.
    logging.getLogger("fpdf").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    paper = _Paper(format="A4")
    for style, name in (("", "Regular"), ("B", "Bold")):
        paper.add_font(_FAMILY, style, str(_FILES / f"SourceSansPro-{name}.ttf"))
    paper.set_title(title)
    paper.set_lang(language)
    paper.set_creation_date(made_at)
    paper.set_margins(_MARGIN, _MARGIN)
    paper.set_auto_page_break(auto=True, margin=_MARGIN)
    paper.add_page()
    for raw in lines:
        line = html.unescape(raw.strip()).translate(_REPLACED)
        if line:
            _write(paper, line)
    return bytes(paper.output())


def _write(paper: FPDF, line: str) -> None:
    if line.startswith("# "):
        _text(paper, line[2:], 20, bold=True)
    elif line.startswith("## "):
        paper.ln(4)
        _text(paper, line[3:], 14, bold=True)
    elif " | " in line:
        label, _, value = line.partition(" | ")
        _row(paper, label, value)
    else:
        _text(paper, line, 11)


def _text(paper: FPDF, text: str, size: int, *, bold: bool = False) -> None:
    paper.set_font(_FAMILY, "B" if bold else "", size)
    paper.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(1)


def _row(paper: FPDF, label: str, value: str) -> None:
    """A row stays on one page: label to the left, value beside it."""
    width = paper.epw - _LABEL
    paper.set_font(_FAMILY, "", 10)
    lines = _lines(paper, width, value)
    paper.set_font(_FAMILY, "B", 10)
    height = _LINE * max(lines, _lines(paper, _LABEL, label))
    if paper.will_page_break(height):
        paper.add_page()
    top = paper.get_y()
    paper.multi_cell(_LABEL, _LINE, label, align="L", new_x=XPos.RIGHT, new_y=YPos.TOP)
    paper.set_font(_FAMILY, "", 10)
    paper.multi_cell(width, _LINE, value, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_y(max(top + height, paper.get_y()) + 0.8)


def _lines(paper: FPDF, width: float, text: str) -> int:
    told = paper.multi_cell(width, _LINE, text, dry_run=True, output=MethodReturnValue.LINES)
    return len(cast("list[str]", told))
