from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.identification.manifest import LAYOUT
from biometrics.identification.rotation import Rotation, derive_rotation
from biometrics.identification.rows import Plane, planes
from biometrics.identification.view import GalleryView, open_view
from biometrics.identification.writer import GalleryWriter, create_gallery, open_writer

Units = Callable[[int, int], NDArray[np.float64]]


@pytest.fixture
def folder(tmp_path: Path, writer: GalleryWriter, units: Units) -> Path:
    """A gallery of twenty rows in two shards, closed."""
    assert writer.add(list(range(20)), units(20, 1)) is None
    writer.close()
    return tmp_path / "gallery"


def reason(result: object) -> Reason | None:
    """Why it was refused, or None."""
    return result.reason if isinstance(result, Refused) else None


def test_no_gallery(tmp_path: Path, rotation: Rotation) -> None:
    """An empty or missing folder is not an empty gallery."""
    assert reason(open_view(tmp_path, engine="face-1", rotation=rotation)) is Reason.GALLERY_MISSING
    assert reason(open_writer(tmp_path / "none", engine="face-1", rotation=rotation)) is Reason.GALLERY_MISSING


def test_another_engine(folder: Path, rotation: Rotation) -> None:
    """Rows of one engine are never compared with probes of another."""
    assert reason(open_view(folder, engine="face-2", rotation=rotation)) is Reason.TEMPLATE_ENGINE


@pytest.mark.parametrize(("epoch", "key", "dimension"), [(2, 0, 8), (1, 1, 8), (1, 0, 9)])
def test_another_rotation(folder: Path, epoch: int, key: int, dimension: int) -> None:
    """Another epoch, key or dimension is refused, rather than scored as noise."""
    secret = [b"first key of the tests, 32 bytes", bytes(32)][key]
    other = derive_rotation(secret, epoch, dimension)
    assert reason(open_view(folder, engine="face-1", rotation=other)) is Reason.GALLERY_ROTATION


@pytest.mark.parametrize("layout", [1, 99])
def test_another_layout(folder: Path, rotation: Rotation, layout: int) -> None:
    """An earlier or later layout is named as such."""
    outer = json.loads((folder / "MANIFEST").read_bytes())
    (folder / "MANIFEST").write_text(json.dumps(outer | {"layout": layout}))
    assert reason(open_view(folder, engine="face-1", rotation=rotation)) is Reason.GALLERY_VERSION


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1]", b"\xff\xfe", b'{"layout": 2}', b'{"layout": 2, "body": {}, "digest": ""}', b"[" * 9999],
)
def test_nonsense_commit_record(folder: Path, rotation: Rotation, content: bytes) -> None:
    """Whatever stands there in its place is refused, not raised."""
    (folder / "MANIFEST").write_bytes(content)
    assert reason(open_view(folder, engine="face-1", rotation=rotation)) is Reason.GALLERY_MALFORMED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("capacity", 0),
        ("capacity", 1 << 32),
        ("dimension", -8),
        ("epoch", "1"),
        ("generation", 10**30),
        ("surplus", 1),
        ("shards", [{"count": float("inf"), "checksums": [0] * 7}]),
        ("removed", {"count": -1, "checksums": [0]}),
        ("removed", {"count": 10**12, "checksums": [0]}),
    ],
)
def test_impossible_commit_record(folder: Path, rotation: Rotation, name: str, value: object) -> None:
    """A commit record with a right digest and wrong numbers is refused."""
    rewrite_manifest(folder, {name: value})
    assert reason(open_view(folder, engine="face-1", rotation=rotation)) is Reason.GALLERY_MALFORMED


@pytest.mark.parametrize("numbers", [[-1], [3, 3], [20], [31], [32], [1 << 62], [0] * 30])
def test_removed_rows_that_are_none(folder: Path, rotation: Rotation, numbers: list[int]) -> None:
    """Numbers of rows that there are not, or one twice, are refused even if the checksum agrees."""
    content = np.array(numbers, "<i8").tobytes()
    (folder / "removed-00000000").write_bytes(content)
    rewrite_manifest(folder, {"removed": {"count": len(numbers), "checksums": [crc32(content)]}})
    assert reason(open_view(folder, engine="face-1", rotation=rotation)) is Reason.GALLERY_MALFORMED


def test_folder_in_the_place_of_the_commit_record(folder: Path, rotation: Rotation) -> None:
    """Whatever stands there, it is refused."""
    (folder / "MANIFEST").unlink()
    (folder / "MANIFEST").mkdir()
    assert reason(open_view(folder, engine="face-1", rotation=rotation)) is Reason.GALLERY_MALFORMED


@pytest.mark.parametrize("size", [0, 100, 4096, -1, 1])
def test_truncated_or_longer_shard(folder: Path, rotation: Rotation, size: int) -> None:
    """A shard of any other length than its own is refused before it is mapped."""
    path = folder / "rows-00000000-000001"
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0" if size == 1 else whole[:size])
    assert reason(open_view(folder, engine="face-1", rotation=rotation, check=False)) is Reason.GALLERY_MALFORMED


def test_missing_shard(folder: Path, rotation: Rotation) -> None:
    """A file that is gone without a rewrite is damage."""
    (folder / "rows-00000000-000001").unlink()
    assert reason(open_view(folder, engine="face-1", rotation=rotation)) is Reason.GALLERY_MALFORMED


