"""The application with its commands, in this process, on a database of its own."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from idp.clients.loader import DatabaseLoader
from idp.web.extensions import db
from idp.web.services import Services
from tests.stack import Stack

Run = Callable[..., "Answer"]


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


@pytest.fixture(scope="module")
def app(stack: Stack, worker: str) -> Iterator[Flask]:
    """The application in the test environment; its database is migrated and without keys."""
    name = f"commands_{worker}"
    settings = stack.settings(database_url=stack.clone(name), issuer="http://localhost:8000", redis_prefix=name)
    handlers = list(logging.getLogger().handlers)
    with pytest.MonkeyPatch.context() as environment:
        for variable, value in settings.items():
            environment.setenv(variable, value)
        from wsgi import create_app

        app = create_app()
    yield app
    services: Services = app.extensions["wangov"]
    services.committer.close()
    assert isinstance(services.registry._loader, DatabaseLoader)
    services.registry._loader._engine.dispose()
    with app.app_context():
        db.engine.dispose()
    logging.getLogger().handlers = handlers
    stack.drop(name)


@pytest.fixture
def empty(app: Flask) -> Flask:
    """The application without any client, key or audit row."""
    with app.app_context():
        db.session.execute(text("truncate client, resource_server, signing_key, purpose_key, audit_event cascade"))
        db.session.commit()
        db.session.remove()
    services: Services = app.extensions["wangov"]
    services.purpose_keys._held = {}
    services.ephemeral.advance("clients")
    return app


@pytest.fixture
def bare(empty: Flask) -> Run:
    """Runs a command of an installation that has no keys yet; `document` goes in as JSON, `raw` as it is."""

    def run(*arguments: str, document: object = None, raw: bytes | None = None) -> Answer:
        entered = raw if raw is not None else json.dumps(document).encode()
        done = empty.test_cli_runner().invoke(args=list(arguments), input=entered)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def wangov(bare: Run) -> Run:
    """The same after `keys init`."""
    assert bare("keys", "init").status == 0
    return bare
