"""Synthetic fingers on disk: PNG files that say what they are, and a manifest like those of real collections."""

from __future__ import annotations

import csv
import hashlib
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.synthetic.collection import images, master

__all__ = ["DATASET", "encode_png", "write_collection"]

DATASET = "synthetic"
COLUMNS = ("path", "subject_id", "impression_id", "dataset", "source_repo", "terms", "attribute", "sha256_16")
TERMS = "made by a program; shows nobody; not to be counted together with real prints"
# Length of the signature and the header chunk, behind which further chunks may stand (ISO/IEC 15948 5.6).
PNG_HEAD = 33
PER_METRE = round(500 / 0.0254)


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """`image` as PNG, with its resolution of 500 ppi and the words dataset=synthetic inside."""
    _, encoded = cv2.imencode(".png", image)
    data = encoded.tobytes()
    physical = _chunk(b"pHYs", struct.pack(">IIB", PER_METRE, PER_METRE, 1))
    return data[:PNG_HEAD] + physical + _chunk(b"tEXt", b"dataset\0" + DATASET.encode()) + data[PNG_HEAD:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def write_collection(folder: Path, seed: int, fingers: int, impressions: int) -> Path:
    """Write `impressions` images of each of `fingers` fingers, and the manifest, whose path is returned.

    The attribute of an image is the class of its pattern. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.csv"
    with manifest.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for finger in range(fingers):
            drawn = master(seed, finger)
            subject = f"{DATASET}-{seed}-{finger + 1:05d}"
            for number, image in enumerate(images(drawn, seed, finger, range(impressions)), start=1):
                data = encode_png(image)
                name = f"{subject}_{number}.png"
                (folder / name).write_bytes(data)
                digest = hashlib.sha256(data).hexdigest()[:16]
                rows.writerow((name, subject, number, DATASET, "", TERMS, str(drawn.flow.pattern), digest))
    return manifest
