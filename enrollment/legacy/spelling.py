"""How two words of names stand to each other: one name, two spellings of one, what it is called, or another."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from enrollment.register.names import first_letter, jaro_winkler, neighbours_swapped, one_edit

__all__ = ["Relation", "relation_of", "skeleton"]

# Words that come so often in a file, the rarer one beside the other, are two names.
_ESTABLISHED, _SHARE = 3, 0.05
# The second keeps Alhassan and Alusine apart, as twins are called; they are nearly all of one sound.
_LIKE, _LIKE_IN_SOUND = 0.88, 0.79
_SHORTEST_CALL = 3
_SILENT = frozenset("aeiouyjh")
_HARD = str.maketrans({"c": "k", "q": "k", "z": "s", "v": "w"})


class Relation(Enum):
    """How two words stand to each other."""

    SAME = "same"
    CLOSE = "close"
    FAR = "far"
    INITIAL = "initial"
    OTHER = "other"


def skeleton(word: str) -> str:
    """The first letter's sound and the consonants that are heard: what spellings of one name share."""
    rest = "".join(sign for sign in word[1:].translate(_HARD) if sign not in _SILENT)
    return first_letter(word) + rest


def relation_of(left: str, right: str, counts: Mapping[str, int]) -> Relation:
    """How two different words stand to each other in a file in which words come so often; symmetric."""
    if min(len(left), len(right)) == 1:
        return Relation.INITIAL if first_letter(left) == first_letter(right) else Relation.OTHER
    near = one_edit(left, right) or neighbours_swapped(left, right)
    likeness = jaro_winkler(left, right)
    like = near or likeness >= _LIKE
    bones = skeleton(left), skeleton(right)
    if (like or likeness >= _LIKE_IN_SOUND) and min(len(left), len(right)) > 2 and bones[0] == bones[1]:
        return Relation.CLOSE
    fewer, more = sorted((counts[left], counts[right]))
    if fewer >= _ESTABLISHED and fewer >= more * _SHARE:
        return Relation.OTHER
    if near and min(len(left), len(right)) > 2:
        return Relation.CLOSE
    return Relation.FAR if like or _called_shorter(left, right, bones) else Relation.OTHER


def _called_shorter(left: str, right: str, bones: tuple[str, str]) -> bool:
    """True for a name and what it is called: by its beginning (Fatmata, Fatu), or without a vowel (Ibrahim, Brima)."""
    shorter, longer = sorted((left, right), key=len)
    if len(shorter) < _SHORTEST_CALL:
        return False
    few, many = sorted(bones, key=len)
    if len(few) >= _SHORTEST_CALL and many[0] in _SILENT and many[1:] == few:
        return True
    stem = shorter[:-1] if shorter[-1] in _SILENT else shorter
    return len(stem) >= _SHORTEST_CALL and longer.startswith(stem)
