"""Pictures of what an engine saw, written for people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["write_pictures"]


def write_pictures(pictures: Mapping[str, NDArray[np.uint8]], folder: Path) -> list[Path]:
    """Write each picture (uint8, grey or blue, green, red) as NAME.png into `folder`, made if absent; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / f"{name}.png": picture for name, picture in pictures.items()}
    for path, picture in paths.items():
        path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    return list(paths)
