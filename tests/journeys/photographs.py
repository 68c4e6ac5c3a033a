"""Photographs from a folder of faces, as a centre would take them: large enough, and found good by the engine.

The folder has a `manifest.csv` with the columns path, subject_id and impression_id. Nothing of it is kept: the commands
write what they use to a temporary folder that they remove.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import cv2

from enrollment.capture import ChildExaminer, Position
from enrollment.capture.findings import Seen
from enrollment.capture.policy import CapturePolicy

__all__ = ["chosen", "faces_of", "written"]

_HEIGHT = 750


def faces_of(parser: argparse.ArgumentParser) -> Path:
    """The folder behind `--faces`; ends the program, saying so, where there is none."""
    parser.add_argument("--faces", type=Path, required=True, help="a folder with manifest.csv and the faces it names")
    folder: Path = parser.parse_args().faces
    if not (folder / "manifest.csv").is_file():
        sys.exit(f"no faces: {folder} has no manifest.csv, so this was not run")
    return folder


def chosen(folder: Path, people: int, shots: int) -> Iterator[list[bytes]]:
    """`people` times `shots` photographs of one person each, which the engine would accept at enrolment.

    Ends the program where the folder has too few.
    """
    least, found = CapturePolicy().least_quality(Position.FACE), 0
    with closing(ChildExaminer()) as examiner:
        for paths in _subjects(folder):
            fit: list[bytes] = []
            for path in paths:
                picture = _enlarged(path)
                seen = examiner.face(picture)
                if isinstance(seen, Seen) and seen.sound and seen.quality >= least:
                    fit.append(picture)
                if len(fit) == shots:
                    break
            if len(fit) == shots:
                found += 1
                yield fit
            if found == people:
                return
    sys.exit(f"too few faces: {found} people of {people} in {folder} have {shots} photographs that are good enough")


@contextmanager
def written(photographs: dict[str, bytes]) -> Iterator[Path]:
    """A folder with these photographs, by `<person>-<shot>`, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="wangov-portraits-") as name:
        folder = Path(name)
        for place, content in photographs.items():
            (folder / f"{place}.png").write_bytes(content)
        yield folder


def _subjects(folder: Path) -> Iterator[list[Path]]:
    """Everybody's photographs, in the order of their impressions."""
    held: dict[str, list[tuple[str, Path]]] = {}
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            held.setdefault(row["subject_id"], []).append((row["impression_id"], folder / row["path"]))
    for shots in held.values():
        yield [path for _, path in sorted(shots)]


def _enlarged(path: Path) -> bytes:
    """As a camera of today would have taken it: `_HEIGHT` dots high, both sides even."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        sys.exit(f"no picture: {path}")
    height, width = picture.shape[:2]
    size = (round(_HEIGHT * width / height / 2) * 2, _HEIGHT)
    done, coded = cv2.imencode(".png", cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC))
    if not done:
        sys.exit(f"no picture: {path}")
    return coded.tobytes()
