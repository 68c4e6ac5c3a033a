"""What the dashboards cost when a country has registered people for a year: reading them, and the plans behind them.

`python -m bench.figures` starts stores of its own, fills `tally` and `enrol_application` by statements (thirteen months
of 200 centres; some minutes and gigabytes), has the days of each month put together as the worker does, and reads both
dashboards as an auditor does, up to the file for spreadsheets. Nothing of a person is made: only counts are.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from statistics import median

import psycopg
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import ORMExecuteState, Session

from bench.enrolment_place import Place, stores_alone
from biometrics.evaluation.arguments import positive
from enrollment.errors import Refusal
from enrollment.statistics import Month, Table
from enrollment.statistics.months import months_until
from enrollment.statistics.tallies import Tallies
from idp.clock import SystemClock

_CENTRES = """
    insert into centre (id, code, name, division_code, status, created_at)
    select gen_random_uuid(), 'C' || n, 'Centre ' || n, code, 'open', now()
    from generate_series(1, %s) n, (select code from division where level = 'district' order by code limit 1) d
"""
# Of one day at one centre: so many groups of people, each once for everything that is counted of them.
_TALLIES = """
    insert into tally (day, centre_id, measure, name, sex, age, division, count, total, whole)
    select d::date, c.id, m.measure, m.name, (array['female', 'male'])[1 + g %% 2],
           (array['0-4', '5-14', '15-24', '25-39', '40-59', '60+'])[1 + (g + extract(day from d)::int / 2) %% 6],
           (select array_agg(code) from division where level = 'district')[1 + g * extract(day from d)::int %% 3],
           1 + (g * 7 + extract(day from d)::int) %% 4, 60.0 * (1 + g), false
    from generate_series(%s::date, %s::date - 1, interval '1 day') d, centre c, generate_series(1, %s) g,
         (values ('opened', ''), ('signed', ''), ('approved', ''), ('returned', ''), ('issued', ''), ('claimed', ''),
                 ('wait', 'counter'), ('wait', 'review'), ('wait', 'register'), ('wait', 'collection'),
                 ('section', 'consent'), ('section', 'person'), ('section', 'documents'), ('section', 'biometrics'),
                 ('quality', 'face'), ('quality', 'finger'), ('tries', 'face'), ('tries', 'finger'), ('excepted', ''),
                 ('failed', 'finger'), ('genuine', 'face'), ('missed', 'face')) m(measure, name)
    where extract(isodow from d) < 7
      and (m.measure not in ('returned', 'excepted', 'failed', 'missed') or (g + extract(day from d)::int) %% 5 = 0)
"""
# Nine of ten are done; the others wait, most of them not for long.
_APPLICATIONS = """
    insert into enrol_application
        (aid, kind, state, version, centre_id, subject_key_id, searched, tries, opened_at, changed_at)
    select 'B' || n, 'new',
           case when n %% 10 > 0 then 'claimed'
                else (array['capturing', 'signed', 'received', 'adjudication', 'bound'])[1 + (n / 10)::int %% 5] end,
           1, c.id, gen_random_uuid(), true, 0, now() - interval '90 days', now() - (n %% 60) * interval '1 day'
    from generate_series(1, %s) n
    join (select id, row_number() over () - 1 as k, count(*) over () as many from centre) c on c.k = n %% c.many
