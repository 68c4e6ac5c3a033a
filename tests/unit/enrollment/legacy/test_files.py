import io
import zipfile
from collections.abc import Iterator

import pytest

from enrollment.legacy import Column, Limits, Trouble, Unreadable, Wishes
from enrollment.legacy.archives import is_small
from enrollment.legacy.looking import beginning_of
from enrollment.legacy.sources import source_of
from enrollment.legacy.spreadsheets import NotASheetError
from tests.factories.sheets import packed, sheet

ROWS = [["no", "surname", "given names"], ["1", "Kɔŋbe", "Sɛda, Ann"], ["2", 'Ta"fo', "Lo"]]
PLAIN = [["no", "surname", "given names"], ["1", "Kébo", "Séda, Ann"], ["2", "Tafo", "Lo"]]


def read(content: bytes, wishes: Wishes | None = None, limits: Limits | None = None) -> list[list[str]]:
    """Header and rows."""
    source = source_of(io.BytesIO(content), wishes or Wishes(), limits or Limits())
    assert not isinstance(source, Unreadable), source
    return [list(source.header), *map(list, source.rows())]


def text(rows: list[list[str]], delimiter: str, end: str = "\r\n") -> str:
    """As programs write it: quoted where it must be."""

    def cell(value: str) -> str:
        doubled = value.replace('"', '""')
        return f'"{doubled}"' if {delimiter, '"', "\n"} & set(value) else value

    return "".join(delimiter.join(map(cell, row)) + end for row in rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", ":"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"], ids=lambda name: name
)
def test_whatever_the_encoding_and_the_delimiter(encoding: str, delimiter: str) -> None:
    """With a mark or without one, the cells are those that were written."""
    assert read(text(ROWS, delimiter).encode(encoding)) == ROWS


