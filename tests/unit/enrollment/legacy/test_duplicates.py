import csv
import datetime as dt
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from enrollment.legacy import Checked, Wishes, check
from enrollment.legacy.likeness import Likeness, features_of
from enrollment.legacy.pairing import duplicates_of
from enrollment.legacy.rows import Record
from enrollment.register import Birth, Precision, Sex
from tests.factories.registers import SLIPS, Register, register
from tests.unit.enrollment.legacy.test_rows import ground

FILES = ("legacy_register_300.csv", "legacy_register_300.ods", "legacy_register_300.answers.csv")


def found(text: str) -> dict[int, int]:
    """The duplicates of a file."""
    checked = check(io.BytesIO(text.encode()), Wishes(), ground())
    assert isinstance(checked, Checked)
    assert not checked.problems
    return checked.duplicates


def test_registers_that_were_never_seen() -> None:
    """Recall at least 0.98, precision at least 0.97, over registers of several sizes: twins and namesakes are two."""
    right = planted = named = 0
    for seed, people in ((1, 300), (2, 300), (3, 1000), (4, 2000)):
        made = register(seed, people)
        pairs = set(found(made.text()).items())
        right += len(pairs & set(made.duplicates.items()))
        planted += len(made.duplicates)
        named += len(pairs)
    assert right >= 0.98 * planted
    assert right >= 0.97 * named


def test_every_slip_is_forgiven() -> None:
    """Of no kind of slip more than every tenth is missed."""
    missed = dict.fromkeys(SLIPS, 0)
    total = dict.fromkeys(SLIPS, 0)
    for seed in range(10, 13):
        made = register(seed, 700, share=0.2)
        pairs = found(made.text())
        for row, kind in made.kinds.items():
            total[kind] += 1
            missed[kind] += pairs.get(row) != made.duplicates[row]
    assert all(total.values())
    assert all(missed[kind] <= total[kind] / 10 for kind in SLIPS), missed


def person(row: int, surname: str, given: str, born: dt.date, **more: str) -> Record:
    """A row."""
    birth = Birth(born.year, born.month, born.day, Precision.DAY)
    sex = Sex.MALE if more.pop("sex", "F") == "M" else Sex.FEMALE
    return Record(
        row, "", surname, given, sex, birth, more.get("district", ""), more.get("chiefdom", ""), more.get("town", ""),
        more.get("phone", ""), more.get("mother_name", ""),
    )  # fmt: skip


DAY = dt.date(1990, 5, 17)
HOUSE = {"town": "Gola", "chiefdom": "Dama", "district": "SL-E-KEN", "phone": "+23276000001", "mother_name": "Ana Tolu"}
ELSEWHERE = {
    "town": "Bewu",
    "chiefdom": "Lado",
    "district": "SL-S-BO",
    "phone": "+23276000002",
    "mother_name": "Nila Kebe",
}


def same(left: Record, right: Record) -> bool:
    """Whether they are taken for one person, among people of other names."""
    around = [
        person(row, f"Zo{row % 40}b".replace("1", "a"), f"Wu{chr(97 + row % 26)}la", dt.date(1950 + row % 60, 3, 9))
        for row in range(10, 300)
    ]
    everybody = [one for one in map(features_of, [left, right, *around]) if one is not None]
    return Likeness(everybody).same_person(everybody[0], everybody[1])


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (person(2, "Tolkebo", "Sani", DAY, **HOUSE), True),
        (person(2, "Sani", "Tolkebo", DAY, **HOUSE), True),
        (person(2, "Tolkebo", "Lumata", DAY, **HOUSE), False),  # a twin
        (person(2, "Tolkebo", "Sani", DAY.replace(year=1984, month=2), **HOUSE), False),  # named after a dead child
        (person(2, "Tolkebo", "Lumata", DAY.replace(month=1, day=1), **HOUSE), False),
        (person(2, "Wandi", "Lumata", DAY, **(HOUSE | {"mother_name": "Nila Kebe"})), False),  # same day, same town
        (person(2, "Wandi", "Sani", DAY, **HOUSE), True),  # married
        (person(2, "Tolkebo", "Sani", DAY.replace(year=1989), **HOUSE), True),  # a year that was counted wrong
        (person(2, "Tolkebo", "Sani", DAY.replace(year=2000), **HOUSE), True),
        (person(2, "Tolkebo", "Sani", DAY.replace(day=18), **HOUSE), True),
        (person(2, "Tolkebo", "Sani", DAY.replace(year=1987), **HOUSE), False),
        (person(2, "Tolkebo", "Sani", DAY.replace(day=27, month=6), **HOUSE), False),
        (person(2, "Tolkebo", "Sani", DAY, **(HOUSE | {"mother_name": ""})), True),
    ],
)
def test_who_is_one_person(other: Record, expected: bool) -> None:
    """A slip is forgiven; a brother, a sister, a twin or a neighbour is somebody else."""
    assert same(person(1, "Tolkebo", "Sani", DAY, **HOUSE), other) is expected
    assert same(other, person(1, "Tolkebo", "Sani", DAY, **HOUSE)) is expected


@pytest.mark.parametrize(
    ("written", "again", "expected"),
    [
        ("Momodu", "Mohamed", True),
        ("Sorie", "Sory", True),
        ("Fatmata", "Fatu", True),
        ("Ibrahim", "Brima", True),
        ("Alhassan", "Al-Hassan", True),
        ("Abdul Rahman", "Abdulrahman", True),
        ("Alhassan", "Alusine", False),  # how twins are called
        ("Sahr", "Sorie", False),
        ("Kumba", "Finda", False),
    ],
)
def test_what_people_are_called(written: str, again: str, expected: bool) -> None:
    """Spellings and short forms of one name are one; twins have two."""
    one, other = (person(row, "Tolkebo", given, DAY, **HOUSE) for row, given in ((1, written), (2, again)))
    assert same(one, other) is expected
    assert same(other, one) is expected


