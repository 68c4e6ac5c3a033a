"""Districts as they were written down, found among those of the country: the name itself, or what it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from enrollment.centres import Division
from enrollment.register.names import jaro_winkler, neighbours_swapped, one_edit
from idp.subscribers.folding import fold_name

__all__ = ["Districts", "Placed"]

LIKE = 0.90
SHORTEST = 3
MAX_TEXT = 100
_BREAKS = re.compile(r"[\s\-_.,'/()]+")
_WORD = " district"
# What is written around a name and is not of it, however it is spelt.
_AROUND = re.compile(r"(?:\b|^)(?:d(?:is)?tr?ict?s?|dist[a-z]{0,6}|dst|of|the|town|city)(?:\b|$)")


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
        bare = " ".join(_AROUND.sub(" ", plain).split())
        return self._near(bare if len(bare) > 1 else plain)

    def _near(self, plain: str) -> Placed | None:
        """The one that is written otherwise; the stricter reading decides where a looser one finds several."""
        everything = (*self._own.items(), *self._others.items())
        for names, like in (
            (everything, _like),
            (self._own.items(), lambda left, right: _slip(_squeezed(left), _squeezed(right))),
            (self._own.items(), lambda left, right: _shortened(left.split(), right.split())),
        ):
            near = {one.code: one for text, one in names if plain == text or like(plain, text)}
            if len(near) == 1:
                [one] = near.values()
                return Placed(one.code, one.name, sure=False)
        return None


def _slip(left: str, right: str) -> bool:
    """True for one letter too many, too few or another, or two that changed places."""
    if max(len(left), len(right)) < SHORTEST:
        return left == right
    return one_edit(left, right) or neighbours_swapped(left, right)


def _shortened(written: Sequence[str], name: Sequence[str]) -> bool:
    """True where words of a name were cut short (W. Area Urban) or only their first letters written (WA Urban)."""
    if not written or not name:
        return not written and not name
    if name[0].startswith(written[0]) and _shortened(written[1:], name[1:]):
        return True
    initials = "".join(word[0] for word in name[: len(written[0])])
    return len(initials) > 1 and written[0] == initials and _shortened(written[1:], name[len(initials) :])


def _like(left: str, right: str) -> bool:
    one, other = _squeezed(left), _squeezed(right)
    return _slip(one, other) or (min(len(one), len(other)) > SHORTEST and jaro_winkler(one, other) >= LIKE)


def _plain(text: str) -> str:
    plain = " ".join(_BREAKS.sub(" ", fold_name(text)).split())
    return plain.removesuffix(_WORD) if plain != _WORD.strip() else plain


def _squeezed(plain: str) -> str:
    return plain.replace(" ", "")
