"""An operator's own list of refused passwords: a text file, one a line, searched where it lies.

Lists of known passwords are hundreds of megabytes long. A small one is read in whatever order it is in; a large one
must be sorted by bytes (`LC_ALL=C sort -u`) and folded (NFKC, lower case), and is then searched by halving, of which
the system holds only the pages that are looked at.
"""

from __future__ import annotations

import mmap
import unicodedata
from collections.abc import Callable
from pathlib import Path

__all__ = ["MAX_UNSORTED", "DenyListError", "deny_list", "folded"]

MAX_UNSORTED = 4_000_000
MAX_LINE = 1024
SAMPLES = 512


class DenyListError(Exception):
    """The file cannot be used; the text says why, in words for an operator."""


def folded(password: str) -> str:
    """A password as lists hold it: NFKC, then case folded."""
    return unicodedata.normalize("NFKC", password).casefold()


def deny_list(file: Path) -> Callable[[str], bool]:
    """What tells of a folded password whether it is listed. Raises `DenyListError`."""
    try:
        if file.stat().st_size <= MAX_UNSORTED:
            return _Small(file.read_text(encoding="utf-8"))
        return _Large(file)
    except OSError:
        message = "the file could not be read"
        raise DenyListError(message) from None
    except UnicodeDecodeError:
        message = "the file must be UTF-8 text, one password a line"
        raise DenyListError(message) from None


class _Small:
    """Held in memory."""

    def __init__(self, text: str) -> None:
        self._entries = frozenset(folded(line) for line in text.split("\n") if line)

    def __call__(self, password: str) -> bool:
        return password in self._entries


class _Large:
    """Searched in the file."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._map = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        self._refuse_disorder()

    def __call__(self, password: str) -> bool:
        wanted = password.encode("utf-8", "surrogatepass")
        if b"\n" in wanted or not wanted:
            return False
        low, high = 0, len(self._map)  # both begin a line; the line is at or behind `low`
        while low < high:
            start = self._line_start((low + high) // 2)
            line, following = self._line(start)
            if line == wanted:
                return True
            low, high = (following, high) if line < wanted else (low, start)
        return False

    def _line_start(self, position: int) -> int:
        return self._map.rfind(b"\n", 0, position) + 1

    def _line(self, start: int) -> tuple[bytes, int]:
        end = self._map.find(b"\n", start)
        end = len(self._map) if end < 0 else end
        return self._map[start:end], end + 1

    def _refuse_disorder(self) -> None:
        """A look at some hundred places: a list that is not sorted would let through what it holds."""
        before = b""
        for sample in range(SAMPLES):
            start = self._line_start(sample * len(self._map) // SAMPLES)
            line, following = self._line(start)
            after = self._line(following)[0] if following < len(self._map) else line
            if len(line) > MAX_LINE:
                message = "a line is longer than 1024 bytes: one password a line is expected"
                raise DenyListError(message)
            if not before <= line <= after:
                message = "a file of more than 4 MB must be sorted by bytes: LC_ALL=C sort -u"
                raise DenyListError(message)
            if line.endswith(b"\r") or line != folded(line.decode("utf-8")).encode():
                message = "a file of more than 4 MB must be folded: NFKC, lower case, plain line ends"
                raise DenyListError(message)
            before = line
