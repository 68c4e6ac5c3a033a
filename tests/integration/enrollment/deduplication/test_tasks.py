"""What the worker does, from approval to the end of the search, in an application of this process."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from enrollment.cases import State
from enrollment.cli.deduplicating import FOLDER, forget_index
from enrollment.cli.deduplication_tasks import ROUNDS, TASKS
from enrollment.deduplication.intake import INTAKE
from enrollment.deduplication.search import DEDUPLICATE
from enrollment.web.rooms import EXAMINER, OBJECTS
from tests.factories.cases import WORKER
from tests.factories.deduplication import Bureau, Cellar, SyntheticExaminer, local_gallery
from tests.integration.subscribers.conftest import Commands

pytestmark = pytest.mark.integration


def test_from_approval_to_acceptance_through_a_store_that_is_away(
    install: Callable[..., Commands], tmp_path: Path
) -> None:
    """The jobs bring an approved application to its end; a store that does not answer holds it, and nothing is lost.

    AC-125.
    """
    commands = install()
    app, services = commands.app, commands.services
    cellar = Cellar(keys=services.purpose_keys, clock=services.clock)  # type: ignore[arg-type]  # the machine's own time
    app.extensions |= {OBJECTS: cellar.store, EXAMINER: SyntheticExaminer(), FOLDER: tmp_path / "indexes"}
    with commands.session() as session, closing(local_gallery(cellar, tmp_path / "unused")) as unused:
        bureau = Bureau(cellar, session, unused)
        aid = bureau.approved(1)
        session.commit()
        with app.app_context():
            TASKS[INTAKE](aid=aid)
            assert bureau.state(aid) is State.VALIDATED
            session.commit()
            cellar.store.down = True
            TASKS[DEDUPLICATE](aid=aid)
            assert bureau.state(aid) is State.HELD
            session.commit()
            assert ROUNDS["enrolment.held"][1]() == 0
            cellar.store.down = False
            released = bureau.cases.lifecycle.release(bureau.counter.order(WORKER, aid))
            assert not hasattr(released, "code"), released
            session.commit()
            for _ in range(2):
                TASKS[DEDUPLICATE](aid=aid)
            assert bureau.state(aid) is State.ACCEPTED
            assert bureau.search(aid).outcome == "clear"
            assert ROUNDS["enrolment.forgotten"][1]() == 0
            assert ROUNDS["gallery.cancelled"][1]() == 0
            forget_index()
