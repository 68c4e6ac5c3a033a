"""From the supervisor's approval to the number by the worker itself, in an installation of the test's own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from enrollment.cases import State
from enrollment.cli.deduplicating import FOLDER, forget_index
from enrollment.web.rooms import EXAMINER, OBJECTS
from tests.factories.deduplication import Cellar, SyntheticExaminer, local_gallery
from tests.factories.issuing import Chain
from tests.integration.subscribers.conftest import Commands

pytestmark = pytest.mark.integration


def work(commands: Commands) -> None:
    """Everything that is due, and what that asks for: intake, search, issuance, and telling."""
    # In a thread: where a browser is open in this process, its loop runs in this one.
    with ThreadPoolExecutor(1) as beside:
        assert beside.submit(commands.run, "worker", "--once").result().status == 0


def test_approval_leads_to_a_number_without_another_word(install: Callable[..., Commands], tmp_path: Path) -> None:
    """The worker receives, searches and issues, each asked for by the step before; asked again, nothing is made anew.

    AC-099.
    """
    commands = install()
    app, services = commands.app, commands.services
    cellar = Cellar(keys=services.purpose_keys, clock=services.clock)  # type: ignore[arg-type]  # the machine's own time
    app.extensions |= {OBJECTS: cellar.store, EXAMINER: SyntheticExaminer(), FOLDER: tmp_path / "indexes"}
    with commands.session() as session, closing(local_gallery(cellar, tmp_path / "unused")) as unused:
        chain = Chain(cellar, session, unused)
        aid = chain.approved(1)
        session.commit()
        work(commands)
        assert chain.states(aid)[-6:] == ["received", "validated", "dedup", "accepted", "issued", "bound"]
        issued = chain.outcome(aid)
        session.commit()
        chain.issuing.ask(aid)
        chain.intake.ask(aid)
        session.commit()
        work(commands)
        assert chain.state(aid) is State.BOUND
        assert chain.outcome(aid) == issued
        with app.app_context():
            forget_index()
