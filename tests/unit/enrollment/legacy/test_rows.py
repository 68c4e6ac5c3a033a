import datetime as dt
import io
import json

import pytest

from enrollment.centres import Division
from enrollment.centres.division_files import SHIPPED, Level, parse_divisions
from enrollment.errors import Refusal
from enrollment.legacy import Checked, Ground, Limits, Trouble, Unreadable, Wishes, check, wishes_of
from enrollment.legacy.dates import BadDate, Way, read_birth, slashed
from enrollment.legacy.rows import Record
from enrollment.legacy.wishes import DateOrder
from enrollment.register import Sex

TODAY = dt.date(2030, 5, 20)
SHIPPED_DIVISIONS = parse_divisions(SHIPPED.read_bytes(), {})
DISTRICTS = [one for one in SHIPPED_DIVISIONS if isinstance(one, Division) and one.level is Level.DISTRICT]
HEADER = "legacy_no,surname,given_names,sex,date_of_birth,district,chiefdom,town,phone,mother_name"
GOOD = ["A-1234567", "Tolkebo", "Sani", "F", "1980-02-01", "Kenema", "Dama", "Gola", "076123456", "Ana Tolkebo"]
PLACES = {name: place for place, name in enumerate(HEADER.split(","))}


def ground(limits: Limits | None = None) -> Ground:
    """The shipped districts."""
    return Ground(DISTRICTS, TODAY, limits or Limits())


def checked(text: str, wishes: Wishes | None = None) -> tuple[Checked, list[Record]]:
    """A file, and its records."""
    records: list[Record] = []
    found = check(io.BytesIO(text.encode()), wishes or Wishes(), ground(), None, records.append)
    assert isinstance(found, Checked), found
    return found, records


def one(**cells: str) -> Record:
    """A good row, but for these cells."""
    row = list(GOOD)
    for name, value in cells.items():
        row[PLACES[name]] = value
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in row)
    [record] = checked(f"{HEADER}\n{quoted}\n")[1]
    return record


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        ({}, []),
        ({"surname": ""}, ["E_NAME_MISSING"]),
        ({"given_names": " "}, ["E_NAME_MISSING"]),
        ({"surname": "N/A"}, ["E_NAME_MISSING"]),
        ({"surname": "Unknown"}, ["E_NAME_MISSING"]),
        ({"surname": '=HYPERLINK("x")'}, ["E_NAME_CHARS"]),
        ({"surname": "@SUM(1)"}, ["E_NAME_CHARS"]),
        ({"given_names": "Sani2"}, ["E_NAME_CHARS"]),
        ({"given_names": "<b>Sani</b>"}, ["E_NAME_CHARS"]),
        ({"surname": "x" * 100}, ["E_NAME_CHARS"]),
        ({"mother_name": "=1+1"}, ["E_NAME_CHARS"]),
        ({"surname": "Kɔŋ-Tólo\u2019s"}, []),
        ({"date_of_birth": "unknown"}, ["E_DATE_INVALID"]),
        ({"date_of_birth": ""}, ["E_DATE_INVALID"]),
        ({"date_of_birth": "31/02/1980"}, ["E_DATE_INVALID"]),
        ({"date_of_birth": "1899-01-01"}, ["E_DATE_INVALID"]),
        ({"date_of_birth": "2030-05-21"}, ["E_DATE_FUTURE"]),
        ({"sex": "X"}, ["E_SEX_INVALID"]),
        ({"sex": ""}, ["E_SEX_INVALID"]),
        ({"district": "Lofa"}, ["E_DISTRICT_UNKNOWN"]),
        ({"district": ""}, ["E_DISTRICT_UNKNOWN"]),
        ({"district": "Western Area"}, ["E_DISTRICT_UNKNOWN"]),
        ({"district": "KENEMA"}, []),
        ({"district": "Kenema District"}, []),
        ({"district": "Portloko"}, ["W_DISTRICT_FUZZY"]),
        ({"district": "Kenima"}, ["W_DISTRICT_FUZZY"]),
        ({"district": "Western Urban"}, ["W_DISTRICT_FUZZY"]),
        ({"district": "W. Area Urban"}, ["W_DISTRICT_FUZZY"]),
        ({"district": "WA Rural"}, ["W_DISTRICT_FUZZY"]),
        ({"district": "Westren Area Rural"}, ["W_DISTRICT_FUZZY"]),
        ({"district": "District of Bo"}, ["W_DISTRICT_FUZZY"]),
        ({"district": "Kambia Distict"}, ["W_DISTRICT_FUZZY"]),
        ({"district": "Bong"}, ["E_DISTRICT_UNKNOWN"]),
        ({"district": "District"}, ["E_DISTRICT_UNKNOWN"]),
        ({"phone": "076-12"}, ["W_PHONE_INVALID"]),
        ({"phone": "none"}, ["W_PHONE_INVALID"]),
        ({"phone": ""}, []),
        ({"phone": "+44 20 7946 0000"}, []),
        ({"surname": "", "sex": "9", "date_of_birth": "x"}, ["E_NAME_MISSING", "E_SEX_INVALID", "E_DATE_INVALID"]),
    ],
)
def test_every_problem_has_its_code(cells: dict[str, str], codes: list[str]) -> None:
    """And a good row has none."""
    assert one(**cells).codes == codes


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("1980-02-01", "1980-02-01"),
        ("01/02/1980", "1980-02-01"),
        ("1.2.1980", "1980-02-01"),
        ("01 February 1980", "1980-02-01"),
        ("1st Feb 1980", "1980-02-01"),
        ("February 1, 1980", "1980-02-01"),
        ("01-Feb-80", "1980-02-01"),
        ("01-Feb-29", "2029-02-01"),
        ("01-Feb-31", "1931-02-01"),
        ("1 février 1980", "1980-02-01"),
        ("19800201", "1980-02-01"),
        ("1980-02-01T00:00:00", "1980-02-01"),
        ("1980", "1980"),
        ("1980-02", "1980-02"),
        ("02/1980", "1980-02"),
        ("Feb 1980", "1980-02"),
        ("01 02 1980", "1980-02-01"),
        ("1980 02 01", "1980-02-01"),
        ("01021980", "1980-02-01"),
        ("Friday, 1 February 1980", "1980-02-01"),
        ("le 1er février 1980", "1980-02-01"),
        ("Né le 1 févr. 1980", "1980-02-01"),
    ],
)
def test_dates_as_people_write_them(written: str, born: str) -> None:
    """One meaning, and only as much as is known."""
    record = one(date_of_birth=written)
    assert record.birth is not None
    assert record.birth.text == born


