"""Models and migrations say the same, and every migration can be taken back."""

import importlib
import re
import subprocess
import sys
from typing import cast

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect

from idp.audit.models import Xid8
from idp.database import Base
from tests.architecture.tree import ROOT, modules, text_of
from tests.stack import Stack

MODELS = [path for path in modules("idp", "enrollment") if path.name == "models.py"]
VERSIONS = [path for path in modules("migrations") if path.parent.name == "versions"]


def _differences(database: Engine) -> list[object]:
    # A type of PostgreSQL that SQLAlchemy does not know by itself.
    cast("dict[str, object]", database.dialect.ischema_names)["xid8"] = Xid8  # type: ignore[attr-defined]  # PGDialect
    with database.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_name": _is_ours}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, _metadata().metadata))


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The queue of jobs has tables of its own, which its library makes."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def _metadata() -> type[Base]:
    for path in MODELS:
        importlib.import_module(".".join(path.with_suffix("").parts))
    return Base


def test_migrations_know_every_model() -> None:
    """Each room's models are imported where migrations are made, or a table would be forgotten."""
    environment = (ROOT / "migrations" / "env.py").read_text(encoding="utf-8")
    assert not [path for path in MODELS if ".".join(path.with_suffix("").parts) not in environment]


@pytest.mark.integration
def test_models_equal_migrations(own_database: Engine) -> None:
    """A migrated database has the tables, columns, types, indexes and keys of the models, no more and no less."""
    assert _differences(own_database) == []


@pytest.mark.integration
def test_check_constraints_equal_migrations(own_database: Engine) -> None:
    """A migrated database has the check constraints of the models, which the comparison above cannot see."""
    found = inspect(own_database)
    for table in _metadata().metadata.sorted_tables:
        modelled = {str(rule.name) for rule in table.constraints if isinstance(rule, CheckConstraint)}
        assert {str(rule["name"]) for rule in found.get_check_constraints(table.name)} == modelled


@pytest.mark.integration
def test_a_difference_would_be_seen(own_database: Engine) -> None:
    """The comparison fails when the database has a column that no model has."""
    with own_database.begin() as connection:
        connection.exec_driver_sql("alter table client add column forgotten text")
    assert _differences(own_database)


@pytest.mark.integration
def test_migrations_can_be_taken_back(stack: Stack, fresh_database: str, redis_prefix: str) -> None:
    """Going back to an empty database and forward again ends where it began."""
    settings = stack.settings(database_url=fresh_database, issuer="http://localhost", redis_prefix=redis_prefix)
    for step in (("downgrade", "base"), ("upgrade",)):
        outcome = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "db", *step],
            cwd=ROOT,
            env=settings,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert outcome.returncode == 0, outcome.stderr


def test_migrations_have_one_line_of_descent() -> None:
    """Migrations follow each other without branches, in the order of their numbers, one purpose each."""
    previous = None
    for path in sorted(VERSIONS):
        text = text_of(path) or ""
        revision = re.search(r'^revision(?:: str)? = "([^"]+)"', text, re.MULTILINE)
        parent = re.search(r'^down_revision(?:: [^=]+)? = (?:"([^"]+)"|None)', text, re.MULTILINE)
        assert revision, path
        assert parent, path
        assert parent[1] == previous, path
        previous = revision[1]
