import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.centres.division_files import SHIPPED, Division, Level, Problem, Word, parse_divisions
from enrollment.centres.divisions import ranked

HEADER = "code,level,name,parent,aliases\n"
REGION = Division("R", Level.REGION, "A region", None)
HELD = {"R": REGION, "R-D": Division("R-D", Level.DISTRICT, "A district", "R")}

names = st.text(st.characters(categories=["L"]), min_size=1, max_size=20)


def words(text: str) -> list[Word]:
    """What is wrong with the rows of a file."""
    parsed = parse_divisions((HEADER + text).encode(), HELD)
    return [one.what for one in parsed if isinstance(one, Problem)]


def test_shipped_file_is_whole() -> None:
    """Five regions and sixteen districts, each district in a region of the file."""
    parsed = parse_divisions(SHIPPED.read_bytes(), {})
    divisions = [one for one in parsed if isinstance(one, Division)]
    assert len(divisions) == len(parsed) == 21
    assert [one.level for one in divisions] == [Level.REGION] * 5 + [Level.DISTRICT] * 16


@given(st.lists(names, min_size=1, max_size=6, unique=True), st.lists(names, max_size=4))
def test_what_is_written_is_read(called: list[str], aliases: list[str]) -> None:
    """Any names in any script, with quotes and aliases, come back as they were, parents first."""
    rows = [["R-D-1", "chiefdom", "\N{LATIN SMALL LETTER OPEN E}", "R-D", "|".join(aliases)]]
    rows += [[f"X-{number}", "district", name, "X", ""] for number, name in enumerate(called)]
    rows += [["X", "region", 'The "new" one, so called', "", ""]]
    stream = io.StringIO()
    csv.writer(stream).writerows([HEADER.strip().split(","), *rows])
    parsed = parse_divisions(stream.getvalue().encode(), HELD)
    divisions = [one for one in parsed if isinstance(one, Division)]
    assert len(divisions) == len(rows), parsed
    assert divisions[0].name == 'The "new" one, so called'
    assert len(divisions[-1].aliases) == len(aliases)
    assert {one.code for one in divisions} == {row[0] for row in rows}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", Word.COLUMNS),
        (b"code,name\nX,Y\n", Word.COLUMNS),
        (HEADER.upper().encode(), Word.COLUMNS),
        (HEADER.encode() + b'X,region,"never closed', Word.COLUMNS),
        (HEADER.encode() + "X,region,Bo,,\n".encode("utf-16"), Word.ENCODING),
        (HEADER.encode() + b"X,region,Caf\xe9,,\n", Word.ENCODING),
        (HEADER.encode() + b"x" * 2_000_000, Word.SIZE),
        (HEADER.encode() + b"".join(b"X%d,region,N%d,,\n" % (n, n) for n in range(20_001)), Word.SIZE),
    ],
    ids=["empty", "columns", "capitals", "quote", "utf-16", "latin-1", "large", "rows"],
)
def test_files_that_are_none(content: bytes, word: Word) -> None:
    """Another encoding, other columns, or too much: told once for the whole file."""
    assert parse_divisions(content, HELD) == [Problem(0, word)]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("X,region,Name\n", Word.COLUMNS),
        ("x,region,Name,,\n", Word.CODE),
        (f"{'X' * 31},region,Name,,\n", Word.CODE),
        ("X-,region,Name,,\n", Word.CODE),
        ("X,country,Name,,\n", Word.LEVEL),
        ("X,region, ,,\n", Word.NAME),
        ("X,region,Na\x07me,,\n", Word.NAME),
        ("X,region,Name,R,\n", Word.PARENT),
        ("X,region,Name,NOWHERE,\n", Word.PARENT),
        ("X,district,Name,,\n", Word.PARENT),
        ("X,district,Name,R-D,\n", Word.PARENT),
        ("X,district,Name,X,\n", Word.PARENT),
        ("X,chiefdom,Name,R,\n", Word.PARENT),
        ("R-D,chiefdom,Name,R-D,\n", Word.LEVEL_CHANGED),
        ("X,district,A district,R,\n", Word.NAME_TWICE),
        ("X,region,Name,,one||two\n", Word.ALIASES),
        (f"X,region,Name,,{'|'.join(['alias'] * 21)}\n", Word.ALIASES),
    ],
)
def test_rows_that_are_refused(row: str, word: Word) -> None:
    """Each fault of a row has its word; a good row beside it does not hide it."""
    assert words(row) == [word]
    assert words(f"GOOD,region,Good,,\n{row}") == [word]


def test_rows_that_disagree() -> None:
    """A code or a name that comes twice is told at the second row; swapped names are no fault."""
    assert words("X,region,One,,\nX,region,Two,,\n") == [Word.CODE_TWICE]
    assert words("X,region,One,,\nY,region,One,,\n") == [Word.NAME_TWICE]
    assert words("R-D,district,Other,R,\nR-E,district,A district,R,\n") == []


def test_every_problem_is_told() -> None:
    """All rows are looked at, and the problems come in the order of the rows."""
    parsed = parse_divisions((HEADER + "x,region,A,,\nX,region,A,,\nY,district,B,,\n").encode(), {})
    assert parsed == [Problem(1, Word.CODE), Problem(3, Word.PARENT)]


def test_a_mark_in_front_is_no_fault() -> None:
    """Spreadsheets write a byte order mark."""
    assert parse_divisions(b"\xef\xbb\xbf" + HEADER.encode() + b"X,region,Name,,\n", {})[0] == Division(
        "X", Level.REGION, "Name", None
    )


def test_search_order() -> None:
    """The name itself comes first, then another name, then what begins so, then a word within."""
    held = [
        Division("D", Level.DISTRICT, "Upper Bo", "R"),
        Division("C", Level.DISTRICT, "Bombali", "R"),
        Division("B", Level.DISTRICT, "Kenema", "R", ("Bo",)),
        Division("A", Level.DISTRICT, "Bo", "R"),
        Division("E", Level.DISTRICT, "Limbo", "R"),
    ]
    assert [one.code for one in ranked(held, "b\N{LATIN SMALL LETTER O WITH ACUTE}")] == ["A", "B", "C", "D"]
    assert ranked(held, "") == []