def test_the_order_of_a_column() -> None:
    """Month first where no other reading fits the whole column, or where it is asked for."""
    rows = [["", *GOOD[1:4], born, *GOOD[5:]] for born in ("03/04/1980", "05/28/1981")]
    text = "\n".join([HEADER, *(",".join(row) for row in rows)])
    births = [record.birth.text for record in checked(text)[1] if record.birth]
    assert births == ["1980-03-04", "1981-05-28"]
    other = text + "\n" + ",".join(["", *GOOD[1:4], "28/05/1981", *GOOD[5:]])
    found, records = checked(other)
    assert [None if record.birth is None else record.birth.text for record in records] == [
        "1980-04-03", None, "1981-05-28",
    ]  # fmt: skip
    assert found.problems == {2: ["E_DATE_INVALID"]}
    assert records[1].problems[0].suggested == "1981-05-28"


def dated(*cells: str, name: str = "date_of_birth") -> list[str | None]:
    """The births of a column with these cells."""
    rows = [[*GOOD[:4], cell, *GOOD[5:]] for cell in cells]
    text = "\n".join([HEADER.replace("date_of_birth", name), *(",".join(row) for row in rows)])
    return [None if record.birth is None else record.birth.text for record in checked(text)[1]]


def test_one_slip_does_not_turn_a_column() -> None:
    """Most of the column decide how it is written, not one row that is wrong either way."""
    assert dated("05/28/1981", "06/30/1981", "31/02/1980") == ["1981-05-28", "1981-06-30", None]
    assert dated("28/05/1981", "30/06/1981", "02/31/1980") == ["1981-05-28", "1981-06-30", None]


def test_a_heading_says_the_order() -> None:
    """Unless the column shows otherwise."""
    assert dated("03/04/1980", name="Date of birth (mm/dd/yyyy)") == ["1980-03-04"]
    assert dated("03/04/1980", name="Date of birth (dd/mm/yyyy)") == ["1980-04-03"]
    assert dated("03/04/1980", "28/04/1980", name="DOB mm/dd/yyyy") == ["1980-04-03", "1980-04-28"]


def test_days_as_sheets_count_them() -> None:
    """In a column that has several; a number alone is no date."""
    assert dated("29252", "29253.0", "60000", "20001") == ["1980-02-01", "1980-02-02", None, "1954-10-04"]
    assert dated("29252", "1980-02-01") == [None, "1980-02-01"]


