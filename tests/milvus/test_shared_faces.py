"""Faces in Milvus, embedded: what several workers share is searched as their own files are, and never half of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray
from pymilvus import MilvusClient

from biometrics.face import codec
from biometrics.face.engine import direction
from biometrics.face.parameters import DIMENSIONS
from biometrics.face.template import FaceTemplate
from biometrics.identification.milvus import FacesInMilvus
from biometrics.identification.rotation import derive_rotation
from enrollment.capture import Position
from enrollment.gallery import EpochKey, Found, Place, Subject, Template, Terms
from enrollment.gallery.local import LocalGallery
from tests.factories.deduplication import Cellar, probe

FACE, THUMB = Position.FACE, Position.RIGHT_THUMB
PLACES = (FACE, THUMB)
KEY = EpochKey(1, b"k" * 32)

Open = Callable[..., LocalGallery]


class StoppedError(Exception):
    """The worker is gone."""


class Stopping:
    """A client whose worker is killed before the call whose number is `left`."""

    def __init__(self, client: MilvusClient, left: int) -> None:
        self._client, self.left = client, left

    def __getattr__(self, name: str) -> object:
        if name in {"upsert", "delete", "create_collection", "drop_collection"}:
            self.left -= 1
            if self.left < 0:
                raise StoppedError
        return getattr(self._client, name)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusClient]:
    """The embedded service."""
    client = MilvusClient(str(tmp_path_factory.mktemp("milvus") / "faces.db"))
    yield client
    client.close()


@pytest.fixture
def opened(client: MilvusClient, tmp_path: Path, request: pytest.FixtureRequest) -> Open:
    """Open the index of a worker: each has a folder, all have the faces."""
    prefix = request.node.name[:40]
    cellar = Cellar()

    def open_(worker: str = "a", key: EpochKey = KEY, by: object = client) -> LocalGallery:
        place = FacesInMilvus(by, prefix, derive_rotation(key.key, key.epoch, DIMENSIONS))
        return LocalGallery(tmp_path / worker, key, cellar.sealer, cellar.entropy, faces=place)

    return open_


def subject(body: int, places: Sequence[Position] = PLACES) -> Subject:
    """Somebody as they are put in."""
    return Subject(UUID(int=body), tuple(probe(body, tuple(places))))


def fetch(places: Sequence[Place]) -> Mapping[Place, bytes | None]:
    """From the sealed store, so to speak."""
    return {place: probe(place.subject_id.int, (place.position,))[0].content for place in places}


def find(index: LocalGallery, body: int, places: Sequence[Position] = PLACES) -> Found:
    """Search another impression of a body."""
    found = index.search(probe(body, tuple(places), impression=1), fetch, Terms())
    assert isinstance(found, Found), found
    return found


def names(found: Found) -> list[int]:
    """Whom a search named."""
    return [hit.subject_id.int for hit in found.hits]


def test_the_same_people_with_the_same_evidence_as_on_a_disk(opened: Open, tmp_path: Path) -> None:
    """Whoever is found by a worker's own files is found here, and with the same ratio."""
    cellar = Cellar()
    people = [subject(number) for number in range(1, 9)]
    with closing(opened()) as there, closing(LocalGallery(tmp_path / "own", KEY, cellar.sealer, cellar.entropy)) as own:
        for index in (there, own):
            assert index.put(people, 8) == 0
        for body in (1, 5, 77):
            for places in (PLACES, (FACE,), (THUMB,)):
                seen, known = find(there, body, places), find(own, body, places)
                assert names(seen) == names(known)
                assert seen.people == known.people
                assert [hit.ratio for hit in seen.hits] == pytest.approx([hit.ratio for hit in known.hits], abs=1e-4)


def test_a_second_worker_finds_what_the_first_put_in(opened: Open) -> None:
    """It brings its fingers up to the rows; the faces are there."""
    with closing(opened("a")) as first, closing(opened("b")) as second:
        first.put([subject(1), subject(2)], 4)
        assert second.reached == 0
        second.put([subject(1), subject(2)], 4)
        assert (second.reached, names(find(second, 2)), len(second)) == (4, [2], 2)


