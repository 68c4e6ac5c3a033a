"""How dates and numbers look in a language; also in one of which Babel has none of its own."""

from __future__ import annotations

from types import MappingProxyType

from babel import Locale

__all__ = ["DRAFTS", "OWN_NAMES", "locale_of"]

# Krio is written beside the English of Sierra Leone, with its dates and numbers.
_BORROWED = MappingProxyType({"kri": ("en", "SL")})
OWN_NAMES = MappingProxyType({"kri": "Krio"})
"""What languages call themselves that Babel has no name of."""

DRAFTS = frozenset({"kri"})
"""Languages whose texts nobody has reviewed yet: pages say so."""


class _Borrowing(Locale):
    """A locale with a name of its own, under which its catalogue is found, and the formats of another one."""

    def __init__(self, tag: str, language: str, territory: str) -> None:
        self._tag: str | None = None
        super().__init__(language, territory)
        # Babel loads the formats by the name, on first use, and then keeps them.
        self.number_symbols  # noqa: B018 - loads them, while the name is still the lender's
        self._tag = tag

    def __str__(self) -> str:
        return self._tag or super().__str__()


def locale_of(tag: str) -> Locale:
    """The locale of a language tag. Raises `babel.UnknownLocaleError` for one that nobody knows."""
    if tag in _BORROWED:
        return _Borrowing(tag, *_BORROWED[tag])
    return Locale.parse(tag, sep="-")
