"""Numbers of applications: fourteen symbols that a station can make without asking anybody (design section 4).

Device 4, counter 6, random 3, check 1, of 31 symbols that cannot be taken for each other. The sum of the symbols'
values, each times its place, is 0 modulo 31; places differ and 31 is prime, so that no single wrong symbol and no two
symbols that changed places go unseen.
"""

from __future__ import annotations

import unicodedata
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from enrollment.cases.models import DeviceRow
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["ALPHABET", "Aids", "aid_of", "check_symbol", "grouped", "is_aid"]

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 14
MAX_TYPED = 60
MAX_DEVICE = 31**4
MAX_COUNTER = 31**6
# Applications begun at no station share these stand-ins, so that few of them wait for the same counter.
STRIPES = 64
_BASE = len(ALPHABET)
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}


def check_symbol(first: str) -> str:
    """The fourteenth symbol for thirteen others."""
    total = sum(place * _VALUES[symbol] for place, symbol in enumerate(first, start=1))
    return ALPHABET[-total * pow(LENGTH, -1, _BASE) % _BASE]


def is_aid(text: str) -> bool:
    """True for fourteen symbols whose check is right; says nothing of whether there is such an application."""
    known = len(text) == LENGTH and all(symbol in _VALUES for symbol in text)
    return known and check_symbol(text[:-1]) == text[-1]


def aid_of(typed: str) -> str | None:
    """The number as typed or read aloud, in any case and grouping; None when it cannot be one."""
    if len(typed) > MAX_TYPED:
        return None
    plain = unicodedata.normalize("NFKC", typed).upper()
    kept = "".join(symbol for symbol in plain if symbol.isalnum())
    return kept if is_aid(kept) else None


def grouped(aid: str) -> str:
    """As it is shown and printed: `XXXX-XXXXXX-XXXX`."""
    return f"{aid[:4]}-{aid[4:10]}-{aid[10:]}"


class Aids:
    """Makes numbers, in the caller's transaction. A station's counter only grows, and is given back by a rollback."""

    def __init__(self, session: Session, entropy: Entropy) -> None:
        self._session = session
        self._entropy = entropy

    def new(self, station_id: UUID | None) -> str:
        """A number that no application has. Waits for another transaction that makes one at the same station.

        Raises OverflowError after 923 521 stations, or 887 503 681 applications at one of them.
        """
        [made] = self.several(station_id, 1)
        return made

    def several(self, station_id: UUID | None, many: int) -> list[str]:
        """So many of them at once, in rising order; as `new`."""
        device, last = self._next(station_id or UUID(int=self._entropy.bytes(1)[0] % STRIPES), many)
        if device >= MAX_DEVICE or last >= MAX_COUNTER:
            raise OverflowError("no number is left")
        return [self._made(device, counter) for counter in range(last - many + 1, last + 1)]

    def _made(self, device: int, counter: int) -> str:
        tail = "".join(ALPHABET[value % _BASE] for value in self._entropy.bytes(3))
        first = _written(device, 4) + _written(counter, 6) + tail
        return first + check_symbol(first)

    def _next(self, station_id: UUID, many: int) -> tuple[int, int]:
        count = (
            update(DeviceRow)
            .where(DeviceRow.station_id == station_id)
            .values(counter=DeviceRow.counter + many)
            .returning(DeviceRow.number, DeviceRow.counter)
        )
        counted = self._session.execute(count).one_or_none()
        if counted is None:
            # Only here, as an insertion that finds the row there uses up a device number all the same.
            self._session.execute(
                insert(DeviceRow).values(station_id=station_id, counter=0, packets=0).on_conflict_do_nothing()
            )
            counted = self._session.execute(count).one()
        return counted.number, counted.counter


def _written(number: int, length: int) -> str:
    symbols = ""
    for _ in range(length):
        number, rest = divmod(number, _BASE)
        symbols = ALPHABET[rest] + symbols
    return symbols