def test_a_windows_file(  # a name of its own: the letters of the language do not exist there
) -> None:
    """Windows-1252 where it is not UTF-8; and line by line where both were put together."""
    assert read(text(PLAIN, ";").encode("cp1252")) == PLAIN
    mixed = text(PLAIN[:2], ";").encode("utf-8") + text([["2", "Kébo", "Zoë"]], ";").encode("cp1252")
    assert read(mixed)[2] == ["2", "Kébo", "Zoë"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(end: str) -> None:
    """Of three kinds of machines, with empty lines between."""
    assert read((text(PLAIN[:1], ",", end) + end + text(PLAIN[1:], ",", end)).encode()) == PLAIN


def test_a_spreadsheet_says_its_delimiter() -> None:
    """`sep=;` in the first line is no row."""
    assert read(("sep=;\r\n" + text(PLAIN, ";")).encode()) == PLAIN


def test_a_line_within_a_cell() -> None:
    """A quoted cell may go over lines; a quotation that never ends spoils its own line alone."""
    assert read(b'a,b\n1,"x\ny"\n2,z\n') == [["a", "b"], ["1", "x\ny"], ["2", "z"]]
    lines = "".join(f"{number},z\n" for number in range(100))
    rows = read(('a,b\n1,"x\n' + lines).encode())
    assert len(rows) == 102
    assert rows[5:] == [[str(number), "z"] for number in range(3, 100)]


def test_marks_within_words_join_no_rows() -> None:
    """A foot, an inch and an apostrophe typed as a quotation mark: every row is one row, and numbers do not shift."""
    content = b'a,b\n1,Kam"ara\n2,x\n3,Kon"teh\n4,"Sesay"\n5,"two\nlines"\n'
    rows = [["a", "b"], ["1", 'Kam"ara'], ["2", "x"], ["3", 'Kon"teh'], ["4", "Sesay"], ["5", "two\nlines"]]
    assert read(content) == rows
    assert read(content.replace(b",", b"\t")) == rows


def test_apostrophes_around_cells() -> None:
    """As some programs write them, doubled within; names with one alone are no quotation."""
    content = "'no','name'\n'1','N''gowa, \"Ann\"'\n'2','Lo\nLa'\n"
    assert read(content.encode()) == [["no", "name"], ["1", 'N\'gowa, "Ann"'], ["2", "Lo\nLa"]]
    assert read(b"no,name\n1,N'gowa\n2,'Lo\n") == [["no", "name"], ["1", "N'gowa"], ["2", "'Lo"]]


def test_an_old_macintosh_file_longer_than_a_record() -> None:
    """Rows are not cut where a piece of the file ends."""
    rows = [["number", "name"], *([str(number), "é" * 40] for number in range(3000))]
    assert read("\r".join(",".join(row) for row in rows).encode()) == rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("length", [70_000, 1_048_574, 1_048_575, 1_048_576, 1_400_000])
def test_a_cell_of_any_length_is_of_one_row(length: int, end: str, encoding: str) -> None:
    """What is too long is cut, and shifts no numbers."""
    rows = read(end.join(["a;b", "1;" + "x" * length + ";y", "\t2;z", ""]).encode(encoding))
    assert (len(rows), rows[0], rows[2]) == (3, ["a", "b"], ["\t2", "z"])
    assert set(rows[1][1]) == {"x"}


def test_without_a_header() -> None:
    """Columns are numbers then, and the first row is a person."""
    assert read(b"1,a\n2,b\n", Wishes(header=False)) == [["1", "2"], ["1", "a"], ["2", "b"]]


def test_what_is_no_table() -> None:
    """Nothing, and more than is allowed, are refused before a row is read."""
    for content, trouble in ((b"", Trouble.EMPTY), (b"\r\n \r\n", Trouble.EMPTY), (b"a" * 101, Trouble.TOO_LARGE)):
        found = source_of(io.BytesIO(content), Wishes(), Limits(size=100))
        assert isinstance(found, Unreadable)
        assert found.trouble is trouble


class Sparse(io.RawIOBase):
    """A file of two gigabytes that nobody may read."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """The end is far away."""
        return 2 * 1024**3 if whence == io.SEEK_END else offset

    def read(self, size: int = -1) -> bytes:
        """Nobody comes here."""
        raise AssertionError(size)


def test_two_gigabytes_are_refused_unread() -> None:
    """The size is asked first."""
    found = source_of(Sparse(), Wishes())  # type: ignore[arg-type]  # all that is asked of a file
    assert found == Unreadable(Trouble.TOO_LARGE)


def test_a_sheet() -> None:
    """Repeated and empty cells, dates as they are stored, no notes, and the first table alone."""
    rows = sheet(
        [["no", "born", "x", "y"], ["1", "date:1980-02-01", "", ""], [], ["2", "note", "repeat:2"]], other=True
    )
    assert read(packed(rows)) == [["no", "born", "x", "y"], ["1", "1980-02-01", "", ""], [""], ["2", "note", "r", "r"]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_rows_of_empty_cells(delimiter: str) -> None:
    """Between others they keep their number; before the first and after the last they are none."""
    blank = delimiter * 2
    lines = [blank, "a" + delimiter + "b" + delimiter + "c", "1" + blank, "", blank, "2" + blank, blank, blank, ""]
    assert read("\r\n".join(lines).encode()) == [["a", "b", "c"], ["1", "", ""], [""], ["2", "", ""]]


def test_rows_of_a_sheet_that_are_repeated() -> None:
    """As often as the sheet says, empty ones at the end never; more than a register has are too many."""
    content = sheet([["a", "b"], ["1", "x"], [], ["2", "y"], []])
    parts = content.split(b"<table:table-row>")
    for place, times in ((2, 1500), (3, 3), (5, 1_000_000)):
        parts[place] = b'<table:table-row table:number-rows-repeated="%d">' % times + parts[place]
    repeated = parts[0] + b"<table:table-row>" + parts[1]
    repeated += parts[2] + parts[3] + b"<table:table-row>" + parts[4] + parts[5]
    assert read(packed(repeated)) == [["a", "b"], *[["1", "x"]] * 1500, *[[""]] * 3, ["2", "y"]]
    # Billions of empty rows are counted, not gone through.
    many = b'<table:table-row table:number-rows-repeated="1000000"/>' * 5_000
    end = content.index(b"</table:table>")
    assert len(read(packed(content[:end] + many + content[end:]))) == 4


def test_a_directory_of_many_files() -> None:
    """AC-129: it is not read: neither a hundred thousand names, nor a few that are very long, nor the large form."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(2500):
            archive.writestr(str(number), "")
    many = out.getvalue()
    assert source_of(io.BytesIO(many), Wishes()) == Unreadable(Trouble.TOO_LARGE)
    assert not is_small(io.BytesIO(many + b"PK"))
    good = packed(sheet([["a", "b"]]))
    end = good.rindex(b"PK\x05\x06")
    lying = good[:end] + good[end : end + 12] + (2**31).to_bytes(4, "little") + good[end + 16 :]
    large = good[:end] + b"PK\x06\x07" + bytes(16) + good[end:]
    for content in (lying, large):
        assert source_of(io.BytesIO(content), Wishes()) == Unreadable(Trouble.TOO_LARGE)
    assert is_small(io.BytesIO(good))
    assert is_small(io.BytesIO(b"PK\x03\x04"))


def test_formulas_of_a_sheet() -> None:
    """What makes a text is read as it is, and so is no name; a number is what was counted."""
    rows = sheet([["a", "b", "c"], ["formula:=HYPERLINK(1)", "sum:=3+4", "=1+1"]])
    assert read(packed(rows)) == [["a", "b", "c"], ["=HYPERLINK(1)", "7", "=1+1"]]


def entities() -> bytes:
    """A sheet whose document type would fill the machine."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l9;</x>'.encode()


def outside() -> bytes:
    """A sheet that asks for a file of the machine."""
    return b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>'


@pytest.mark.parametrize("content", [entities(), outside(), b"<a>" * 1000, b"\xff\xfe<", b"<x/>", b"", b"<x>"])
def test_a_hostile_sheet(content: bytes) -> None:
    """Document types, depth, and what is no sheet are refused."""
    found = source_of(io.BytesIO(packed(content)), Wishes())
    assert isinstance(found, Unreadable)
    assert found.trouble in {Trouble.NOT_A_TABLE, Trouble.EMPTY}


def test_a_packed_bomb() -> None:
    """A sheet that says that it unpacks to too much, and one that unpacks to more than its size allows."""
    bomb = packed(sheet([["a", "b"]]) + b" " * 30_000_000)
    assert len(bomb) < 50_000
    assert source_of(io.BytesIO(bomb), Wishes()) == Unreadable(Trouble.TOO_LARGE)
    some = packed(sheet([["a", "b"], *[[str(n), "x"] for n in range(2000)]]))
    assert source_of(io.BytesIO(some), Wishes(), Limits(inflated=10_000)) == Unreadable(Trouble.TOO_LARGE)


def test_a_bomb_that_lies() -> None:
    """What the archive says of its size is not believed: it is counted as it comes."""
    rows = sheet([["a", "b"], *[[str(n), "x" * 40] for n in range(3000)]])
    honest = packed(rows)
    lying = honest.replace(len(rows).to_bytes(4, "little"), (900).to_bytes(4, "little"))
    assert lying != honest

    def everything() -> Iterator[list[str]]:
        source = source_of(io.BytesIO(lying), Wishes(), Limits(inflated=100_000))
        if isinstance(source, Unreadable):
            raise NotASheetError
        yield from map(list, source.rows())

    with pytest.raises(NotASheetError):
        list(everything())


def test_a_broken_archive() -> None:
    """Cut off, locked, or without a sheet in it."""
    whole = packed(sheet([["a", "b"], *[[str(n), "x"] for n in range(500)]]))
    for content in (whole[:200], b"PK\x03\x04" + b"x" * 100):
        assert source_of(io.BytesIO(content), Wishes()) == Unreadable(Trouble.NOT_A_TABLE)
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert source_of(other, Wishes()) == Unreadable(Trouble.NOT_A_TABLE)


def test_one_mark_of_megabytes() -> None:
    """An attribute, a remark or an instruction that does not end costs the square of its length: it is cut off."""
    content = sheet([["a", "b"]])
    head, rest = content[: content.index(b"<table:table ")], content[content.index(b"<table:table ") :]
    noise = b"".join(b"%x" % (number * 2_654_435_761 % 2**32) for number in range(350_000))
    for begins, ends in ((b'<office:forms office:name="', b'"/>'), (b"<!--", b"-->"), (b"<?x ", b"?>")):
        hostile = packed(head + begins + noise + ends + rest)
        assert source_of(io.BytesIO(hostile), Wishes()) == Unreadable(Trouble.TOO_LARGE), begins
    long = noise.decode()
    assert read(packed(sheet([["a", "b"], ["1", long]])))[1] == ["1", long[:10_000]]


def test_what_no_sheet_is_packed_with() -> None:
    """Methods whose pieces cannot be unpacked little by little (ODF 1.2 part 3 section 2.2: stored, or deflated)."""
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr("content.xml", sheet([["a", "b"], ["1", "x"]]))
        assert source_of(io.BytesIO(out.getvalue()), Wishes()) == Unreadable(Trouble.NOT_A_TABLE)


def test_what_a_page_shows_of_a_file_is_short() -> None:
    """A name of a column as long as the file, and cells that long: what it seems to be is read off the whole name."""
    looked = beginning_of(io.BytesIO(f"surname,{'x' * 100_000}\n{'y' * 100_000},z\n".encode()), Wishes())
    assert not isinstance(looked, Unreadable)
    assert max(len(text) for part in looked.parts for text in (part.name, *part.examples)) <= 41
    assert [part.column for part in looked.parts] == [Column.SURNAME, None]
