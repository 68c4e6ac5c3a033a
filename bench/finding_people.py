"""Fills the register with made-up people by COPY, each sealed and indexed as the product does it.

Run by `bench.finding`: `python -m bench.finding_people FIRST COUNT`. Names are drawn from made-up words whose
frequencies fall as those of names do; the same number is always the same person.
"""

from __future__ import annotations

import os
import random
import sys
from bisect import bisect
from datetime import UTC, date, datetime
from functools import cache
from itertools import accumulate
from uuid import UUID

import psycopg

from enrollment.register import Facts, facts_of
from enrollment.register.name_keys import STORED, known_by
from enrollment.register.persons import stored_content
from idp.keys import Purpose
from idp.web.extensions import services
from wsgi import create_app

__all__ = ["DISTRICTS", "facts_at", "fill", "person_at"]

WORDS = 400
DISTRICTS = (
    "SL-E-KAI", "SL-E-KEN", "SL-E-KON", "SL-N-BOM", "SL-N-FAL", "SL-N-KOI", "SL-N-TON", "SL-NW-KAM", "SL-NW-KAR",
    "SL-NW-POR", "SL-S-BO", "SL-S-BON", "SL-S-MOY", "SL-S-PUJ", "SL-W-RUR", "SL-W-URB",
)  # fmt: skip
_TABLES = (
    "person (id, subject_key_id, status, ial, created_at, status_changed_at)",
    "person_key (person_id, purpose, version, purpose_version, wrapped, created_at)",
    "person_version (person_id, n, sealed, valid_from)",
    "name_key (person_id, scheme, digests)",
)
_AT_ONCE = 10_000
_BEGINNINGS = ("b", "d", "f", "g", "j", "k", "l", "m", "n", "s", "t", "w", "y", "kp", "gb", "ch", "sh", "br", "")
_VOWELS = ("a", "a", "e", "i", "o", "u", "ai", "\N{LATIN SMALL LETTER OPEN E}", "\N{LATIN SMALL LETTER OPEN O}")
_ENDS = ("", "", "y", "m", "n", "h", "\N{LATIN SMALL LETTER ENG}", "ma", "ra", "ta")


@cache
def _words(kind: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Made-up words and how their frequencies add up: the commonest has about a tenth of the people."""
    draw = random.Random(kind)
    made: dict[str, None] = {}
    while len(made) < WORDS:
        parts = (draw.choice(_BEGINNINGS) + draw.choice(_VOWELS) for _ in range(draw.choice((2, 2, 3))))
        made["".join(parts).capitalize() + draw.choice(_ENDS)] = None
    return tuple(made), tuple(accumulate(1 / (rank + 2) ** 0.85 for rank in range(WORDS)))


def facts_at(number: int) -> Facts:
    """The person of this number."""
    draw = random.Random(number)

    def word(kind: str) -> str:
        words, sums = _words(kind)
        return words[bisect(sums, draw.random() * sums[-1])]

    sex = draw.choice(("female", "male"))
    born = date.fromordinal(date(1940, 1, 1).toordinal() + draw.randrange(84 * 365))
    known = draw.random()
    read = facts_of(
        {
            "given_names": " ".join(word(sex) for _ in range(draw.choice((1, 1, 2)))),
            "family_name": word("family"),
            "birth_date": str(born) if known > 0.1 else str(born.year),
            "sex": sex,
            "birthplace": draw.choice(DISTRICTS),
            "address": draw.choice(DISTRICTS),
        },
        date(2030, 1, 1),
    )
    if not isinstance(read, Facts):
        raise TypeError(read.about)
    return read


def person_at(number: int) -> UUID:
    """Their identifier in the register."""
    return UUID(int=(1 << 100) + number)


def fill(first: int, count: int) -> None:
    """Put people in, some thousands in each transaction."""
    options = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c synchronous_commit=off"
    with create_app().app_context(), psycopg.connect(os.environ["WANGOV_DATABASE_URL"], options=options) as connection:
        for start in range(first, first + count, _AT_ONCE):
            _copy(connection, range(start, min(start + _AT_ONCE, first + count)))
            connection.commit()


def _copy(connection: psycopg.Connection, numbers: range) -> None:
    rows = [_rows(number) for number in numbers]
    for place, table in enumerate(_TABLES):
        with connection.cursor() as cursor, cursor.copy(f"copy {table} from stdin") as copy:
            for row in rows:
                copy.write_row(row[place])


def _rows(number: int) -> list[tuple[object, ...]]:
    shared, facts, person_id = services(), facts_at(number), person_at(number)
    now = datetime(2030, 1, 1, tzinfo=UTC)
    owner = UUID(int=(1 << 101) + number)
    key = shared.sealer.new_person_key(owner, Purpose.ENROLMENT)
    content = stored_content(person_id, 1, owner, facts)
    sealed = shared.sealer.seal(key, content.data, content.about)
    return [
        (person_id, owner, "active", 3, now, now),
        (owner, key.purpose.value, key.version, key.purpose_version, key.wrapped, now),
        (person_id, 1, sealed, now),
        (person_id, STORED, known_by(shared.purpose_keys, facts)),
    ]


if __name__ == "__main__":
    fill(int(sys.argv[1]), int(sys.argv[2]))