def test_many_of_one_name_and_day() -> None:
    """In a register in which many have the same name, a shared day of birth alone makes nobody one person."""
    rows = [person(row, "Tolkebo", "Sani", DAY if row < 3 else DAY + dt.timedelta(row), town=f"T{row}", district="x",
                   mother_name=f"{'ABCDEFG'[row % 7]}na {'KLMN'[row % 4]}olu") for row in range(1, 400)]  # fmt: skip
    people = [one for one in map(features_of, rows) if one is not None]
    assert not Likeness(people).same_person(people[0], people[1])


def test_rows_that_are_left_out_are_compared() -> None:
    """Whoever was written down twice is found by what the worse row says."""
    spoilt: dict[str, Callable[[list[str]], list[str]]] = {
        "E_COLUMNS": lambda row: row[:6],
        "E_NAME_MISSING": lambda row: [row[0], "", *row[2:]],
        "E_NAME_CHARS": lambda row: [row[0], "=1+1", *row[2:]],
        "E_DATE_INVALID": lambda row: [*row[:4], "unknown", *row[5:]],
        "E_DATE_FUTURE": lambda row: [*row[:4], "2099-01-01", *row[5:]],
        "E_SEX_INVALID": lambda row: [*row[:3], "9", *row[4:]],
        "E_DISTRICT_UNKNOWN": lambda row: [*row[:5], "Lofa", *row[6:]],
        "W_PHONE_INVALID": lambda row: [*row[:8], "12", row[9]],
    }
    made = register(21, 400, share=0)
    planted = {}
    for place, (code, spoil) in enumerate(spoilt.items()):
        again = [f"OLD-9000{place:04d}", *made.rows[40 * place][1:]]
        made.rows.append(spoil(again))
        planted[len(made.rows)] = (40 * place + 1, code)
    checked = check(io.BytesIO(made.text().encode()), Wishes(), ground())
    assert isinstance(checked, Checked)
    assert checked.problems == {row: [code] for row, (_, code) in planted.items()}
    assert checked.duplicates == {row: of_row for row, (of_row, _) in planted.items()}


def test_half_a_row_makes_nobody_one_person() -> None:
    """Of which of two twins a row without a given name is, nobody can say; beside one person it is of that one."""
    made = register(22, 300, share=0)
    one = made.rows[50]
    unnamed = ["OLD-90000001", one[1], "", *one[3:]]
    twin = ["OLD-90000002", one[1], "Zyxo", *one[3:]]
    for rows, expected in (([unnamed], {51: True}), ([unnamed, twin], {}), ([twin, unnamed], {})):
        text = Register([*made.rows, *rows]).text()
        checked = check(io.BytesIO(text.encode()), Wishes(), ground())
        assert isinstance(checked, Checked)
        assert dict.fromkeys(checked.duplicates.values(), True) == expected


def test_an_initial_makes_nobody_one_person() -> None:
    """A row with `A.` may be of Alusine and of Alhassan: neither is the other for it. Two such rows are compared."""
    house = {"sex": "M", **HOUSE}
    others = [person(row, f"Wandi{row % 9}b", "Lumata", DAY + dt.timedelta(row)) for row in range(10, 40)]
    for givens, expected in (
        (("Alusine", "Alhassan", "A."), {}),
        (("A.", "Alhassan", "Alusine"), {}),
        (("Alusine", "A.", "A."), {2: 1, 3: 1}),
        (("A.", "A."), {2: 1}),
        (("Alusine", "Alhassan", "A.", "A."), {4: 3}),
    ):
        rows = [person(row, "Tolkebo", given, DAY, **house) for row, given in enumerate(givens, 1)]
        people = [one for one in map(features_of, [*rows, *others]) if one is not None]
        assert {row: of for row, of in duplicates_of(people).items() if row < 10} == expected, givens


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder with the made-up old register and its answers, where there is one."""
    root = os.environ.get("WANGOV_TEST_DATA")
    if root is None:
        pytest.skip(f"set WANGOV_TEST_DATA to a folder with enrollment/legacy/{FILES[0]} and its answers")
    there = Path(root) / "enrollment" / "legacy"
    if not all((there / name).is_file() for name in FILES):
        pytest.fail(f"WANGOV_TEST_DATA is set, but {there} does not hold {' and '.join(FILES)}", pytrace=False)
    return there


@pytest.mark.parametrize("name", FILES[:2])
def test_the_register_with_answers(folder: Path, name: str) -> None:
    """All planted problems with their codes, all planted duplicates, and no others; as text and as a sheet."""
    with (folder / FILES[2]).open(encoding="utf-8-sig", newline="") as lines:
        answers = list(csv.DictReader(lines))
    with (folder / name).open("rb") as stream:
        checked = check(stream, Wishes(), ground())
    assert isinstance(checked, Checked)
    problems = {int(one["data_row"]): [one["detail"]] for one in answers if one["kind"] == "row_problem"}
    duplicates = {int(one["data_row"]): int(one["duplicate_of_row"]) for one in answers if one["kind"] == "duplicate"}
    assert checked.rows == 300
    assert checked.problems == problems
    assert checked.duplicates == duplicates
