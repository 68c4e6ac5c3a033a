from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.identification.face_search import score_people
from biometrics.identification.faces import FacesInView
from biometrics.identification.finger_search import FingerEvidence, Fingers
from biometrics.identification.fingers import FingerGallery, FingerKey, FingerProbe
from biometrics.identification.fused import FusedCandidate, PersonProbe, fuse, identify
from biometrics.identification.writer import GalleryWriter
from biometrics.sample import FingerPosition
from tests.unit.biometrics.identification.toy_fingers import Toy, ToyList, match

THUMB = FingerPosition.RIGHT_THUMB
PEOPLE = 120
Print = NDArray[np.float32]
Probe = PersonProbe[Print, Print]


def faces_of(count: int) -> NDArray[np.float64]:
    """Unit vectors, one a person."""
    values = np.random.default_rng(9).standard_normal((count, 8))
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True))


@pytest.fixture
def fingers() -> Fingers[Print, Print]:
    """A thumb of each person but the first."""
    gallery: FingerGallery[Print] = FingerGallery(ToyList)
    for person in range(1, PEOPLE):
        gallery.add(FingerKey(person, THUMB), Toy(person).print)

    def fetch(keys: Sequence[FingerKey]) -> list[Print]:
        return [Toy(key.person).print for key in keys]

    return Fingers(gallery, match, fetch, lambda scores: 20 * scores - 4)


@pytest.fixture
def faces(writer: GalleryWriter) -> GalleryWriter:
    """A face of each person."""
    assert writer.add(list(range(PEOPLE)), faces_of(PEOPLE)) is None
    return writer


def ratios(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """A toy calibration."""
    return 10 * scores - 5


def thumb(seed: int) -> FingerProbe[Print, Print]:
    """A probe thumb."""
    return FingerProbe(THUMB, Toy(seed).print, Toy(seed).print)


def probe_of(face: NDArray[np.float64] | None, *fingers: FingerProbe[Print, Print]) -> Probe:
    """A person to search for."""
    return PersonProbe(face, fingers)


def test_bad_face_is_refused(faces: GalleryWriter) -> None:
    """NaN reaches no list."""
    found = identify(probe_of(np.full(8, np.nan)), faces=FacesInView(faces.view(), ratios), fingers=None, review=0)
    assert isinstance(found, Refused)
    assert found.reason is Reason.TEMPLATE_NUMBERS


def test_nothing_to_search_with(faces: GalleryWriter, fingers: Fingers[Print, Print]) -> None:
    """A probe without parts finds nobody."""
    assert identify(probe_of(None), faces=FacesInView(faces.view(), ratios), fingers=fingers, review=-100) == []


def test_missing_parts_add_nothing() -> None:
    """A person seen by one kind only has that kind's ratio."""
    hand = FingerEvidence(3.0, ((0, 3.0),))
    assert fuse({1: 2.0, 2: 5.0}, {1: hand, 3: hand}, review=0) == [
        FusedCandidate(1, 5.0, 2.0, hand),
        FusedCandidate(2, 5.0, 5.0, None),
        FusedCandidate(3, 3.0, None, hand),
    ]


def test_review_threshold_and_length() -> None:
    """Nobody below the threshold, no more than asked for; the threshold itself passes."""
    ratios_ = {person: float(person) for person in range(30)}
    assert [c.id for c in fuse(ratios_, {}, review=25.0)] == [29, 28, 27, 26, 25]
    assert [c.id for c in fuse(ratios_, {}, review=-1.0)] == list(range(29, 19, -1))
    assert fuse(ratios_, {}, review=30.0) == []


def test_face_and_finger_of_one_person_win(faces: GalleryWriter, fingers: Fingers[Print, Print]) -> None:
    """Both parts are compared exactly and add up."""
    found = identify(
        probe_of(faces_of(PEOPLE)[42], thumb(42)), faces=FacesInView(faces.view(), ratios), fingers=fingers, review=0
    )
    assert not isinstance(found, Refused)
    assert found[0].id == 42
    assert found[0].face == pytest.approx(5, abs=1e-5)
    assert found[0].face is not None
    assert found[0].fingers is not None
    assert found[0].ratio == pytest.approx(found[0].face + found[0].fingers.ratio)


def test_a_finger_speaks_against_a_face(faces: GalleryWriter, fingers: Fingers[Print, Print]) -> None:
    """Somebody whom only the face search named is compared by finger, too: the part is not counted as missing."""
    found = identify(
        probe_of(faces_of(PEOPLE)[42], thumb(7)),
        faces=FacesInView(faces.view(), ratios),
        fingers=fingers,
        review=-100,
        most=PEOPLE,
    )
    assert not isinstance(found, Refused)
    by_id = {candidate.id: candidate for candidate in found}
    assert by_id[42].fingers is not None
    assert by_id[42].fingers.ratio < 0
    assert by_id[7].face is not None
    assert by_id[7].face < 5
    if 0 in by_id:
        assert by_id[0].fingers is None


@pytest.mark.parametrize("part", ["face", "finger"])
def test_one_kind_is_enough(faces: GalleryWriter, fingers: Fingers[Print, Print], part: str) -> None:
    """A probe with one modality is searched by that one."""
    probe = probe_of(faces_of(PEOPLE)[42]) if part == "face" else probe_of(None, thumb(42))
    found = identify(probe, faces=FacesInView(faces.view(), ratios), fingers=fingers, review=0)
    assert not isinstance(found, Refused)
    assert found[0].id == 42
    assert (found[0].face is None) == (part == "finger")


def test_scores_of_named_people(faces: GalleryWriter) -> None:
    """Exactly those asked for and enrolled, by their best row; removed ones are gone."""
    faces.add([5], faces_of(PEOPLE)[6:7])
    faces.remove([7])
    found = score_people(faces.view(), faces_of(PEOPLE)[6], [5, 6, 7, 1 << 64, 1000])
    assert set(found) == {5, 6}
    assert found[5] == pytest.approx(1, abs=1e-6)
    with pytest.raises(ValueError, match="unit vector"):
        score_people(faces.view(), np.zeros(8), [1])
