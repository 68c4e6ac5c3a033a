"""What templates, forms and calibrations carry: the recipe that made them."""

from dataclasses import replace

import pytest

from biometrics.face import identity as face_identity
from biometrics.face import parameters as face_parameters
from biometrics.fingerprint import identity as finger_identity
from biometrics.fingerprint.parameters import PARAMETERS
from biometrics.identity import DIGEST_BYTES, digest_bytes, identity, without_digest

WHAT_TO_DO = (
    "A constant, the projection or a network of this recipe is another one. Templates and calibrations of the old one "
    "must not be compared with the new: raise VERSION in {place} by one, make the calibrations again with "
    "`python -m biometrics.evaluation.sheet --data FOLDER --made DAY --write`, and put the new identity here."
)


@pytest.mark.parametrize(
    ("module", "known"),
    [
        (finger_identity, "wangov-finger-1+e9842f587ffe7c4b"),
        (face_identity, "wangov-face-1+ea5a26b13d36ddc6"),
    ],
)
def test_recipe_is_the_one_of_this_version(module: object, known: str) -> None:
    """A changed constant needs a new version: this is where it is noticed."""
    place = f"{getattr(module, '__name__', '')}"
    assert getattr(module, "ENGINE", "") == known, WHAT_TO_DO.format(place=place)


def test_every_change_changes_the_identity() -> None:
    """Another name, version, constant, value or data file is another engine; the order of the constants is not."""
    ours = identity("engine", 1, {"a": 1.0, "b": (1, 2)}, [b"data"])
    assert ours == identity("engine", 1, {"b": (1, 2), "a": 1.0}, [b"data"])
    others = {
        identity("motor", 1, {"a": 1.0, "b": (1, 2)}, [b"data"]),
        identity("engine", 2, {"a": 1.0, "b": (1, 2)}, [b"data"]),
        identity("engine", 1, {"a": 1.5, "b": (1, 2)}, [b"data"]),
        identity("engine", 1, {"a": 1.0, "c": (1, 2)}, [b"data"]),
        identity("engine", 1, {"a": 1.0, "b": (1, 2)}, [b"date"]),
        identity("engine", 1, {"a": 1.0, "b": (1, 2)}, [b"da", b"ta"]),
        identity("engine", 1, {"a": 1.0, "b": (1, 2)}),
    }
    assert len(others) == 7
    assert ours not in others
    assert len({digest_bytes(each) for each in (*others, ours)}) == 8


def test_file_names_have_no_digest() -> None:
    """Name, version and mode stay; what only looks like a digest stays, too."""
    ours = identity("engine", 3, {})
    assert without_digest(f"{ours}/full") == "engine-3/full"
    assert without_digest("engine-3+0123/full") == "engine-3+0123/full"
    assert len(digest_bytes(ours)) == DIGEST_BYTES


def test_no_constant_of_fingers_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tuning constant of extraction is told apart by the identity."""
    before = dict(finger_identity.constants())
    for name in (field for field in PARAMETERS.__slots__ if not isinstance(getattr(PARAMETERS, field), tuple)):
        changed = replace(PARAMETERS, **{name: getattr(PARAMETERS, name) + 1})
        monkeypatch.setattr(finger_identity, "PARAMETERS", changed)
        assert dict(finger_identity.constants()) != before, name


def test_every_constant_of_faces_is_placed() -> None:
    """Each constant either belongs to the recipe, and so to the identity, or to the judgement of images."""
    placed = [*face_identity.RECIPE, *face_identity.JUDGEMENT]
    assert len(placed) == len(set(placed))
    assert set(placed) == set(face_parameters.__all__)
    assert set(face_identity.RECIPE) <= set(face_identity.constants())
