from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.face.detection import Face, FaceChoice, choose
from biometrics.face.engine import Extraction, FaceEngine, direction
from biometrics.face.template import ENGINE, FaceTemplate, merge
from biometrics.sample import Sample, SampleFormat

Draw = Callable[..., NDArray[np.uint8]]
ONE = (240.0, 240.0, 90.0)


def sample(pixels: NDArray[np.uint8]) -> Sample:
    """A picture as if it had come from a PNG file."""
    return Sample(pixels, None, SampleFormat.PNG)


def seen(engine: FaceEngine, pixels: NDArray[np.uint8], choice: FaceChoice = FaceChoice.ONLY) -> Extraction:
    """The extraction of a picture that has a face."""
    found = engine.observe(sample(pixels), choice=choice)
    assert isinstance(found, Extraction)
    return found


def taken(engine: FaceEngine, pixels: NDArray[np.uint8], *, mirror: bool = False) -> FaceTemplate:
    """The template of a picture that has a face."""
    found = engine.extract(sample(pixels), mirror=mirror)
    assert isinstance(found, FaceTemplate)
    return found


def template(*rows: NDArray[np.float32] | list[float]) -> FaceTemplate:
    """A template of vectors with the given first numbers, the others being zero."""
    vectors = np.zeros((len(rows), 128), np.float32)
    for place, row in enumerate(rows):
        vectors[place, : len(row)] = row
    return FaceTemplate(ENGINE, vectors)


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (7, 3, 3), (300, 300, 3), (2, 4000, 3)])
@pytest.mark.parametrize("seed", [None, 1])
def test_pictures_without_a_face_are_refused(engine: FaceEngine, shape: tuple[int, ...], seed: int | None) -> None:
    """An even picture and noise, of any shape, have no face."""
    pixels = np.full(shape, 128, np.uint8)
    if seed is not None:
        pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    refused = engine.extract(sample(pixels))
    assert isinstance(refused, Refused)
    assert refused.reason in {Reason.FACE_NONE, Reason.FACE_TOO_SMALL}


def test_two_people_are_refused(engine: FaceEngine, drawn: Draw) -> None:
    """Nobody is enrolled from a picture of two people of similar size."""
    refused = engine.extract(sample(drawn((200, 240, 80), (600, 240, 70), width=800)))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.FACE_SEVERAL


def test_the_most_prominent_can_be_asked_for(engine: FaceEngine, drawn: Draw) -> None:
    """The caller can have the face in the middle rather than one of the same size at the edge."""
    found = seen(engine, drawn((400, 240, 75), (140, 240, 80), width=800), FaceChoice.PROMINENT)
    assert found.face.landmarks[2, 0] == pytest.approx(400, abs=15)
    assert len(found.faces) == 2


def test_a_passer_by_does_not_matter(engine: FaceEngine, drawn: Draw) -> None:
    """A much smaller face in the background is no second person."""
    found = seen(engine, drawn((300, 240, 100), (640, 150, 30), width=800))
    assert found.face.landmarks[2, 0] == pytest.approx(300, abs=15)
    assert len(found.faces) == 2


def test_eyes_too_near_each_other_are_refused() -> None:
    """A face of a few pixels cannot be aligned."""
    tiny = Face((0, 0, 20, 25), np.array([[5, 8], [14, 8], [10, 12], [6, 18], [13, 18]], np.float32), 0.9)
    refused = choose((tiny,), (100, 100, 3), FaceChoice.ONLY)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.FACE_TOO_SMALL


def test_the_landmarks_are_in_pixels_of_the_full_image(engine: FaceEngine, drawn: Draw) -> None:
    """Detection on a reduced image answers in the pixels of the image handed in."""
    for scale in (0.5, 1.0, 3.0):
        size = round(480 * scale)
        found = seen(engine, drawn((240 * scale, 240 * scale, 90 * scale), height=size, width=size))
        assert found.face.eye_distance == pytest.approx(90 * scale, rel=0.1)
        assert found.face.landmarks[:2].mean(axis=0) == pytest.approx([240 * scale, 218 * scale], abs=8 * scale)


def test_a_face_is_found_without_its_vector(engine: FaceEngine, drawn: Draw) -> None:
    """Following a stream gives the landmarks of a full extraction, and the same refusals."""
    found = engine.find(sample(drawn(ONE)))
    assert isinstance(found, Face)
    assert np.array_equal(found.landmarks, seen(engine, drawn(ONE)).face.landmarks)
    refused = engine.find(sample(drawn((200, 240, 80), (600, 240, 70), width=800)))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.FACE_SEVERAL


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_picture_is_found_and_told(engine: FaceEngine, drawn: Draw, turns: int) -> None:
    """A picture that lies on its side or its head gives the same face as the upright one."""
    upright = drawn((260, 220, 90), height=480, width=560)
    turned = seen(engine, np.ascontiguousarray(np.rot90(upright, turns)))
    assert turned.face.turned == turns
    score = engine.compare(taken(engine, upright), FaceTemplate(ENGINE, turned.embedding.vector[np.newaxis]))
    assert isinstance(score, float)
    assert score > 0.9


