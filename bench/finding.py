"""Searching a register of many by name, birth and place: how long a search takes, what it costs, whether it finds.

`python -m bench.finding --people 1000000` starts stores of its own, fills them by COPY (some ten minutes and three
gigabytes for a million) and searches as officers do: for people of the register, with slips of the kinds that it names,
and for some who are not there. A search is timed from the typed words to the commit with its audit rows. The plan of
one statement follows.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from uuid import UUID

import psycopg
from sqlalchemy import TextClause, select, text

from bench.enrolment_place import Place, stores_alone
from bench.finding_people import facts_at, person_at
from enrollment.errors import Refusal
from enrollment.finding.asking import Wanted
from idp.database import Session
from idp.keys import PurposeKeys

KINDS = ("as recorded", "a slip", "another order", "an initial", "year only", "with place", "with day", "nobody")
SEARCHES = 800
_INDEX = "create index ix_name_key_digests on name_key using gin (digests) with (fastupdate = off)"


def main() -> int:
    """Fill, search, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.finding", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=SEARCHES)
    parser.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.within:
        search(options.people, options.searches)
        return 0
    with stores_alone() as place:
        fill(place, options.people)
        done = place.start(
            "-m", "bench.finding", "--within", "--people", str(options.people), "--searches", str(options.searches),
            stdout=subprocess.PIPE,
        )  # fmt: skip
        out, _ = done.communicate()
        if done.returncode:
            return done.returncode
        say(out.decode().rstrip())
    return 0


def fill(place: Place, people: int) -> None:
    """Two processes, the index afterwards."""
    began = time.monotonic()
    _do(place, "drop index ix_name_key_digests")
    half = people // 2
    loading = [
        place.start("-m", "bench.finding_people", str(first), str(count))
        for first, count in ((0, half), (half, people - half))
    ]
    if any(one.wait() for one in loading):
        message = "the register could not be filled"
        raise RuntimeError(message)
    _do(place, "set statement_timeout = 0", "set maintenance_work_mem = '512MB'", _INDEX, "vacuum analyze")
    sizes = place.query(
        "select pg_size_pretty(pg_relation_size('name_key')), pg_size_pretty(pg_relation_size('ix_name_key_digests')),"
        " pg_size_pretty(pg_database_size(current_database()))"
    )
    took = time.monotonic() - began
    say(f"{people} people in {took:.0f} s; rows, index, whole database: {', '.join(map(str, sizes[0]))}")


def _do(place: Place, *statements: str) -> None:
    with psycopg.connect(place.variables["WANGOV_DATABASE_URL"], autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def search(people: int, searches: int) -> None:
    """Search for people of the register, in the process of an application."""
    from enrollment.centres import OPERATOR, Actor, Role  # noqa: PLC0415 - settings come from the environment
    from enrollment.finding import FindPolicy, wanted_of  # noqa: PLC0415 - as above
    from enrollment.web.finding_rooms import finder  # noqa: PLC0415 - as above
    from idp.web.extensions import db, services  # noqa: PLC0415 - as above
    from wsgi import create_app  # noqa: PLC0415 - as above

    draw = random.Random(7)
    asked = [(KINDS[place % len(KINDS)], draw.randrange(people)) for place in range(searches)]
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    right = dict.fromkeys(KINDS, 0)
    with create_app().app_context():
        from enrollment.web.rooms import divisions  # noqa: PLC0415 - as above

        divisions().load(OPERATOR, _divisions())
        by = Actor(services().entropy.uuid(), frozenset({Role.REGISTRAR}))
        policy = FindPolicy(an_hour=10**6, a_day=10**6)
        finder(policy).search(by, typed("as recorded", 0, draw), "forgotten")
        db.session.commit()
        backend = db.session.scalar(text("select pg_backend_pid()")) or 0
        cpu, theirs = time.process_time(), _ticks(backend)
        for kind, number in asked:
            words = typed(kind, number, draw)
            began = time.perf_counter()
            found = finder(policy).search(by, words, "forgotten")
            db.session.commit()
            times[kind].append(1000 * (time.perf_counter() - began))
            if isinstance(found, Refusal):
                raise TypeError(found.about)
            hits = _hits(found)
            right[kind] += (person_at(number) in hits) is (kind != "nobody")
        ours = 1000 * (time.process_time() - cpu) / searches
        waited = 10 * (_ticks(backend) - theirs) / searches
        plan = _plan(db.session(), services().purpose_keys, wanted_of(typed("with place", 1, draw), date(2030, 1, 1)))
    every = [one for kind in KINDS for one in times[kind]]
    say(f"{'search':14} {'p50 ms':>7} {'p95 ms':>7} {'found':>7}")
    for kind in KINDS:
        share = "" if kind == "nobody" else f"{right[kind] / len(times[kind]):.3f}"
        say(f"{kind:14} {statistics.median(times[kind]):7.1f} {_p95(times[kind]):7.1f} {share:>7}")
    say(f"{'all':14} {statistics.median(every):7.1f} {_p95(every):7.1f}")
    say(f"CPU ms a search: Python {ours:.1f}, PostgreSQL {waited:.1f}")
    say("\n".join(plan))


def typed(kind: str, number: int, draw: random.Random) -> dict[str, str]:
    """What an officer types who looks for this person."""
    facts = facts_at(number)
    names, born = f"{facts.given_names} {facts.family_name}", str(facts.birth.year)
    if kind == "nobody":
        names = "Xq" + facts.given_names[::-1] + " Zv" + facts.family_name[::-1]
    if kind == "a slip":
        at = draw.choice([place for place in range(1, len(names)) if names[place] != " "])
        names = names[:at] + draw.choice("aeioubkmst") + names[at + 1 :]
    if kind == "another order":
        names = f"{facts.family_name.upper()} {facts.given_names}"
    if kind == "an initial":
        names = f"{facts.given_names[0]}. {facts.family_name}"
    if kind == "year only":
        born = str(facts.birth.year + draw.choice((-1, 1)))
    if kind == "with day":
        born = facts.birth.text
    place = "" if kind != "with place" else facts.birthplace or ""
    return {"names": names, "born": born, "around": "1", "sex": draw.choice(("", facts.sex.value)), "place": place}


def _plan(session: Session, keys: PurposeKeys, wanted: Wanted | Refusal) -> list[str]:
    from enrollment.finding.index import Index  # noqa: PLC0415 - as above

    if not isinstance(wanted, Wanted):
        raise TypeError(wanted.about)
    explained: list[str] = []

    class Explaining(Index):
        def asked(self, statement: TextClause, values: dict[str, object]) -> list[UUID]:
            asked = text(f"explain (analyze, buffers, costs off) {statement.text}")
            explained.extend(session.scalars(asked, values))
            return []

    Explaining(session, keys).people(wanted, {wanted.place: ""}, 201)
    return explained


def _ticks(process: int) -> int:
    """User and system time of a process, in hundredths of a second."""
    after = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(after[11]) + int(after[12])


def _hits(found: object) -> list[object]:
    from enrollment.finding.models import PeopleSearchRow  # noqa: PLC0415 - as above
    from idp.web.extensions import db  # noqa: PLC0415 - as above

    return list(db.session.scalar(select(PeopleSearchRow.hits).where(PeopleSearchRow.id == found)) or [])


def _divisions() -> bytes:
    from enrollment.centres.division_files import SHIPPED  # noqa: PLC0415 - as above

    return SHIPPED.read_bytes()


def _p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * (len(times) - 1))]


def say(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
