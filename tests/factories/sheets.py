"""OpenDocument sheets made by hand: the content of one, and the archive around it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet>'
)
_END = "</office:spreadsheet></office:body></office:document-content>"


def sheet(rows: Sequence[Sequence[str]], *, other: bool = False) -> bytes:
    """The content of a sheet.

    `date:...` is a date cell, `repeat:N` the letter r N times, `note` a cell with a note, `formula:...` one that makes
    a text, `sum:...` one that makes a number.
    """
    body = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    tables = f'<table:table table:name="one">{body}</table:table>'
    if other:
        tables += '<table:table table:name="two"><table:table-row><table:table-cell><text:p>no</text:p>'
        tables += "</table:table-cell></table:table-row></table:table>"
    return f"{_HEAD}{tables}{_END}".encode()


def packed(content: bytes) -> bytes:
    """The archive of a sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return out.getvalue()


def _cell(value: str) -> str:
    kind, _, rest = value.partition(":")
    if kind == "date":
        attributes = f'office:value-type="date" office:date-value="{rest}"'
        return f"<table:table-cell {attributes}><text:p>1. Feb 80</text:p></table:table-cell>"
    if kind in {"formula", "sum"}:
        made = 'office:value-type="string"' if kind == "formula" else 'office:value-type="float" office:value="7"'
        return f'<table:table-cell table:formula="of:{escape(rest)}" {made}><text:p>7</text:p></table:table-cell>'
    if kind == "repeat":
        return f'<table:table-cell table:number-columns-repeated="{rest}"><text:p>r</text:p></table:table-cell>'
    if value == "note":
        note = "<office:annotation><text:p>a remark</text:p></office:annotation>"
        return f"<table:table-cell>{note}<text:p>note</text:p></table:table-cell>"
    return f"<table:table-cell><text:p>{escape(value)}</text:p></table:table-cell>" if value else "<table:table-cell/>"
