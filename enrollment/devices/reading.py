"""JSON of devices, read strictly: bounded, no name twice, no unknown name, each value of its kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from enrollment.errors import Code, Refusal

__all__ = ["MalformedError", "Members", "judged", "listed", "loaded", "moment", "written"]

T = TypeVar("T")
_TEXT: Final = 256
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_SCORE: Final = re.compile(r"(100(\.0+)?|\d{1,2}(\.\d+)?)", re.ASCII)


class MalformedError(ValueError):
    """What was read is not what the interface says. `about` names the member, `too_large` that it was not even read."""

    def __init__(self, about: str, *, too_large: bool = False) -> None:
        super().__init__(about)
        self.about = about
        self.too_large = too_large


def judged(read: Callable[[], T]) -> T | Refusal:
    """What `read` reads; `BIO_TOOLARGE` or `ENR_SCHEMA`, with the name of the member, where it is malformed."""
    try:
        return read()
    except MalformedError as error:
        return Refusal(Code.BIO_TOOLARGE if error.too_large else Code.ENR_SCHEMA, error.about)


def loaded(content: bytes, limit: int, about: str) -> Any:
    """The value of a JSON text of at most `limit` bytes in UTF-8.

    Raises `MalformedError` for a longer one, for one that is no JSON and for a member
    that stands twice.
    """
    if len(content) > limit:
        raise MalformedError(about, too_large=True)
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise MalformedError(about) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def listed(value: Any, about: str, *, most: int) -> list[Any]:
    """The value as a list of one to `most` entries."""
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise MalformedError(about)
    return value


def moment(text: str, about: str) -> datetime:
    """A moment with its offset (RFC 3339 section 5.6) in UTC."""
    if _MOMENT.fullmatch(text) is None:
        raise MalformedError(about)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedError(about) from error


def written(at: datetime) -> str:
    """A moment as the interface writes it, whole seconds in UTC: `YYYY-MM-DDTHH:MM:SSZ`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Members:
    """The members of a JSON object, each asked for once; `end` refuses what nobody asked for."""

    def __init__(self, value: Any, about: str) -> None:
        if not isinstance(value, dict):
            raise MalformedError(about)
        self._left: dict[str, Any] = dict(value)
        self._about = about

    def text(self, name: str, *, longest: int = _TEXT) -> str:
        """A text of one to `longest` characters without control characters."""
        value = self._left.pop(name, None)
        if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
            raise MalformedError(name)
        return value

    def optional(self, name: str, *, longest: int = _TEXT) -> str:
        """The same, or the empty text where the member is absent, null or empty."""
        if self._left.get(name) in (None, ""):
            self._left.pop(name, None)
            return ""
        return self.text(name, longest=longest)

    def word(self, name: str, among: Iterable[str]) -> str:
        """One of the words."""
        value = self.text(name)
        if value not in frozenset(among):
            raise MalformedError(name)
        return value

    def words(self, name: str, among: Iterable[str], *, most: int = 16) -> tuple[str, ...]:
        """A list of these words, each once; absent and null are the empty list."""
        value = self._left.pop(name, None)
        if value is None:
            return ()
        known = frozenset(among)
        if not isinstance(value, list) or len(value) > most:
            raise MalformedError(name)
        if any(not isinstance(entry, str) or entry not in known for entry in value) or len(set(value)) != len(value):
            raise MalformedError(name)
        return tuple(value)

    def number(self, name: str, *, highest: int) -> int:
        """A whole number of 0 to `highest`, which the interface writes as text."""
        value = self.text(name, longest=9)
        if not value.isascii() or not value.isdecimal() or int(value) > highest:
            raise MalformedError(name)
        return int(value)

    def score(self, name: str) -> float:
        """A score of 0 to 100, which the interface writes as text."""
        value = self.text(name, longest=16)
        if _SCORE.fullmatch(value) is None:
            raise MalformedError(name)
        return float(value)

    def moment(self, name: str) -> datetime:
        """A moment, in UTC."""
        return moment(self.text(name, longest=40), name)

    def value(self, name: str) -> Any:
        """Whatever stands there, for a reader of its own; None where nothing does."""
        return self._left.pop(name, None)

    def end(self) -> None:
        """Raises `MalformedError` when a member is left that the interface does not know."""
        if self._left:
            raise MalformedError(self._about)
