"""`./wangov objects`, and what the worker does for captures, in an application with a store and an examiner."""

import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from enrollment.capture import Position
from enrollment.capture.captures import Taken
from enrollment.capture.extraction import EXTRACT
from enrollment.capture.mixups import CHECK
from enrollment.capture.models import SampleRow
from enrollment.cases import Kind as CaseKind
from enrollment.cases import Moved, cases
from enrollment.centres.actors import Actor, Role
from enrollment.cli.capture_tasks import ROUNDS, TASKS, EngineLostError
from enrollment.cli.capturing import desk, extraction, vault
from enrollment.errors import Code, Refusal
from enrollment.storage import Kind, StoredObject
from enrollment.web.rooms import EXAMINER, OBJECTS
from idp.audit import Trail
from idp.clients.loader import DatabaseLoader
from idp.web.extensions import db
from idp.web.services import Services
from tests.factories.captures import WrittenExaminer, image
from tests.factories.vaults import Cellar, cellar
from tests.stack import Stack

pytestmark = pytest.mark.integration

OFFICER = Actor(uuid4(), frozenset({Role.OFFICER}), uuid4(), uuid4())


class Installation:
    """An application in this process."""

    def __init__(self, app: Flask, store_room: Cellar) -> None:
        self.app = app
        self.store_room = store_room

    def run(self, *arguments: str) -> tuple[int, Any]:
        """The exit code of `./wangov objects ARGUMENTS --json`, and the document that it printed."""
        done = self.app.test_cli_runner().invoke(args=["objects", *arguments, "--json"])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, json.loads(done.output)

    def stored(self) -> StoredObject:
        """An object that is committed."""
        with self.app.app_context():
            stored = vault().put(uuid4(), Kind.DOCUMENT, b"content")
            db.session.commit()
        assert isinstance(stored, StoredObject)
        return stored

    def captured(self, *images: tuple[Position, bytes]) -> str:
        """An application of which these are captured."""
        services: Services = self.app.extensions["wangov"]
        with self.app.app_context():
            trail = Trail(db.session, services.clock, services.entropy)
            room = cases(db.session, services.sealer, services.clock, services.entropy, trail)
            opened = room.lifecycle.open(OFFICER, CaseKind.NEW, str(services.entropy.uuid()))
            assert isinstance(opened, Moved)
            for position, content in images:
                assert isinstance(desk().take(OFFICER, opened.aid, position, content), Taken)
            db.session.commit()
        return opened.aid


@pytest.fixture(scope="module")
def installation(stack: Stack, worker: str) -> Iterator[Installation]:
    """One for all tests of this module."""
    name = f"objects_{worker}"
    settings = stack.settings(database_url=stack.live_clone(name), issuer="http://localhost:8000", redis_prefix=name)
    handlers = list(logging.getLogger().handlers)
    with pytest.MonkeyPatch.context() as environment, cellar(stack, worker) as store_room:
        for variable, value in settings.items():
            environment.setenv(variable, value)
        from wsgi import create_app

        app = create_app()
        app.extensions[OBJECTS] = store_room.store
        app.extensions[EXAMINER] = WrittenExaminer()
        yield Installation(app, store_room)
    services: Services = app.extensions["wangov"]
    services.committer.close()
    assert isinstance(services.registry._loader, DatabaseLoader)
    services.registry._loader._engine.dispose()
    with app.app_context():
        db.engine.dispose()
    logging.getLogger().handlers = handlers
    stack.drop(name)


def test_check_names_damaged_objects(installation: Installation) -> None:
    """A check reads everything in order, goes on where it ended, and ends with 1 when something is not as it was."""
    assert installation.run("prepare") == (0, {"prepared": True})
    good, bad = installation.stored(), installation.stored()
    code, said = installation.run("check")
    assert (code, said["read"], said["damaged"]) == (0, 2, [])
    store = installation.store_room.store
    for item in store.listed(Kind.DOCUMENT.bucket, "", 10):
        if item.name.startswith(str(bad.id)):
            store.remove(Kind.DOCUMENT.bucket, item.name, item.version)
    code, said = installation.run("check", "--most", "1")
    assert (code, said["read"], said["last"]) == (0, 1, str(good.id))
    code, said = installation.run("check", "--after", said["last"])
    assert (code, said["damaged"]) == (1, [{"object": str(bad.id), "fault": "missing"}])
    with installation.app.app_context():
        vault().remove(bad.id)
        db.session.commit()


def test_sweep_says_what_it_did(installation: Installation) -> None:
    """A sweep removes what was discarded, and finds nothing more to do when it comes again."""
    stored = installation.stored()
    installation.run("sweep")
    with installation.app.app_context():
        assert vault().remove(stored.id)
        db.session.commit()
    code, said = installation.run("sweep", "--everything")
    assert code == 0
    assert said["discarded"] == 1
    with installation.app.app_context():
        assert ROUNDS["objects.sweep"][1]() == 0


def test_worker_compares_and_extracts(installation: Installation) -> None:
    """The jobs find a finger that is given twice, and make templates; done again they change nothing."""
    aid = installation.captured((Position.RIGHT_THUMB, image("a")), (Position.LEFT_RING, image("a", 71)))
    with installation.app.app_context():
        for _ in range(2):
            TASKS[CHECK](aid=aid)
            TASKS[EXTRACT](aid=aid)
        flags = db.session.scalars(select(SampleRow.flag).where(SampleRow.aid == aid, SampleRow.flag.is_not(None)))
        assert flags.all() == ["repeat"]
        assert len(extraction().of(aid)) == 4


def test_lost_engine_is_tried_again(installation: Installation) -> None:
    """A job whose engine is lost fails, so that the queue tries it again; what it refuses for good does not."""

    class Lost(WrittenExaminer):
        def templates(self, position: Position, content: bytes, quality: int) -> Refusal:  # noqa: ARG002 - the interface
            return Refusal(Code.BIO_ENGINE, "lost")

    aid = installation.captured((Position.RIGHT_THUMB, image("b")))
    held = installation.app.extensions[EXAMINER]
    installation.app.extensions[EXAMINER] = Lost()
    try:
        with installation.app.app_context(), pytest.raises(EngineLostError):
            TASKS[EXTRACT](aid=aid)
    finally:
        installation.app.extensions[EXAMINER] = held
    with installation.app.app_context():
        TASKS[EXTRACT](aid=aid)
        assert len(extraction().of(aid)) == 2
        TASKS[CHECK](aid=str(UUID(int=0)))
