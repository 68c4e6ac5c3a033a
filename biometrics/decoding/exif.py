"""What EXIF (JEITA CP-3451) says about how a picture is to be turned, and about its resolution."""

from __future__ import annotations

from biometrics.decoding.cursor import Unreadable
from biometrics.decoding.ifd import read_directory

__all__ = ["orientation_of", "read_exif"]


def read_exif(block: bytes) -> tuple[int, tuple[float, float] | None]:
    """Orientation and resolution of an EXIF block without its "Exif" mark; (1, None) where it is broken.

    A broken EXIF block is no reason to refuse a picture that can be seen.
    """
    try:
        directory = read_directory(block)
        return directory.orientation, directory.told
    except Unreadable:
        return 1, None


def orientation_of(block: bytes) -> int:
    """The orientation of an EXIF block, 1 to 8."""
    return read_exif(block)[0]
