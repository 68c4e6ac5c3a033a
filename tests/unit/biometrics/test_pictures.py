"""Captions, legends and scale bars of pictures for people."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from biometrics.pictures import Bar, Page, captioned, encoded, write_album


@pytest.mark.parametrize("shape", [(40, 500), (40, 500, 3), (300, 20, 3), (1, 1)])
def test_the_picture_stays_whole(shape: tuple[int, ...]) -> None:
    """Captions stand above and below; the picture itself, grey or in colour, wide or narrow, is not touched."""
    picture = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    page = Page("01-name", picture, "what it shows, in more words than fit on a line of a narrow picture")
    found = captioned(page)
    assert found.ndim == 3
    colour = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    below = found[len(found) - shape[0] :]
    assert np.array_equal(below[:, : shape[1]], colour)
    assert (found[: len(found) - shape[0]] < 100).any()


def test_legend_and_bar_stand_below() -> None:
    """A colour is shown beside its meaning, and the bar is as long as it says."""
    picture = np.full((50, 600, 3), 255, np.uint8)
    plain = captioned(Page("a", picture, "b"))
    full = captioned(Page("a", picture, "b", [((0, 0, 255), "red")], Bar(200, "5 mm")))
    assert len(full) - len(plain) == 2 * 22
    foot = full[len(plain) :]
    assert (foot[:22] == (0, 0, 255)).all(axis=2).any()
    row = (foot[22 + 11] < 100).all(axis=1)
    assert 200 <= row[: 10 + 202].sum() <= 203


def test_a_bar_longer_than_the_picture_is_left_out() -> None:
    """It would not be to scale."""
    picture = np.full((50, 100, 3), 255, np.uint8)
    assert captioned(Page("a", picture, "b", bar=Bar(200, "5 mm"))).shape == captioned(Page("a", picture, "b")).shape


def test_the_page_shows_every_picture_and_runs_nothing(tmp_path: Path) -> None:
    """Whatever the words are, they are text."""
    picture = np.zeros((9, 9, 3), np.uint8)
    paths = write_album("<b>&", ["<script>"], [Page("1-a", picture, '"quoted" <i>')], tmp_path / "new")
    assert [path.name for path in paths] == ["1-a.png", "index.html"]
    text = paths[1].read_text(encoding="utf-8")
    assert 'src="1-a.png"' in text
    for raw in ("<script", "<b>", "<i>", '""quoted'):
        assert raw not in text


@pytest.mark.parametrize(
    ("shape", "longest", "expected"),
    [
        ((374, 388), 97, (94, 97)),
        ((40, 500, 3), 100, (8, 100, 3)),
        ((20, 30, 3), 30, (20, 30, 3)),
        ((1, 900), 9, (1, 9)),
    ],
)
def test_a_picture_for_people_fits(shape: tuple[int, ...], longest: int, expected: tuple[int, ...]) -> None:
    """It is PNG, made smaller where it is too large, as it was where it is not."""
    picture = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    found = cv2.imdecode(np.frombuffer(encoded(picture, longest), np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    assert found.shape == expected
    if shape == expected:
        assert np.array_equal(found, picture)