def test_late_worker_does_not_bring_back_who_was_taken_out(opened: Open) -> None:
    """What it puts in is older than what is there."""
    with closing(opened("a")) as first, closing(opened("b")) as late:
        first.put([subject(1), subject(2)], 1)
        first.put([Subject(UUID(int=1), ())], 2)
        late.put([subject(1), subject(2)], 1)
        assert find(first, 1, (FACE,)).hits == ()
        assert first.reached == 2


def test_opened_again_it_is_what_it_was(opened: Open) -> None:
    """A worker that starts anew goes on where it stopped."""
    with closing(opened()) as index:
        index.put([subject(1), subject(2, (FACE,))], 3)
    with closing(opened()) as index:
        assert (index.reached, len(index)) == (3, 2)
        assert names(find(index, 2, (FACE,))) == [2]


def test_made_anew_by_another_worker_all_is_put_in_again(opened: Open) -> None:
    """After the database was set back, no worker goes on with what it knew."""
    with closing(opened("a")) as first, closing(opened("b")) as second:
        for index in (first, second):
            index.put([subject(1), subject(2)], 9)
        first.reset()
        assert (first.reached, second.reached) == (0, 0)
        first.put([subject(2)], 2)
        assert second.reached == 0
        second.put([subject(2)], 2)
        assert (second.reached, len(second), find(second, 1).hits) == (2, 1, ())


def test_a_search_during_which_faces_are_made_anew_is_worth_nothing(opened: Open, client: MilvusClient) -> None:
    """It ends with an exception, so the job is done again: it must not say that there is nobody."""

    class Meddling:
        def __getattr__(self, name: str) -> object:
            if name == "search":
                with closing(opened("b")) as other:
                    other.reset()
            return getattr(client, name)

    with closing(opened("a")) as index:
        index.put([subject(1)], 1)
    with closing(opened("a", by=Meddling())) as index, pytest.raises(Exception, match=r"anew|not (found|exist)|loaded"):
        find(index, 1, (FACE,))


def test_stopped_at_every_call(opened: Open, client: MilvusClient) -> None:
    """Wherever a worker is killed, the next one puts in what is missing."""
    with closing(opened()) as index:
        index.put([subject(1)], 1)
    change = [subject(2), Subject(UUID(int=1), ())]
    for calls in range(20):
        try:
            with closing(opened(by=Stopping(client, calls))) as index:
                index.put(change, 2)
            break
        except StoppedError:
            with closing(opened()) as index:
                assert index.reached == 1
    assert calls >= 3
    with closing(opened()) as index:
        assert (index.reached, names(find(index, 2)), find(index, 1, (FACE,)).hits) == (2, [2], ())


def test_next_epoch_leaves_nothing_of_the_last(opened: Open, client: MilvusClient) -> None:
    """Its collections are dropped: their vectors were turned by a secret that is destroyed (AC-112)."""
    with closing(opened()) as index:
        index.put([subject(1)], 1)
    before = set(client.list_collections())
    with closing(opened(key=EpochKey(2, b"n" * 32))) as index:
        assert (index.reached, len(index)) == (0, 0)
    gone = before - set(client.list_collections())
    assert len(gone) == 2


def test_vectors_are_not_stored_as_the_engine_made_them(opened: Open, client: MilvusClient) -> None:
    """Whoever copies the collection cannot compare it with a face without the epoch's secret."""
    with closing(opened()) as index:
        index.put([subject(1)], 1)
        names_ = [name for name in client.list_collections() if not name.endswith("state")]
        rows = [row for name in names_ for row in client.query(name, filter='id != ""', output_fields=["vector"])]
        [template] = [one for one in subject(1).templates if one.position is FACE]
        assert rows
        for row in rows:
            assert abs(float(np.dot(row["vector"], vector_of(template)))) < 0.5


def vector_of(template: Template) -> NDArray[np.float32]:
    """The unit vector of a face."""
    face = codec.decode(template.content)
    assert isinstance(face, FaceTemplate)
    vector = direction(face)
    assert isinstance(vector, np.ndarray)
    return vector
