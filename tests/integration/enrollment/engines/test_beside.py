"""Engines of other installations, each in its own process and environment."""

from pathlib import Path

from biometrics.synthetic.collection import images, master
from biometrics.synthetic.files import encode_png
from config.gallery import GallerySettings
from enrollment.capture import ChildExaminer, Position
from enrollment.errors import Code, Refusal
from tests.factories.engines import installed


def test_setting_names_engines_and_where_they_are() -> None:
    """Names may hold an equals sign; what is no pair, or no whole path, is left out."""
    given = GallerySettings(engines_beside="finger-1+ab=/srv/old, face=1=/srv/new,nothing,=/srv/x,here=var")
    assert given.engine_folders == {"finger-1+ab": Path("/srv/old"), "face=1": Path("/srv/new")}
    assert GallerySettings(engines_beside="").engine_folders == {}


def test_engine_of_another_folder_is_asked_there(tmp_path: Path) -> None:
    """The program of that folder by its own interpreter; where there is none, the question is refused."""
    root = installed(tmp_path / "other")
    [drawn] = images(master(7, 1), 7, 1, range(1))
    other = ChildExaminer(root=root)
    try:
        made = other.templates(Position.RIGHT_INDEX, encode_png(drawn), 60)
        assert not isinstance(made, Refusal), made
        assert {one.kind for one in made} == {"finger-template", "minutiae"}
    finally:
        other.close()
    gone = ChildExaminer(root=tmp_path / "nowhere")
    assert gone.templates(Position.RIGHT_INDEX, b"x", 60) == Refusal(Code.BIO_ENGINE, "lost")
