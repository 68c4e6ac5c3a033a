"""A camera that sees one picture, as the file that Chromium plays for a camera."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

__all__ = ["film", "flags"]


def film(path: Path, picture: bytes) -> Path:
    """The picture (of even width and height) as a film of YUV4MPEG2, two frames long, which is played in a circle."""
    frame = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert frame is not None
    height, width = frame.shape[:2]
    planes = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420), np.uint8).tobytes()
    head = f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + (b"FRAME\n" + planes) * 2)
    return path


def flags(path: Path) -> tuple[str, ...]:
    """What makes Chromium take the film for a camera, and the person agree to its use."""
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    )
