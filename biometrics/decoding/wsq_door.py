"""The one door to the `wsq` package, of which only the compiled decoder is used.

Its decoder trusts what it reads, so it gets only what `wsq` has followed through, and runs in the bounded child only.
"""

from __future__ import annotations

import _wsq  # type: ignore[import-not-found]  # a compiled module without types
import numpy as np
from numpy.typing import NDArray

from biometrics.decoding.cursor import Unreadable
from biometrics.errors import Reason

__all__ = ["decompress"]


def decompress(data: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """The grey pixels, shape (height, width), of a WSQ picture whose header was read.

    Raises:
        Unreadable: the decoder gave up, or found another size.
    """
    try:
        pixels, found_width, found_height, _ = _wsq.decompress(data)
    except MemoryError:
        raise
    except Exception as problem:
        raise Unreadable(Reason.SAMPLE_MALFORMED, f"the WSQ decoder gave up: {type(problem).__name__}") from problem
    if (found_width, found_height) != (width, height) or len(pixels) != width * height:
        raise Unreadable(Reason.SAMPLE_MALFORMED, "the WSQ decoder disagrees with the header")
    return np.frombuffer(pixels, np.uint8).reshape(height, width)
