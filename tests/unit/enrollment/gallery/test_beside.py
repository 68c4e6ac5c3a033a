"""An index in a process of another installation: as one in this process, and never more than that."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from enrollment.capture import Position
from enrollment.errors import Code, Refusal
from enrollment.gallery import EpochKey, Found, Hit, Place, Subject, Template, Terms
from enrollment.gallery.beside import GalleryBeside, IndexLostError
from enrollment.gallery.local import ENGINES
from enrollment.gallery.packing import found_of, of_found, of_places, places_of
from tests.factories.deduplication import probe
from tests.factories.engines import installed

PARTS = (Position.FACE, Position.RIGHT_THUMB, Position.RIGHT_INDEX)
EPOCH = EpochKey(3, b"k" * 32)
AWA, BINTA = UUID(int=1), UUID(int=2)
BODIES = {AWA: 1, BINTA: 2}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Another installation."""
    return installed(tmp_path / "installation")


@pytest.fixture
def gallery(root: Path, tmp_path: Path) -> Iterator[GalleryBeside]:
    """Its index, of nobody."""
    held = GalleryBeside(root, tmp_path / "index", EPOCH)
    yield held
    held.close()


def fetch(places: Sequence[Place]) -> Mapping[Place, bytes]:
    """Templates by their places."""
    return {
        place: one.content
        for place in places
        for one in probe(BODIES[place.subject_id], PARTS)
        if one.position is place.position
    }


def test_it_is_searched_as_one_of_this_process(gallery: GalleryBeside, root: Path, tmp_path: Path) -> None:
    """People are found by their fingers and faces, across a restart too, and forgotten when they are taken out."""
    assert (gallery.engines, gallery.reached) == (ENGINES, 0)
    assert gallery.search(probe(1, PARTS), fetch, Terms()) == Found((), 0, 0.0)
    people = [Subject(subject, tuple(probe(body, PARTS))) for subject, body in BODIES.items()]
    assert (gallery.put(people, 7), gallery.reached) == (0, 7)
    found = gallery.search(probe(1, PARTS, 1), fetch, Terms())
    assert isinstance(found, Found)
    assert ([hit.subject_id for hit in found.hits], found.people) == ([AWA], 2)
    assert {position for position, _ in found.hits[0].fingers} == {Position.RIGHT_THUMB, Position.RIGHT_INDEX}
    without = gallery.search(probe(1, PARTS, 1), fetch, Terms(but=frozenset({AWA})))
    assert isinstance(without, Found)
    assert (without.hits, without.people) == ((), 1)
    gallery.close()
    again = GalleryBeside(root, tmp_path / "index", EPOCH)
    try:
        assert again.reached == 7
        assert again.search(probe(1, PARTS, 1), fetch, Terms()) == found
        assert again.put([Subject(AWA, ())], 8) == 0
        left = again.search(probe(1, PARTS, 1), fetch, Terms())
        assert isinstance(left, Found)
        assert (left.hits, left.people) == ((), 1)
        again.reset()
        assert again.reached == 0
    finally:
        again.close()


def test_what_fails_is_told(gallery: GalleryBeside, tmp_path: Path) -> None:
    """A strange probe is refused, a store that fails is heard of; nobody there is an error, and never an empty list."""
    gallery.put([Subject(AWA, tuple(probe(1, PARTS)))], 1)
    strange = gallery.search([Template(Position.RIGHT_THUMB, 1, b"of another engine")], fetch, Terms())
    assert strange == Refusal(Code.BIO_ENGINE, "probe")

    def broken(places: Sequence[Place]) -> Mapping[Place, bytes]:
        raise ConnectionError(len(places))

    with pytest.raises(ConnectionError):
        gallery.search(probe(1, PARTS, 1), broken, Terms())
    found = gallery.search(probe(1, PARTS, 1), fetch, Terms())
    assert isinstance(found, Found)
    assert [hit.subject_id for hit in found.hits] == [AWA]
    nowhere = GalleryBeside(tmp_path / "nowhere", tmp_path / "index", EPOCH)
    assert nowhere.search(probe(1, PARTS), fetch, Terms()) == Refusal(Code.BIO_ENGINE, "lost")
    with pytest.raises(IndexLostError):
        nowhere.put([], 1)


def test_findings_cross_the_wire_whole() -> None:
    """Every part of what a search found; bytes that are cut off are none."""
    hits = (Hit(AWA, 20.5, None, ((Position.LEFT_THUMB, 3.25),), swapped=True), Hit(BINTA, 9.0, 9.0))
    found = Found(hits, 12, 8.5, full=True, blind=(UUID(int=9),))
    assert found_of(of_found(found)) == found
    with pytest.raises(ValueError, match="no position"):
        places_of(b"x" * 30)
    whole = of_places([Place(AWA, Position.FACE, 1)], {Place(AWA, Position.FACE, 1): b"template"})
    assert places_of(whole) == {Place(AWA, Position.FACE, 1): b"template"}
    for end in (1, 20, len(whole) - 1):
        with pytest.raises(ValueError, match="cut off"):
            places_of(whole[:end])
