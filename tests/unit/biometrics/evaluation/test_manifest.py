"""Manifests of samples."""

import os
from pathlib import Path

import pytest

from biometrics.evaluation.manifest import ManifestError, impression_order, read_manifest

HEAD = "path,subject_id,impression_id,dataset,attribute,terms\n"


def _write(folder: Path, *rows: str, head: str = HEAD) -> Path:
    (folder / "set").mkdir(exist_ok=True)
    for name in ("a.png", "b.png"):
        (folder / "set" / name).write_bytes(b"x")
    manifest = folder / "manifest.csv"
    manifest.write_text(head + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return manifest


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("../outside.png,s,1,d,,", "leaves the folder"),
        ("set/../../outside.png,s,1,d,,", "leaves the folder"),
        ("/etc/passwd,s,1,d,,", "leaves the folder"),
        ("set\\..\\a.png,s,1,d,,", "leaves the folder"),
        ("set/c.png,s,1,d,,", "no file"),
        ("set,s,1,d,,", "no file"),
        (",s,1,d,,", "must have values"),
        ("set/a.png,,1,d,,", "must have values"),
        ("set/a.png", "must have values"),
        ("loop,s,1,d,,", "cannot be followed"),
        ("loop/a.png,s,1,d,,", "cannot be followed"),
        ("x" * 300 + ",s,1,d,,", "cannot be followed"),
        ("pipe,s,1,d,,", "no file"),
        ("set/a.png,s,1,\x1b]0;d\x07,,", "control characters"),
        ("set/a.png,s,1,d,\x9b2J,", "control characters"),
        ("set/a.png,s," + "1" * 5000 + ",d,,", "too long"),
    ],
)
def test_unusable_rows_are_refused(tmp_path: Path, row: str, said: str) -> None:
    """A path that is missing, absolute, no file, or leaves the folder ends the reading, and the line is named."""
    (tmp_path / "outside.png").write_bytes(b"x")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    with pytest.raises(ManifestError, match=rf"^line 3: .*{said}"):
        read_manifest(_write(folder, "set/b.png,s,2,d,,", row))


def test_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A symbolic link does not lead out of the manifest's folder."""
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"x")
    folder = tmp_path / "data"
    folder.mkdir()
    manifest = _write(folder, "set/link.png,s,1,d,,")
    (folder / "set" / "link.png").symlink_to(outside)
    with pytest.raises(ManifestError, match="leaves the folder"):
        read_manifest(manifest)


def test_tables_of_office_programs_get_a_hint(tmp_path: Path) -> None:
    """Semicolons for commas, and UTF-16 for UTF-8, are told as what they are."""
    manifest = _write(tmp_path, "set/a.png;s;1;d;;", head=HEAD.replace(",", ";"))
    with pytest.raises(ManifestError, match="commas, not by semicolons"):
        read_manifest(manifest)
    manifest.write_text(HEAD + "set/a.png,s,1,d,,\n", encoding="utf-16")
    with pytest.raises(ManifestError, match="not UTF-8"):
        read_manifest(manifest)


def test_repeated_path_is_refused(tmp_path: Path) -> None:
    """A sample listed twice would be compared with itself."""
    with pytest.raises(ManifestError, match="listed twice"):
        read_manifest(_write(tmp_path, "set/a.png,s,1,d,,", "set/./a.png,s,2,d,,"))


def test_missing_column_is_named(tmp_path: Path) -> None:
    """The missing columns are said."""
    with pytest.raises(ManifestError, match="no column impression_id, attribute"):
        read_manifest(_write(tmp_path, "set/a.png,s,d", head="path,subject_id,dataset\n"))


def test_unknown_dataset_lists_the_known(tmp_path: Path) -> None:
    """Asking for a data set that is not there says which are."""
    with pytest.raises(ManifestError, match="datasets of the manifest: d, e"):
        read_manifest(_write(tmp_path, "set/a.png,s,1,e,,", "set/b.png,s,2,d,,"), ["f"])


def test_binary_file_is_no_manifest(tmp_path: Path) -> None:
    """A file that is no text is refused as a manifest, and so is one that is not there."""
    (tmp_path / "manifest.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("manifest.csv", "absent.csv"):
        with pytest.raises(ManifestError, match="cannot be read"):
            read_manifest(tmp_path / name)


def test_pipe_is_no_manifest(tmp_path: Path) -> None:
    """What may never end is not read."""
    os.mkfifo(tmp_path / "manifest.csv")
    for place in (tmp_path / "manifest.csv", Path("/dev/zero")):
        with pytest.raises(ManifestError, match="no file"):
            read_manifest(place)


def test_rows_of_the_asked_dataset_are_read(tmp_path: Path) -> None:
    """Rows of other data sets are left out, unread; values arrive as they stand, further columns are ignored."""
    manifest = _write(tmp_path, "set/a.png,s,07,d,female,free", "../x.png,s,1,e,,")
    (entry,) = read_manifest(manifest, ["d"])
    assert entry.path == tmp_path / "set" / "a.png"
    assert (entry.subject, entry.impression, entry.dataset, entry.attribute) == ("s", "07", "d", "female")


def test_impressions_are_ordered_by_number(tmp_path: Path) -> None:
    """Impression 10 comes after 9, whatever stands before the number; text is ordered, too."""
    rows = ["set/a.png,s,t10,d,,", "set/b.png,s,t9,d,,"]
    entries = read_manifest(_write(tmp_path, *rows))
    assert [entry.impression for entry in sorted(entries, key=impression_order)] == ["t9", "t10"]