"""


def main() -> int:
    """Fill, read, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.figures", description=__doc__)
    parser.add_argument("--centres", type=positive, default=200)
    parser.add_argument("--groups", type=positive, default=10, help="groups of people that a centre sees on a day")
    parser.add_argument("--applications", type=positive, default=1_500_000)
    parser.add_argument("--readings", type=positive, default=5)
    parser.add_argument("--within", choices=("load", "read"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.within:
        read(options.readings if options.within == "read" else 0)
        return 0
    with stores_alone() as place:
        load = place.start("-m", "bench.figures", "--within", "load")
        if load.wait():
            return load.returncode
        fill(place, options.centres, options.groups, options.applications)
        done = place.start("-m", "bench.figures", "--within", "read", "--readings", str(options.readings))
        return done.wait()


def fill(place: Place, centres: int, groups: int, applications: int) -> None:
    """Thirteen months of counts, put together month by month, and applications."""
    began, today = time.monotonic(), SystemClock().now().date()
    address, together = place.variables["WANGOV_DATABASE_URL"], 0.0
    firsts = [month.first for month in reversed(months_until(today))]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("set statement_timeout = 0")
        connection.execute(_CENTRES, (centres,))
        for first, after in zip(firsts, [*firsts[1:], today], strict=True):
            connection.execute(_TALLIES, (first, after, groups))
            started = time.monotonic()
            with Session(create_engine(address.replace("postgresql://", "postgresql+psycopg://"))) as session:
                session.execute(text("set statement_timeout = 0"))
                Tallies(session).put_together(today)
                session.commit()
            together = max(together, time.monotonic() - started)
        connection.execute(_APPLICATIONS, (applications,))
        connection.execute("vacuum analyze tally, enrol_application, centre")
        said = connection.execute(
            "select (select count(*) from tally), pg_size_pretty(pg_total_relation_size('tally')),"
            " (select count(*) from enrol_application)"
        ).fetchone()
    say(f"{said} rows of tally, their size, applications; filled in {time.monotonic() - began:.0f} s")
    say(f"a whole month put together in {together:.1f} s at most")


def read(readings: int) -> None:
    """Both dashboards so often, in the process of an application; the districts alone where they are not read."""
    from enrollment.centres import OPERATOR, Actor, Role  # noqa: PLC0415 - settings come from the environment
    from enrollment.centres.division_files import SHIPPED, Level  # noqa: PLC0415 - as above
    from enrollment.web.rooms import centres, divisions  # noqa: PLC0415 - as above
    from enrollment.web.statistics_rooms import dashboards  # noqa: PLC0415 - as above
    from idp.web.extensions import db, services  # noqa: PLC0415 - as above
    from wsgi import create_app  # noqa: PLC0415 - as above

    with create_app().test_request_context():
        if not readings:
            divisions().load(OPERATOR, SHIPPED.read_bytes())
            db.session.commit()
            say(f"{len(divisions().all(Level.DISTRICT))} districts")
            return
        auditor = Actor(services().entropy.uuid(), frozenset({Role.AUDITOR}))
        months = months_until(services().clock.now().date())
        one = centres().all()[0].id
        for name, month in (("this month", months[0]), ("last month", months[1]), ("a year ago", months[12])):
            for which in ("nation", "centre"):
                times, drawn, content = [0.0] * readings, 0, 0
                for place in range(readings):
                    began = time.perf_counter()
                    room = dashboards()
                    tables = room.nation(auditor, month) if which == "nation" else room.centre(auditor, month, one)
                    drawn, content = _drawn(month, tables)
                    db.session.commit()
                    times[place] = 1000 * (time.perf_counter() - began)
                say(
                    f"{which:7} {name:11} median {median(times):7.0f} ms, most {max(times):7.0f} ms, "
                    f"{drawn} tables, {content} bytes, load {os.getloadavg()[0]:.1f}"
                )
        explained = _Explained(db.session())
        event.listen(db.session(), "do_orm_execute", explained)
        dashboards().nation(auditor, months[1])
        say("\n".join(explained.lines))


def _drawn(month: Month, tables: list[Table] | Refusal) -> tuple[int, int]:
    """How many tables were drawn, and how large the file is."""
    from enrollment.web.statistics.charts import chart_of  # noqa: PLC0415 - settings come from the environment
    from enrollment.web.statistics.files import as_csv  # noqa: PLC0415 - as above

    if isinstance(tables, Refusal):
        raise TypeError(tables.about)
    return len([chart_of(table) for table in tables]), len(as_csv(month, tables))


class _Explained:
    """Notes how every statement of figures is answered."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.lines: list[str] = []
        self._own = False

    def __call__(self, state: ORMExecuteState) -> None:
        words = str(state.statement)
        if self._own or ("tally" not in words and "enrol_application" not in words):
            return
        self._own = True
        asked = text(f"explain (analyze, buffers, costs off) {words}")
        self.lines += [" ".join(words.split())[:100], *self._session.scalars(asked, state.parameters)]
        self._own = False


def say(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
