"""Districts as they were written down, found among those of the country: the name itself, or what it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from enrollment.centres import Division
from enrollment.register.names import jaro_winkler, one_edit
from idp.subscribers.folding import fold_name

__all__ = ["Districts", "Placed"]

LIKE = 0.90
SHORTEST = 3
MAX_TEXT = 100
_BREAKS = re.compile(r"[\s\-_.,'/]+")
_WORD = " district"


@dataclass(frozen=True, slots=True)
class Placed:
    """A district: its code and name. `sure` is false where another name than its own was written."""

    code: str
    name: str
    sure: bool


class Districts:
    """Finds districts; remembers what it found, as a register says the same few names over and over."""

    def __init__(self, divisions: Iterable[Division]) -> None:
        self._divisions = tuple(divisions)
        self._own = {_plain(one.name): one for one in self._divisions}
        self._others = {_plain(alias): one for one in self._divisions for alias in one.aliases}
        self._others |= {_squeezed(text): one for text, one in (*self._own.items(), *self._others.items())}
        self._found: dict[str, Placed | None] = {}

    def find(self, written: str) -> Placed | None:
        """The district; None where none, or more than one, is like what was written."""
        if written not in self._found:
            self._found[written] = self._look(_plain(written[:MAX_TEXT]))
        return self._found[written]

    def _look(self, plain: str) -> Placed | None:
        own = self._own.get(plain)
        if own is not None:
            return Placed(own.code, own.name, sure=True)
        other = self._others.get(plain) or self._others.get(_squeezed(plain))
        if other is not None:
            return Placed(other.code, other.name, sure=False)
        if len(plain) < SHORTEST:
            return None
        near = {one.code: one for text, one in (*self._own.items(), *self._others.items()) if _like(plain, text)}
        if len(near) != 1:
            near = {one.code: one for text, one in self._own.items() if one_edit(_squeezed(plain), _squeezed(text))}
        if len(near) != 1:
            return None
        [one] = near.values()
        return Placed(one.code, one.name, sure=False)


def _like(left: str, right: str) -> bool:
    one, other = _squeezed(left), _squeezed(right)
    return one_edit(one, other) or (min(len(one), len(other)) > SHORTEST and jaro_winkler(one, other) >= LIKE)


def _plain(text: str) -> str:
    plain = " ".join(_BREAKS.sub(" ", fold_name(text)).split())
    return plain.removesuffix(_WORD) if plain != _WORD.strip() else plain


def _squeezed(plain: str) -> str:
    return plain.replace(" ", "")