def test_shard_in_the_place_of_another(folder: Path, rotation: Rotation) -> None:
    """The header says which shard a file is."""
    (folder / "rows-00000000-000001").write_bytes((folder / "rows-00000000-000000").read_bytes())
    assert reason(open_view(folder, engine="face-1", rotation=rotation, check=False)) is Reason.GALLERY_MALFORMED


@pytest.mark.parametrize("plane", [plane.name for plane in planes(8)])
def test_flipped_bit(folder: Path, rotation: Rotation, plane: str) -> None:
    """One changed bit of any plane is found."""
    offset = offset_of(plane)[0]
    content = bytearray((folder / "rows-00000000-000000").read_bytes())
    content[offset + 3] ^= 1
    (folder / "rows-00000000-000000").write_bytes(content)
    assert reason(open_view(folder, engine="face-1", rotation=rotation)) is Reason.GALLERY_MALFORMED


@pytest.mark.parametrize(("plane", "value"), [("whole", np.nan), ("whole", np.inf), ("whole", 7.0), ("miss", np.nan)])
def test_numbers_with_right_checksums(folder: Path, rotation: Rotation, plane: str, value: float) -> None:
    """NaN, infinity and vectors of another length are refused even if the checksum agrees."""
    offset, found = offset_of(plane)
    path = folder / "rows-00000000-000000"
    content = bytearray(path.read_bytes())
    content[offset : offset + 4] = np.float32(value).tobytes()
    path.write_bytes(content)
    body = json.loads((folder / "MANIFEST").read_bytes())["body"]
    names = [plane.name for plane in planes(8)]
    body["shards"][0]["checksums"][names.index(plane)] = crc32(content[offset : offset + 16 * found.row_bytes])
    rewrite_manifest(folder, body)
    assert reason(open_view(folder, engine="face-1", rotation=rotation)) is Reason.GALLERY_MALFORMED


def test_list_of_removed_rows_cut_short(folder: Path, rotation: Rotation) -> None:
    """A removed person must not come back because a file lost its end."""
    writer = open_writer(folder, engine="face-1", rotation=rotation)
    assert isinstance(writer, GalleryWriter)
    with writer:
        assert writer.remove([3]) == 1
    (folder / "removed-00000000").write_bytes(b"")
    assert reason(open_view(folder, engine="face-1", rotation=rotation, check=False)) is Reason.GALLERY_MALFORMED


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        (np.full((1, 8), np.nan), Reason.TEMPLATE_NUMBERS),
        (np.full((1, 8), np.inf), Reason.TEMPLATE_NUMBERS),
        (np.zeros((1, 8)), Reason.TEMPLATE_NUMBERS),
        (np.ones((1, 8)), Reason.TEMPLATE_NUMBERS),
        (np.eye(9)[:1], Reason.TEMPLATE_MALFORMED),
        (np.eye(8)[0], Reason.TEMPLATE_MALFORMED),
    ],
)
def test_bad_vectors_are_not_added(writer: GalleryWriter, vectors: NDArray[np.float64], expected: Reason) -> None:
    """Refused vectors leave the gallery as it was."""
    assert reason(writer.add([1], vectors)) is expected
    assert len(writer.view()) == 0


@pytest.mark.parametrize("ids", [[], [1, 2], [-1], [1 << 128]])
def test_bad_ids_are_a_bug(writer: GalleryWriter, units: Units, ids: list[int]) -> None:
    """One id a vector, at most 128 bits."""
    with pytest.raises(ValueError, match="id"):
        writer.add(ids, units(1, 1))


def test_one_writer(folder: Path, rotation: Rotation) -> None:
    """A second writer is refused until the first is closed."""
    first = open_writer(folder, engine="face-1", rotation=rotation)
    assert isinstance(first, GalleryWriter)
    assert reason(open_writer(folder, engine="face-1", rotation=rotation)) is Reason.GALLERY_BUSY
    first.close()
    second = open_writer(folder, engine="face-1", rotation=rotation)
    assert isinstance(second, GalleryWriter)
    second.close()


def test_existing_gallery_is_not_overwritten(folder: Path, rotation: Rotation) -> None:
    """Creating twice refuses and keeps the rows."""
    assert reason(create_gallery(folder, engine="face-1", rotation=rotation)) is Reason.GALLERY_EXISTS
    view = open_view(folder, engine="face-1", rotation=rotation)
    assert isinstance(view, GalleryView)
    assert len(view) == 20


def test_unturned_vectors_are_in_no_file(folder: Path, units: Units) -> None:
    """No four bytes of an original number appear in any file."""
    originals = units(20, 1).astype(np.float32)
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert not any(number.tobytes() in content for number in originals.ravel())


def test_files_are_for_their_owner_alone(folder: Path) -> None:
    """Neither group nor others can read rows."""
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir() if path.name.startswith(("rows", "rem")))


def offset_of(name: str) -> tuple[int, Plane]:
    """Where a plane of the small test shards begins: each fits one page."""
    for number, plane in enumerate(planes(8)):
        if plane.name == name:
            return 4096 * (number + 1), plane
    raise AssertionError(name)


def rewrite_manifest(folder: Path, changes: dict[str, object]) -> None:
    """Change the body of the commit record and give it its right digest."""
    body = json.loads((folder / "MANIFEST").read_bytes())["body"] | changes
    digest = sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    (folder / "MANIFEST").write_text(json.dumps({"layout": LAYOUT, "body": body, "digest": digest}))
