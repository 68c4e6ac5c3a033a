"""The operator's commands in this process, on a database of the test's own."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from idp.clients.loader import DatabaseLoader
from idp.web.extensions import db
from idp.web.services import Services
from tests.stack import Stack


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    status: int
    output: str
    errors: str

    @property
    def document(self) -> Any:
        """Its one JSON document."""
        assert self.output, self.errors
        return json.loads(self.output)


class Commands:
    """Runs `./wangov` commands against one installation."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app = app
        self.data = folder
        self.services: Services = app.extensions["wangov"]

    def run(self, *arguments: str, document: object = None, text: str | None = None) -> Said:
        """Run one command with `document` as JSON, or `text` as it is, on standard input."""
        given = json.dumps(document) if text is None else text
        result = self.app.test_cli_runner().invoke(args=arguments, input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    def session(self) -> Session:
        """A session of one's own on the same database."""
        with self.app.app_context():
            return Session(db.engine)


@pytest.fixture
def install(
    stack: Stack, fresh_database: str, redis_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """Make an installation with keys: `install(WANGOV_ENVIRONMENT="staging")`."""
    from wsgi import create_app

    made: list[Flask] = []

    def install(**settings: str) -> Commands:
        issuer = settings.pop("issuer", "http://localhost:8000")
        known = stack.settings(database_url=fresh_database, issuer=issuer, redis_prefix=redis_prefix)
        for name, value in (known | {"WANGOV_DATA": str(tmp_path)} | settings).items():
            if name.startswith("WANGOV_"):
                monkeypatch.setenv(name, value)
        monkeypatch.delenv("PORT", raising=False)
        app = create_app()
        made.append(app)
        commands = Commands(app, tmp_path)
        assert commands.run("keys", "init", "--json").status == 0
        return commands

    handlers = list(logging.getLogger().handlers)
    yield install
    logging.getLogger().handlers = handlers
    for app in made:
        _close(app)


def _close(app: Flask) -> None:
    """Give every connection back."""
    services: Services = app.extensions["wangov"]
    services.committer.close()
    loader = services.registry._loader
    assert isinstance(loader, DatabaseLoader)
    loader._engine.dispose()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def wangov(install: Any) -> Commands:
    """An installation for tests."""
    commands: Commands = install()
    return commands
