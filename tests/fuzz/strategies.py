"""Hypothesis strategies for what callers send: texts, forms, JSON, cookies, headers, tokens."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.shots import Pairs, Value
from tests.fuzz.text import damaged, hostile
from tests.fuzz.tokens import HEADERS, MEMBERS, forged_token
from tests.fuzz.words import BYTES, PERCENT, WORDS

__all__ = [
    "cookies",
    "documents",
    "foreign_tokens",
    "forged",
    "header_values",
    "mutated",
    "pairs",
    "printable",
    "texts",
    "values",
]

dice = st.randoms(use_true_random=False)
# Any text, lone surrogates and NUL among it; longer than any limit of ours at times.
texts = st.one_of(
    st.text(st.characters(), max_size=60), st.sampled_from(WORDS), st.integers(100, 20_000).map(lambda size: "x" * size)
)
# What a well-behaved client may send and expect back.
printable = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300)
values: st.SearchStrategy[Value] = st.one_of(
    texts, st.sampled_from(PERCENT), st.sampled_from([one for one in BYTES if b"\n" not in one])
)
numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([2**31, 2**53, 2**63, -(2**63) - 1, 10**400]))
_words = st.sampled_from(
    ("essential", "value", "values", "sub", "acr", "name", "auth_time", "id_token", "userinfo", *MEMBERS)
)
documents: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        numbers,
        texts.filter(lambda text: len(text) < 900),
        st.dates().map(str),
        st.datetimes().map(str),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(_words, st.text(max_size=5)), inner, max_size=4)
    ),
    max_leaves=12,
)
header_values = st.one_of(
    st.binary(max_size=60).map(lambda raw: raw.translate(None, b"\r\n")),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass").translate(None, b"\r\n")),
)


@st.composite
def pairs(draw: st.DrawFn, base: Pairs, names: tuple[str, ...]) -> Pairs:
    """A good form with one to three things wrong: changed, missing, repeated, added, in another order."""
    made = list(base)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(made))) if made else 0
        kind = draw(st.sampled_from(("change", "drop", "repeat", "add", "shuffle")))
        if kind == "add" or place == len(made):
            made.insert(place, (draw(st.one_of(st.sampled_from(names), texts)), draw(values)))
        elif kind == "change":
            made[place] = (made[place][0], draw(values))
        elif kind == "drop":
            del made[place]
        elif kind == "repeat":
            made.append((made[place][0], draw(st.one_of(st.just(made[place][1]), values))))
        else:
            made = draw(st.permutations(made))
    return made


@st.composite
def mutated(draw: st.DrawFn, text: str) -> Value:
    """The text with something wrong, or something else in its place."""
    chance = draw(dice)
    return damaged(chance, text) if draw(st.booleans()) else hostile(chance)


@st.composite
def forged(draw: st.DrawFn, token: str, other: str) -> str:
    """A token made of good ones that nobody issued."""
    return forged_token(draw(dice), token, other)


@st.composite
def foreign_tokens(draw: st.DrawFn) -> str:
    """Something of the form of a JWT with any header, any claims, any signature."""
    header = draw(
        st.one_of(
            documents,
            st.fixed_dictionaries(
                {"alg": st.sampled_from(("ES256", "RS256", "none"))}, optional={"kid": documents, "typ": documents}
            ),
        )
    )
    if isinstance(header, dict) and draw(st.booleans()):
        name, value = draw(st.sampled_from(HEADERS))
        header = {**header, name: value}
    claims = draw(documents)
    parts = [
        _segment(header),
        _segment(claims),
        base64.urlsafe_b64encode(draw(st.binary(max_size=70))).rstrip(b"=").decode(),
    ]
    return ".".join(parts[: draw(st.sampled_from((3, 3, 3, 2, 1)))])


@st.composite
def cookies(draw: st.DrawFn, names: tuple[str, ...], known: tuple[str, ...]) -> bytes:
    """A Cookie header: known and strange names, known and strange values, any separators."""
    parts = []
    for _ in range(draw(st.integers(0, 4))):
        name = draw(st.one_of(st.sampled_from(names).map(str.encode), header_values))
        value = draw(st.one_of(st.sampled_from(known).map(str.encode), header_values))
        parts.append(name + draw(st.sampled_from((b"=", b"=", b"==", b"", b' = "'))) + value)
    return draw(st.sampled_from((b"; ", b";", b", ", b"&"))).join(parts)


def _segment(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
