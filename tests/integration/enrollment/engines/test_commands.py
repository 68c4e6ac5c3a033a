"""`./wangov engine`, and what the worker does for engines, in an application with a store and two engines."""

import json
from typing import Any

import pytest

from enrollment.cli.capturing import vault
from enrollment.cli.engine_tasks import ROUNDS
from enrollment.web.engine_rooms import SIDES
from idp.web.extensions import db
from idp.web.services import Services
from tests.factories.captures import ENGINE, WrittenExaminer
from tests.factories.engines import SECOND, Turned
from tests.factories.register import Office
from tests.factories.verification import Enroller
from tests.integration.enrollment.capture.test_commands import Installation

pytestmark = pytest.mark.integration


def run(installation: Installation, *arguments: str) -> tuple[int, Any]:
    """The exit code of `./wangov engine ARGUMENTS --json`, and the document that it printed."""
    done = installation.app.test_cli_runner().invoke(args=["engine", *arguments, "--json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout)


def test_operator_changes_the_engine_and_backs_out(installation: Installation) -> None:
    """Each step by its command; what is not in order ends with 1 and its code, and changes nothing."""
    installation.app.extensions[SIDES] = {ENGINE: WrittenExaminer(), SECOND: Turned(WrittenExaminer(), SECOND)}
    services: Services = installation.app.extensions["wangov"]
    with installation.app.app_context():
        office = Office(db.session(), keys=services.purpose_keys)
        person_id = office.person()
        Enroller(db.session(), vault(), services.purpose_keys, services.clock).written(person_id, "awa")
        db.session.commit()
        assert [work() for _, work in ROUNDS.values()] == [0, 0]
    asked = ("--modality", "finger", "--present", ENGINE)
    assert run(installation, "add", "nobodys", *asked)[1]["error"] == "ENR-UNKNOWN"
    code, said = run(installation, "add", SECOND, *asked)
    assert (code, said["status"], said["modality"]) == (0, "candidate", "finger")
    assert run(installation, "activate", SECOND) == (
        1, {"error": "ENR-STATE", "error_description": "not possible in the present state (engine)"},
    )  # fmt: skip
    code, said = run(installation, "extract", SECOND, "--batch", "1")
    assert (code, said["made"], said["searched"], said["share"]) == (0, 2, 2, 1.0)
    assert run(installation, "shadow", SECOND)[1]["status"] == "shadow"
    code, said = run(installation, "report", SECOND)
    assert (code, said["compared"], said["agreement"], said["coverage"]["covered"]) == (0, 0, None, 2)
    assert run(installation, "activate", SECOND)[1]["status"] == "active"
    assert run(installation, "back-out", "--modality", "finger")[1]["engine"] == ENGINE
    assert run(installation, "back-out", "--modality", "face")[1]["error"] == "ENR-STATE"
    assert run(installation, "back-out", "--modality", "finger")[1]["engine"] == SECOND
    assert run(installation, "retire", ENGINE, "--yes")[1]["status"] == "retired"
    with installation.app.app_context():
        assert [work() for _, work in ROUNDS.values()] == [0, 2]
    _, said = run(installation, "list")
    assert [(one["engine"], one["status"]) for one in said["engines"]] == [(ENGINE, "retired"), (SECOND, "active")]
    assert set(said["own"]) == {"face", "finger"}


def test_worker_makes_what_a_candidate_lacks(installation: Installation) -> None:
    """Whoever is enrolled while an engine is tried is in its templates with the next round, and in the list's share."""
    services: Services = installation.app.extensions["wangov"]
    with installation.app.app_context():
        office = Office(db.session(), keys=services.purpose_keys)
        person_id = office.person(given_names="Binta")
        Enroller(db.session(), vault(), services.purpose_keys, services.clock).written(person_id, "binta")
        db.session.commit()
        looked_at = ROUNDS["engines.extract"][1]()
        assert (looked_at, ROUNDS["engines.extract"][1]()) == (2, 0)
    active = next(one for one in run(installation, "list")[1]["engines"] if one["status"] == "active")
    assert (active["engine"], active["covered"], active["share"]) == (SECOND, 4, 1.0)