@pytest.mark.parametrize("word", ["F", "f.", "Fille", "FÉMININ", "femme", "Girl", "uman"])
@pytest.mark.parametrize("other", ["M", "Garçon", "homme", "Masculin", "MALE", "boy"])
def test_words_for_the_sexes(word: str, other: str) -> None:
    """Those of the region's languages."""
    assert one(sex=word).sex is Sex.FEMALE
    assert one(sex=other).sex is Sex.MALE


def test_a_letter_for_men() -> None:
    """H stands for them where M does not; a single one among M is a slip."""
    french = [[*GOOD[:3], sex, *GOOD[4:]] for sex in ("H", "F", "h")]
    assert not checked("\n".join([HEADER, *map(",".join, french)]))[1][0].codes
    english = [["", *GOOD[1:3], sex, *GOOD[4:]] for sex in ("H", "M", "m")]
    assert checked("\n".join([HEADER, *map(",".join, english)]))[0].problems == {1: ["E_SEX_INVALID"]}


def test_rows_of_another_width() -> None:
    """Too few and too many cells; empty ones at the end are none."""
    rows = [GOOD[:6], [*GOOD, "more"], [*GOOD, "", ""]]
    found, _ = checked("\n".join([HEADER, *(",".join(row) for row in rows)]))
    assert found.problems == {1: ["E_COLUMNS"], 2: ["E_COLUMNS"]}
    assert found.stopped == 2


def test_a_row_in_which_nothing_is_written() -> None:
    """It has its number and one problem; those at the end are none."""
    blank = "," * 9
    found, _ = checked(
        "\n".join([HEADER, ",".join(GOOD), blank, "", ",".join([*GOOD[:3], "9", *GOOD[4:]]), blank, blank])
    )
    assert found.rows == 3
    assert found.problems == {2: ["E_NAME_MISSING"], 3: ["E_SEX_INVALID"]}


def test_an_old_number_of_somebody_else() -> None:
    """Only of a row that is taken, however it is written; words for none are no numbers."""
    others = ["Wandi", "Lumata", "M", "1955-09-12", "Kono", "Lei", "Bewu", "", "Nila Kebe"]
    rows = [
        GOOD,
        ["a 123.4567", *others],
        ["none", *GOOD[1:]],
        ["None", *others],
        ["", *others[:3], "1966-06-06", *others[4:]],
    ]
    found, _ = checked("\n".join([HEADER, *map(",".join, rows)]))
    assert found.problems == {2: ["W_DUPLICATE"]}
    assert found.clashes == {2: 1}
    assert found.duplicates == {3: 1, 4: 2}
    stopped, _ = checked("\n".join([HEADER, *map(",".join, [[*GOOD[:3], "9", *GOOD[4:]], rows[1]])]))
    assert stopped.problems == {1: ["E_SEX_INVALID"]}


def test_what_may_have_been_meant() -> None:
    """A suggestion, never for a formula."""
    assert one(district="Portloko").problems[0].suggested == "Port Loko"
    assert one(given_names="Sani2").problems[0].suggested == "Sani"
    assert one(surname="=cmd()").problems[0].suggested == ""


def test_columns_of_other_names() -> None:
    """By what registers call them; by a mapping, whichever side of it is ours; by their places."""
    row = "Tolkebo|Sani|F|1980"
    for header, wishes in (
        ("Last Name|First name|GENDER|D.O.B.", Wishes()),
        ("a|b|c|d", wishes_of('{"columns": {"surname": "a", "given_names": "B", "sex": "c", "date_of_birth": "d"}}')),
        ("a|b|c|d", wishes_of('{"a": "surname", "b": "given_names", "c": "sex", "d": "date_of_birth"}')),
        ("a|b|c|d", wishes_of('{"surname": 1, "given_names": 2, "sex": 3, "date_of_birth": 4}')),
    ):
        assert not isinstance(wishes, Refusal)
        [record] = checked(f"{header}\n{row}\n", wishes)[1]
        assert (record.surname, record.given_names, record.codes) == ("Tolkebo", "Sani", [])


