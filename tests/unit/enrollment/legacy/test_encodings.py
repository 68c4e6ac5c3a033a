import io

import pytest

from enrollment.errors import Refusal
from enrollment.legacy import Unreadable, Wishes, wishes_of
from enrollment.legacy.encodings import NAMED
from enrollment.legacy.looking import beginning_of
from enrollment.legacy.sources import source_of

ACCENTS = [["no", "nom", "prénom"], ["1", "Kébo", "Séda Zoë"], ["2", "Tafo", "Hélène"], ["3", "N\u2019Dò", "Noëlle"]]
CAPITALS = [["NO", "NOM", "PRÉNOM"], ["1", "KÉBO", "SÉDA ZOË"], ["2", "TAFO", "HÉLÈNE"], ["3", "DO", "NOËLLE"]]


def read(content: bytes, wishes: Wishes | None = None) -> list[list[str]]:
    """Header and rows."""
    source = source_of(io.BytesIO(content), wishes or Wishes())
    assert not isinstance(source, Unreadable), source
    return [list(source.header), *map(list, source.rows())]


def text(rows: list[list[str]]) -> str:
    """As programs write it."""
    return "".join(";".join(row) + "\r\n" for row in rows)


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman", "iso8859-15", "cp850"])
@pytest.mark.parametrize("rows", [ACCENTS, CAPITALS], ids=["accents", "capitals"])
def test_a_byte_for_each_letter(encoding: str, rows: list[list[str]]) -> None:
    """Found out by how the names read: of a Windows, a Macintosh, a DOS machine."""
    written = [[cell.replace("\u2019", "'") for cell in row] for row in rows]
    assert read(text(written).encode(encoding)) == written


def test_letters_that_come_late() -> None:
    """A thousand rows without an accent do not settle it; the page says what was found."""
    rows = [["no", "name"], *([str(number), "Tafo Lo"] for number in range(5000)), ["x", "Kébo Hélène"]]
    content = text(rows).encode("mac-roman")
    assert read(content) == rows
    looked = beginning_of(io.BytesIO(content), Wishes())
    assert not isinstance(looked, Unreadable)
    assert looked.encoding == "mac-roman"


@pytest.mark.parametrize("encoding", sorted(set(NAMED.values())))
def test_an_encoding_that_is_asked_for(encoding: str) -> None:
    """Every one of those that have a name here reads what was written in it."""
    rows = [["no", "name"], ["1", "Kébo"], ["2", "Zoé"]]
    wishes = wishes_of(f'{{"columns": {{}}, "encoding": "{encoding.upper()}"}}')
    assert not isinstance(wishes, Refusal)
    assert wishes.encoding == encoding
    assert read(text(rows).encode(encoding), wishes) == rows


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_without_a_mark(encoding: str) -> None:
    """Where the zeros are says it."""
    assert read(text(ACCENTS).encode(encoding)) == ACCENTS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("strange", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_only_line_ends_end_lines(encoding: str, end: str, strange: str) -> None:
    """Unicode has other ends of lines; in a cell they are signs like others, in every encoding."""
    rows = [["no", "name"], ["1", f"Ta{strange}fo"], ["2", "x" * 70_000], ["3", "Lo"]]
    kept = read(end.join(";".join(row) for row in rows).encode(encoding))
    assert kept[:2] == rows[:2]
    assert kept[-1] == rows[-1]


def test_ends_of_lines_where_pieces_meet() -> None:
    """However long the lines before it, a return and a feed are one end."""
    for length in range(32_758, 32_770):
        content = ("a" * length + "\r\nb\r\n").encode("utf-16-le")
        lines = read(b"x\x00;\x00y\x00\r\x00\n\x00" + content)
        assert lines[1:] == [["a" * length], ["b"]], length
        lines = read(b"x;y\r\n" + ("a" * (2 * length) + "\r\nb\r").encode())
        assert lines[1:] == [["a" * (2 * length)], ["b"]], length
