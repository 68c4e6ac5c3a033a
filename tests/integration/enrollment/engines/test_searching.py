"""Applications that come to their search while the engine changes: each is searched at once, by whichever counts."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from biometrics.face.identity import ENGINE as FACE_ENGINE
from biometrics.fingerprint.identity import ENGINE as FINGER_ENGINE
from enrollment.cases import State
from enrollment.cli import deduplication_tasks, engine_tasks
from enrollment.cli.indexes import BESIDE_INDEXES, FOLDER, Index, forget_index, own, spare
from enrollment.deduplication.search import DEDUPLICATE
from enrollment.engines import Modality
from enrollment.errors import Refusal
from enrollment.web import engine_rooms
from enrollment.web.engine_rooms import SIDES
from enrollment.web.rooms import EXAMINER, OBJECTS
from idp.web.extensions import db
from tests.factories.cases import WORKER
from tests.factories.deduplication import Bureau, Cellar, SyntheticExaminer, local_gallery
from tests.factories.engines import SECOND, Turned, TurnedGallery, installed
from tests.integration.subscribers.conftest import Commands, install

__all__ = ["install"]

pytestmark = pytest.mark.integration


@dataclass
class Town:
    """An application with a worker, two engines, and an index of the second one."""

    app: Flask
    bureau: Bureau
    other: TurnedGallery

    def apply(self, body: int, impression: int = 0) -> str:
        """Somebody is captured, and their search is asked for."""
        aid = self.bureau.validated(body, impression, given_names=f"Testa{'abcdefghij'[impression]}")
        self.bureau.session.commit()
        return aid

    def search(self, aid: str) -> int:
        """The worker's job; how often the second engine's index was searched for it."""
        before = self.other.searched
        deduplication_tasks.TASKS[DEDUPLICATE](aid=aid)
        self.bureau.session.rollback()
        return self.other.searched - before

    def named(self, aid: str) -> list[str | None]:
        """Whom the search found."""
        return [hit.candidate for hit in self.bureau.search(aid).hits if hit.ratio is not None]

    def rounds(self) -> None:
        """What the worker does again and again."""
        engine_tasks.ROUNDS["engines.extract"][1]()
        deduplication_tasks.ROUNDS["gallery.ready"][1]()

    def move(self, step: Callable[[], object]) -> None:
        """A step of the change, committed."""
        moved = step()
        assert not isinstance(moved, Refusal), moved
        db.session.commit()


@pytest.fixture
def town(install: Callable[..., Commands], tmp_path: Path) -> Iterator[Town]:
    """Nobody is enrolled, and the second engine is only installed."""
    commands = install()
    app, services = commands.app, commands.services
    cellar = Cellar(keys=services.purpose_keys, clock=services.clock)  # type: ignore[arg-type]  # the machine's own time
    examiner = SyntheticExaminer()
    under = local_gallery(cellar, tmp_path / "other")
    other = TurnedGallery(under)
    with commands.session() as session, closing(under), closing(local_gallery(cellar, tmp_path / "unused")) as unused:
        app.extensions |= {
            OBJECTS: cellar.store, EXAMINER: examiner, FOLDER: tmp_path / "indexes",
            SIDES: {SECOND: Turned(examiner, SECOND)},
            BESIDE_INDEXES: {SECOND: lambda: Index(other, frozenset({SECOND, FACE_ENGINE}))},
        }  # fmt: skip
        with app.app_context():
            yield Town(app, Bureau(cellar, session, unused), other)
            forget_index()


def test_search_goes_on_through_a_change_and_back(town: Town) -> None:
    """AC-104: right after activation and back-out whoever comes twice is found, and nothing is made anew for it."""
    engines = engine_rooms.engines()
    first = town.apply(1)
    assert town.search(first) == 0
    town.rounds()
    assert town.other.reached == 0
    town.move(lambda: engines.add(SECOND, Modality.FINGER, present=FINGER_ENGINE))
    town.rounds()
    assert (town.other.reached, len(town.other)) == (own().gallery.reached + 1, 1)
    second, between = town.apply(2), town.apply(3)
    assert town.search(second) == 0
    for step in (town.bureau.deduplication.prepare, town.bureau.deduplication.begin):
        assert step(between) is None
        town.bureau.session.commit()
    town.rounds()
    assert (len(town.other), town.other.lacking, engines.behind(SECOND)) == (3, 0, 0)
    town.move(lambda: engines.shadow(SECOND))
    again = town.apply(1, 1)
    town.move(lambda: engines.activate(SECOND))
    taken = len(town.other.taken)
    assert town.search(again) == 1
    assert town.named(again) == [first]
    assert town.search(between) == 1
    assert town.bureau.state(between) is State.ACCEPTED
    third = town.apply(4)
    assert town.search(third) == 1
    assert (len(town.other.taken) - taken, town.other.lacking) == (2, 0)
    town.rounds()
    reached = own().gallery.reached
    twice = town.apply(4, 1)
    town.move(lambda: engines.back_out(Modality.FINGER))
    assert town.search(twice) == 0
    # Who applied has the two numbers of one entry, and nobody else is read again.
    assert (town.named(twice), own().gallery.reached - reached) == ([third], 2)
    town.rounds()
    last = town.apply(2, 2)
    town.move(lambda: engines.back_out(Modality.FINGER))
    assert town.search(last) == 1
    assert town.named(last) == [second]


def test_index_of_an_installation_beside_is_kept_ready(town: Town, tmp_path: Path) -> None:
    """By a process of that one, in a folder of its own, which goes when its engine is of the past."""
    engines = engine_rooms.engines()
    town.search(town.apply(6))
    del town.app.extensions[BESIDE_INDEXES]
    town.app.extensions[engine_rooms.BESIDE] = {
        SECOND: installed(tmp_path / "there"), "gone": tmp_path / "nowhere", "nobodys": tmp_path / "not-asked",
    }  # fmt: skip
    town.move(lambda: engines.add(SECOND, Modality.FINGER, present=FINGER_ENGINE))
    town.rounds()
    [beside] = spare()
    assert (beside.gallery.reached, beside.engines) == (own().gallery.reached + 1, own().engines)
    assert list((tmp_path / "gallery-beside").glob("*/0/fingers.log"))
    town.move(lambda: engines.shadow(SECOND))
    town.move(lambda: engines.retire(SECOND))
    town.rounds()
    assert list((tmp_path / "gallery-beside").iterdir()) == []
    assert spare() == ()


def test_index_of_an_installation_that_is_gone_is_left_out(town: Town, tmp_path: Path) -> None:
    """The program's own is searched on, and kept by itself."""
    engines = engine_rooms.engines()
    del town.app.extensions[BESIDE_INDEXES]
    town.move(lambda: engines.add(SECOND, Modality.FINGER, present=FINGER_ENGINE))
    town.app.extensions[engine_rooms.BESIDE] = {SECOND: tmp_path / "nowhere"}
    assert spare() == ()


def test_search_waits_where_nobody_can_make_it(town: Town) -> None:
    """No index of the engine that counts, or one that knows somebody by nothing: held, and never called new."""
    engines = engine_rooms.engines()
    first = town.apply(5)
    assert town.search(first) == 0
    town.move(lambda: engines.add(SECOND, Modality.FINGER, present=FINGER_ENGINE))
    town.rounds()
    town.move(lambda: engines.shadow(SECOND))
    town.move(lambda: engines.activate(SECOND))
    indexes = town.app.extensions[BESIDE_INDEXES]
    town.app.extensions[BESIDE_INDEXES] = {}
    waiting = town.apply(5, 1)
    assert town.search(waiting) == 0
    assert town.bureau.state(waiting) is State.HELD
    town.app.extensions[BESIDE_INDEXES] = indexes
    released = town.bureau.cases.lifecycle.release(town.bureau.counter.order(WORKER, waiting))
    assert not isinstance(released, Refusal)
    town.bureau.session.commit()
    assert town.search(waiting) == 1
    assert town.named(waiting) == [first]
