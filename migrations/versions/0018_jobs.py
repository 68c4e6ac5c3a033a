"""The queue of jobs: procrastinate's own tables, types and functions.

Its steps are taken one by one, as an installation that grew with it would have: the library keeps them unchanged, and a
later version of it adds its further steps in a migration of ours (a test names the steps that no migration takes).
"""

from __future__ import annotations

from importlib.resources import files

from alembic import op
from sqlalchemy import text

revision = "0018"
down_revision = "0017"

LAST_STEP = "03.04.00_50_post_add_retry_failed_job_procedure.sql"

_REMOVE = """
do $$
declare one record;
begin
    drop table if exists procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs cascade;
    drop table if exists procrastinate_workers cascade;
    for one in select oid::regprocedure as name from pg_proc
        where proname like 'procrastinate\\_%' and pronamespace = current_schema()::regnamespace
    loop
        execute format('drop function %s cascade', one.name);
    end loop;
    drop type if exists procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status cascade;
end $$
"""


def upgrade() -> None:
    """Apply."""
    steps = files("procrastinate").joinpath("sql/migrations")
    # Several statements at once, with per cent signs in them: for the driver itself, in the same transaction.
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("a migration runs on a connection")
    for step in sorted(step.name for step in steps.iterdir() if step.name.endswith(".sql") and step.name <= LAST_STEP):
        driver.execute(steps.joinpath(step).read_text(encoding="utf-8"))


def downgrade() -> None:
    """Take back."""
    op.execute(text(_REMOVE))
