import csv
import datetime as dt
import os
from itertools import combinations
from pathlib import Path

import pytest

from enrollment.register import DemographicPolicy, Facts, facts_of
from enrollment.register.demographics import birth_score
from enrollment.register.name_keys import asked_digests, stored_digests
from enrollment.register.names import name_score, words_of
from tests.factories.keys import purpose_keys

TODAY = dt.date(2030, 1, 1)
FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d %B %Y")
FILES = ("legacy_register_300.csv", "legacy_register_300.answers.csv")
People = dict[int, Facts]


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder with the made-up old register and its answers, where there is one."""
    root = os.environ.get("WANGOV_TEST_DATA")
    if root is None:
        pytest.skip(f"set WANGOV_TEST_DATA to a folder with enrollment/legacy/{FILES[0]} and its answers")
    found = Path(root) / "enrollment" / "legacy"
    if not all((found / name).is_file() for name in FILES):
        pytest.fail(f"WANGOV_TEST_DATA is set, but {found} does not hold {' and '.join(FILES)}", pytrace=False)
    return found


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a file."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def born(text: str) -> str:
    """The date in the register's form; empty where none of three forms fits."""
    for form in FORMS:
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date().isoformat()
        except ValueError:
            continue
    return ""


@pytest.fixture(scope="module")
def people(folder: Path) -> People:
    """Every row that can be read, by its number."""
    kept = {}
    for number, row in enumerate(rows(folder / FILES[0]), 1):
        sex = {"f": "female", "m": "male"}.get((row["sex"] or "?")[0].lower(), "unspecified")
        names = {"family_name": row["surname"], "given_names": row["given_names"]}
        read = facts_of({**names, "birth_date": born(row["date_of_birth"] or ""), "sex": sex}, TODAY)
        if isinstance(read, Facts):
            kept[number] = read
    assert len(kept) > 280
    return kept


@pytest.fixture(scope="module")
def planted(folder: Path) -> dict[int, tuple[int, str]]:
    """Of each planted duplicate the row that it is of, and what was done to it."""
    answers = [answer for answer in rows(folder / FILES[1]) if answer["kind"] == "duplicate"]
    return {int(answer["data_row"]): (int(answer["duplicate_of_row"]), answer["detail"]) for answer in answers}


def score(left: Facts, right: Facts) -> float:
    """As `Demographics.score`."""
    one, other = (words_of(person.given_names, person.family_name) for person in (left, right))
    return name_score(one, other) * birth_score(left.birth, right.birth)


def test_every_planted_duplicate_is_found(people: People, planted: dict[int, tuple[int, str]]) -> None:
    """Its digests meet, and its score is over the review score, or just under it where the birthday was made away."""
    keys = purpose_keys()
    for row, (of, detail) in planted.items():
        stored = set(stored_digests(keys, people[of]))
        assert not stored.isdisjoint(asked_digests(keys, people[row], 1)), row
        least = DemographicPolicy().review if detail != "dob01" else 0.8
        assert score(people[row], people[of]) >= least, row


def test_nobody_else_is(people: People, planted: dict[int, tuple[int, str]]) -> None:
    """Of all other pairs of one sex none reaches the review score."""

    def root(row: int) -> int:
        return root(planted[row][0]) if row in planted else row

    strangers = [
        (one, other)
        for one, other in combinations(people, 2)
        if root(one) != root(other) and people[one].sex == people[other].sex
    ]
    over = [pair for pair in strangers if score(*(people[row] for row in pair)) >= DemographicPolicy().review]
    assert not over