@pytest.mark.parametrize(
    "header",
    [
        "Reg. No|SURNAME|Other Names|Sex (M/F)|Date of birth (dd/mm/yyyy)|District of residence|Town/Village|Tel. No.",
        "N°|Nom|Prénom(s)|Sexe (H/F)|Né(e) le|District|Ville|Téléphone",
        "Matricule|NOM DE FAMILLE|PRÉNOMS|Genre|Date de naissance [jj/mm/aaaa]|DISTRICT|Localité|Tél.",
        "id|citizen_surname|citizen_given_names|citizen_sex|citizen_dob|district|town|phone",
        "Old ID No.|Last  Name|First Name(s)|Gender: M/F|D.O.B. DD-MM-YYYY|Dist.|City|Mobile",
        "No|Name|First name|Sex|DOB|District|Town|Phone",
        "No|Surname|Name|Sex|DOB|District|Town|Phone",
        "No|Sirname|Given naems|Sex|Date of brith|Distrct|Town|Phne number",
    ],
)
def test_headings_of_other_registers(header: str) -> None:
    """In English and French, with what stands in brackets, in capitals, with a slip of the pen."""
    [record] = checked(f"{header}\n77777777|Tolkebo|Sani|F|01/02/1980|Kenema|Gola|076123456\n")[1]
    assert record.codes == []
    assert (record.legacy_no, record.surname, record.given_names) == ("77777777", "Tolkebo", "Sani")
    assert (record.district, record.town, record.phone) == ("SL-E-KEN", "Gola", "+23276123456")
    assert record.birth is not None
    assert record.birth.text == "1980-02-01"


def test_a_file_without_a_header() -> None:
    """The first row is a person where its sex and birth are: columns in our order, or where they are said to be."""
    rows = "\n".join(",".join(row) for row in (GOOD, ["B", *GOOD[1:]]))
    found, records = checked(rows)
    assert [record.number for record in records] == ["A1234567", "B"]
    assert found.duplicates == {2: 1}
    wishes = wishes_of('{"surname": 1, "given_names": 2, "sex": 4, "date_of_birth": 3}')
    assert isinstance(wishes, Wishes)
    _, [first, second] = checked("Tolkebo,Sani,1980-02-01,F\nWandi,Lumata,1990-02-01,M\n", wishes)
    assert (first.row, first.surname, second.surname) == (1, "Tolkebo", "Wandi")
    nobody = ["A-1", "Tolkebo", "Sani", "?", *GOOD[4:]]
    assert isinstance(check(io.BytesIO(",".join(nobody).encode()), Wishes(), ground()), Unreadable)


def test_missing_columns_are_named() -> None:
    """Those that are needed, and those that a mapping asks for."""
    found = check(io.BytesIO(b"surname,sex\nA,F\n"), Wishes(), ground())
    assert found == Unreadable(Trouble.COLUMNS, ("given_names", "date_of_birth"))
    wishes = wishes_of('{"phone": "Tel"}')
    assert isinstance(wishes, Wishes)
    assert check(io.BytesIO(f"{HEADER}\n".encode()), wishes, ground()) == Unreadable(Trouble.COLUMNS, ("phone",))


def test_too_many_rows() -> None:
    """Nothing of such a file is taken."""
    text = "\n".join([HEADER, *[",".join(GOOD)] * 4])
    for wishes in (Wishes(), Wishes(date_order=DateOrder.DMY)):
        assert check(io.BytesIO(text.encode()), wishes, ground(Limits(rows=3))) == Unreadable(Trouble.TOO_LARGE)


def test_dates_with_a_time_have_the_order_of_their_column() -> None:
    """As databases write them: month first where a day shows it."""
    assert slashed("10/28/2003 00:00:00") == slashed("10/28/2003 12:00:00 AM") == (10, 28)
    assert slashed("/" * 60_000) is None


def test_a_cell_of_any_length_costs_little() -> None:
    """AC-129: what is longer than any date is none, whatever it is made of."""
    for sign in ("t", " ", "1", "/"):
        assert isinstance(read_birth(sign * 1_000_000, TODAY, Way()), BadDate)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "1", '{"columns": {"surname": ["a"]}}', '{"columns": {"surname": "a", "a": "surname"}}',
     '{"columns": {}, "encoding": "ebcdic"}', '{"columns": {}, "delimiter": "ab"}', '{"columns": {}, "more": 1}',
     '{"columns": {}, "sex": {"1": "X"}}', '{"nobody": "knows"}', "[" * 100_000],
)  # fmt: skip
def test_a_mapping_that_cannot_be_used(content: str) -> None:
    """Refused, never guessed at."""
    assert isinstance(wishes_of(content), Refusal)


def test_a_mapping_comes_back() -> None:
    """As it is stored, it says the same."""
    wishes = wishes_of('{"columns": {"surname": "N"}, "delimiter": ";", "sex": {"1": "F"}, "date_order": "mdy"}')
    assert isinstance(wishes, Wishes)
    assert wishes_of(json.dumps(wishes.as_document())) == wishes
    [record] = checked("N;given_names;sex;dob\nTolkebo;Sani;1;03/28/1980\n", wishes)[1]
    assert record.codes == []