def test_grey_is_as_good_as_colour(engine: FaceEngine, drawn: Draw) -> None:
    """A grey picture of shape (height, width) is taken, and gives a like vector."""
    colour = drawn(ONE)
    grey = sample(colour).grey
    score = engine.compare(taken(engine, colour), taken(engine, grey))
    assert isinstance(score, float)
    assert score > 0.8


def test_mirror_averaging_makes_left_and_right_alike(engine: FaceEngine, drawn: Draw) -> None:
    """With the mirror, an uneven face and its crop turned over have one vector; without, they have not."""
    crop = seen(engine, drawn(ONE)).crop.copy()
    crop[:, :40] //= 2
    turned = np.ascontiguousarray(crop[:, ::-1])
    embedder = engine._embedder
    both = [embedder.embed(picture, mirror=True).vector for picture in (crop, turned)]
    single = [embedder.embed(picture, mirror=False).vector for picture in (crop, turned)]
    assert both[0] @ both[1] == pytest.approx(1.0, abs=1e-4)
    assert single[0] @ single[1] < 0.999


def test_extraction_is_repeatable_and_of_this_engine(engine: FaceEngine, drawn: Draw) -> None:
    """The same picture gives the same unit vector of 128 float32, under the engine's name."""
    first, second = taken(engine, drawn(ONE), mirror=True), taken(engine, drawn(ONE), mirror=True)
    assert first.engine == ENGINE
    assert first.vectors.shape == (1, 128)
    assert first.vectors.dtype == np.float32
    assert np.linalg.norm(first.vectors) == pytest.approx(1.0, abs=1e-6)
    assert np.array_equal(first.vectors, second.vectors)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (FaceTemplate("wangov-face-0", np.eye(1, 128, dtype=np.float32)), Reason.TEMPLATE_ENGINE),
        (FaceTemplate(ENGINE, np.empty((0, 128), np.float32)), Reason.TEMPLATE_EMPTY),
        (FaceTemplate(ENGINE, np.full((1, 128), np.nan, np.float32)), Reason.TEMPLATE_NUMBERS),
        (FaceTemplate(ENGINE, np.zeros((1, 128), np.float32)), Reason.TEMPLATE_NUMBERS),
        (FaceTemplate(ENGINE, np.eye(1, 64, dtype=np.float32)), Reason.TEMPLATE_MALFORMED),
        (template([1.0], [-1.0]), Reason.FACE_DIFFERENT),
        (template([1.0], [0.0, 1.0]), Reason.FACE_DIFFERENT),
    ],
    ids=["engine", "empty", "nan", "zeros", "short", "opposite", "two people"],
)
def test_an_unsound_template_is_refused_not_matched(wrong: FaceTemplate, expected: Reason) -> None:
    """Another engine's, empty, NaN, zero and contradictory templates have no score on either side."""
    good = template([1.0])
    answers = [
        FaceEngine.compare(good, wrong),
        FaceEngine.compare(wrong, good),
        FaceEngine.compare_many(wrong, good.vectors),
        direction(wrong),
    ]
    for answer in answers:
        assert isinstance(answer, Refused)
        assert answer.reason is expected


def test_the_score_is_the_cosine_of_the_means() -> None:
    """Two enrolled images answer with their mean direction, either way round."""
    enrolled, probe = template([1.0, 0.0], [0.6, 0.8]), template([1.0])
    assert FaceEngine.compare(enrolled, probe) == pytest.approx(0.8**0.5)
    assert FaceEngine.compare(probe, enrolled) == FaceEngine.compare(enrolled, probe)


def test_many_are_compared_as_one_by_one() -> None:
    """A gallery of directions gives the scores of the single comparisons, in its order."""
    raw = np.random.default_rng(3).standard_normal((6, 128)).astype(np.float32) + np.float32(1)
    people = [FaceTemplate(ENGINE, row[np.newaxis] / np.linalg.norm(row)) for row in raw]
    pair = merge(people[:2])
    assert isinstance(pair, FaceTemplate)
    gallery = np.stack([np.asarray(direction(person)) for person in [*people, pair]])
    scores = FaceEngine.compare_many(pair, gallery)
    assert not isinstance(scores, Refused)
    assert scores == pytest.approx([FaceEngine.compare(pair, person) for person in [*people, pair]], abs=1e-6)
    assert scores[-1] == pytest.approx(1.0)
