"""The index on a worker's disk: finds who is in it, survives being stopped anywhere, and keeps nothing readable."""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.fingerprint import form_codec
from biometrics.identification.disk import Disk
from enrollment.capture import Position
from enrollment.gallery import EpochKey, Found, Place, Subject, Template, Terms
from enrollment.gallery.decoding import chosen, taken_apart
from enrollment.gallery.local import LocalGallery, own_folder
from enrollment.gallery.local_files import LocalFiles
from tests.factories.deduplication import Cellar, probe

THUMB, INDEX, FACE = Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.FACE
PLACES = (FACE, THUMB, INDEX)
KEY = EpochKey(1, b"k" * 32)


class KilledError(Exception):
    """The worker is gone."""


class DyingDisk(Disk):
    """Stops at the step whose number is `left`; of a write half is done."""

    def __init__(self, left: int) -> None:
        self.left = left

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise KilledError

    def create(self, path: Path, size: int) -> None:
        """One step."""
        self._step()
        super().create(path, size)

    def write(self, path: Path, offset: int, content: bytes | memoryview) -> None:
        """One step."""
        if self.left == 0:
            super().write(path, offset, bytes(content)[: len(content) // 2])
        self._step()
        super().write(path, offset, content)

    def sync(self, path: Path) -> None:  # noqa: ARG002 - the interface
        """One step; nobody waits."""
        self._step()

    def rename(self, source: Path, target: Path) -> None:
        """One step."""
        self._step()
        super().rename(source, target)


@dataclass
class Desk:
    """An index in a folder, and what it is made from."""

    folder: Path
    cellar: Cellar = field(default_factory=Cellar)
    lost: set[Place] = field(default_factory=set)
    gone: set[Place] = field(default_factory=set)

    def opened(self, disk: Disk | None = None, key: EpochKey = KEY) -> LocalGallery:
        """As a worker opens it."""
        return LocalGallery(self.folder, key, self.cellar.sealer, self.cellar.entropy, disk)

    def fetch(self, places: Sequence[Place]) -> Mapping[Place, bytes | None]:
        """From the sealed store, so to speak."""
        kept = [place for place in places if place not in self.gone]
        return {place: None if place in self.lost else content_at(place) for place in kept}

    def find(self, index: LocalGallery, body: int, places: Sequence[Position] = PLACES) -> Found:
        """Search another impression of a body."""
        found = index.search(probe(body, tuple(places), impression=1), self.fetch, Terms())
        assert isinstance(found, Found), found
        return found


def subject(body: int, places: Sequence[Position] = PLACES) -> Subject:
    """Somebody as they are put in."""
    return Subject(UUID(int=body), tuple(probe(body, tuple(places))))


def content_at(place: Place) -> bytes:
    """The template of a place."""
    [template] = probe(place.subject_id.int, (place.position,))
    return template.content


def names(found: Found) -> list[int]:
    """Whom a search named."""
    return [hit.subject_id.int for hit in found.hits]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty folder."""
    return Desk(tmp_path / "index")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """An index of two, one of whom was taken out again."""
    desk = Desk(tmp_path_factory.mktemp("filled") / "index")
    with closing(desk.opened()) as index:
        index.put([subject(1), subject(2)], 1)
        index.put([Subject(UUID(int=2), ())], 2)
        index.put([subject(3)], 3)
    return desk


def test_another_impression_is_found_and_a_stranger_is_not(desk: Desk) -> None:
    """Face and fingers add up; who is not in the gallery finds nobody, and an empty one asks for nothing."""
    with closing(desk.opened()) as index:
        assert desk.find(index, 1) == Found((), 0, 0.0)
        assert index.put([subject(1), subject(2)], 7) == 0
        found = desk.find(index, 1)
        assert (names(found), found.people, index.reached, len(index)) == ([1], 2, 7, 2)
        [hit] = found.hits
        assert [position for position, _ in hit.fingers] == [THUMB, INDEX]
        assert hit.face is not None
        assert hit.ratio == pytest.approx(hit.face + sum(ratio for _, ratio in hit.fingers), abs=0.1)
        assert desk.find(index, 9).hits == ()


def test_nobody_finds_whom_the_terms_leave_out(desk: Desk) -> None:
    """An application does not find itself."""
    with closing(desk.opened()) as index:
        index.put([subject(1), subject(2)], 1)
        terms = Terms(but=frozenset({UUID(int=1)}))
        found = index.search(probe(1, PLACES, 1), desk.fetch, terms)
        assert isinstance(found, Found)
        assert (found.hits, found.people) == ((), 1)


def test_opened_again_it_is_what_it_was(filled: Desk) -> None:
    """A worker that starts anew goes on where it stopped; whoever was taken out stays out."""
    with closing(filled.opened()) as index:
        assert (index.reached, len(index)) == (3, 2)
        assert names(filled.find(index, 1)) == [1]
        assert names(filled.find(index, 3)) == [3]
        assert filled.find(index, 2).hits == ()


def test_stopped_at_every_step(desk: Desk) -> None:
    """Wherever a worker is killed, the next one opens the index and puts in what it does not know."""
    with closing(desk.opened()) as index:
        index.put([subject(1)], 1)
    change = [subject(2, [FACE, THUMB]), Subject(UUID(int=1), ())]
    for steps in range(60):
        ended = False
        with suppress(KilledError), closing(desk.opened(DyingDisk(steps))) as index:
            if index.reached < 2:
                index.put(change, 2)
            ended = True
        if ended:
            break
    else:
        pytest.fail("it never came through")
    assert steps > 5
    with closing(desk.opened()) as index:
        assert index.reached == 2
        assert names(desk.find(index, 2)) == [2]
        assert desk.find(index, 1).hits == ()


def test_damaged_log_is_made_whole_from_the_templates(filled: Desk, tmp_path: Path) -> None:
    """What could not be read back is not said to be in, so it is put in again (AC-111)."""
    copy = Desk(tmp_path / "copy", filled.cellar)
    shutil.copytree(filled.folder, copy.folder)
    log = copy.folder / "fingers.log"
    log.write_bytes(log.read_bytes()[:-1])
    with closing(copy.opened()) as index:
        assert index.reached == 2
        index.put([subject(3)], 3)
    with closing(copy.opened()) as index:
        assert index.reached == 3
        assert names(copy.find(index, 3)) == [3]


def test_older_faces_than_the_log_knows_of(filled: Desk, tmp_path: Path) -> None:
    """Faces that were put back to an earlier state are not searched: all is made anew."""
    early = Desk(tmp_path / "early", filled.cellar)
    with closing(early.opened()) as index:
        index.put([subject(1)], 1)
    late = Desk(tmp_path / "late", filled.cellar)
    shutil.copytree(filled.folder, late.folder)
    shutil.rmtree(late.folder / "faces")
    shutil.copytree(early.folder / "faces", late.folder / "faces")
    with closing(late.opened()) as index:
        assert (index.reached, len(index)) == (0, 0)


def test_other_epoch_begins_empty(filled: Desk, tmp_path: Path) -> None:
    """Under the secret of another epoch nothing of an index can be used (AC-112)."""
    copy = Desk(tmp_path / "copy", filled.cellar)
    shutil.copytree(filled.folder, copy.folder)
    with closing(copy.opened(key=EpochKey(2, b"n" * 32))) as index:
        assert (index.reached, len(index)) == (0, 0)


def test_files_tell_nothing_of_fingers(filled: Desk) -> None:
    """No row of any short form stands in the log as it is."""
    [form] = taken_apart([subject(1, [THUMB])]).forms[1].values()
    rows = [form[start : start + 66] for start in range(form_codec.HEAD_BYTES, len(form), 66)]
    kept = (filled.folder / "fingers.log").read_bytes()
    assert rows
    assert not any(row in kept for row in rows)


def test_damaged_template_is_left_out_and_named_when_nothing_is_left(desk: Desk) -> None:
    """One damaged finger leaves the others; of whom nothing whole is left, somebody must look. AC-111."""
    with closing(desk.opened()) as index:
        index.put([subject(1, [THUMB, INDEX]), subject(2, [THUMB, INDEX])], 1)
        desk.lost = {Place(UUID(int=1), THUMB, 1)}
        found = desk.find(index, 1)
        assert [position for position, _ in found.hits[0].fingers] == [INDEX]
        assert found.blind == ()
        desk.lost = {Place(UUID(int=1), place, 1) for place in (THUMB, INDEX)}
        index.put([], 2)
        found = desk.find(index, 1)
        assert (found.hits, found.blind) == ((), (UUID(int=1),))


def test_erased_people_are_nobodys_candidates(desk: Desk) -> None:
    """Templates that are gone, as after an erasure, are no reason to look at anybody."""
    with closing(desk.opened()) as index:
        index.put([subject(1, [THUMB])], 1)
        desk.gone = {Place(UUID(int=1), THUMB, 1)}
        found = desk.find(index, 1)
        assert (found.hits, found.blind) == ((), ())


def test_log_is_written_anew_when_most_of_it_is_over(desk: Desk) -> None:
    """What was replaced again and again leaves the disk."""
    log = desk.folder / "fingers.log"
    forms = {number: {(1, 1): os.urandom(3000)} for number in range(100)}
    with closing(desk.opened()) as index:
        files: LocalFiles = index._files
        sizes = []
        for round_ in range(1, 26):
            files.write(round_, forms, {}, forms)
            sizes.append(log.stat().st_size)
    assert max(sizes) < 24 * sizes[0]
    assert sizes[-1] < max(sizes)


def test_closed_index_refuses(desk: Desk) -> None:
    """Nobody writes with an index that another has opened since."""
    index = desk.opened()
    index.close()
    with pytest.raises(RuntimeError):
        index.put([subject(1)], 1)


def test_two_workers_have_folders_of_their_own(tmp_path: Path) -> None:
    """The second takes the next one, and whoever comes after the first takes the first one's."""
    first, lock = own_folder(tmp_path)
    second, other = own_folder(tmp_path)
    assert first != second
    lock.close()
    third, last = own_folder(tmp_path)
    assert third == first
    other.close()
    last.close()


@given(st.lists(st.tuples(st.sampled_from(list(Position)), st.integers(1, 2), st.integers(0, 100)), max_size=25))
def test_probe_is_chosen_by_quality_alone(told: list[tuple[Position, int, int]]) -> None:
    """Of each position the best impression, of the fingers the best four, and the face with them."""
    given_ = [Template(position, impression, b"x", quality) for position, impression, quality in told]
    parts = chosen(given_, 4)
    fingers = [part for part in parts if part.position is not FACE]
    positions = {template.position for template in given_}
    assert len(fingers) == min(4, len(positions - {FACE}))
    assert (FACE in positions) == any(part.position is FACE for part in parts)
    best = {place: max(one.quality for one in given_ if one.position is place) for place in positions}
    assert all(part.quality == best[part.position] for part in parts)
    left = positions - {part.position for part in parts}
    assert all(best[place] <= min(part.quality for part in fingers) for place in left)
