"""What somebody looks for, as one value: typed words, how much of a birth date is known, and where."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from enrollment.errors import Code, Refusal
from enrollment.register import Birth, Sex
from enrollment.register.facts import birth_of
from enrollment.register.names import words_of

__all__ = ["AROUND", "FoundFor", "Wanted", "wanted_of"]

MAX_TYPED = 100
AROUND = (0, 1, 3)
"""How many years a birth may lie from the typed one."""


class FoundFor(StrEnum):
    """Why somebody is looked for; the person can read it afterwards."""

    FORGOTTEN = "forgotten"
    CHANGE = "change"
    RECOVERY = "recovery"
    COMPLAINT = "complaint"
    COURT = "court"


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """A search. `words` are folded; `birth` has a day only where one was typed; `sex` None asks for everybody.

    No `repr`: no log or failure shows it.
    """

    names: str
    words: tuple[str, ...]
    birth: Birth
    around: int = 1
    sex: Sex | None = None
    place: str = ""

    @property
    def sexes(self) -> tuple[Sex, ...]:
        """Whose digests to ask for. People whose sex is not recorded are found under each."""
        return (Sex.FEMALE, Sex.MALE) if self.sex is None else (self.sex,)

    @property
    def years(self) -> range:
        """The years of birth that may be meant."""
        return range(self.birth.year - self.around, self.birth.year + self.around + 1)

    def as_document(self) -> dict[str, str]:
        """What was typed, for the form that is shown again."""
        sex = "" if self.sex is None else self.sex.value
        return {
            "names": self.names, "born": self.birth.text, "around": str(self.around), "sex": sex, "place": self.place,
        }  # fmt: skip


def wanted_of(typed: dict[str, str], today: dt.date) -> Wanted | Refusal:
    """Read a form's `names`, `born` (a year, a month of it or a day), `around`, `sex` and `place`.

    Refused: `ENR_SCHEMA` with the field in `about`; `more` where one name stands alone: with nothing but a year it
    leads nowhere, so a second name or its first letter, a day, or a place is asked for.
    """
    texts = {name: typed.get(name, "").strip() for name in ("names", "born", "around", "sex", "place")}
    words = words_of(texts["names"])
    if len(texts["names"]) > MAX_TYPED or not any(len(word) > 1 for word in words):
        return Refusal(Code.ENR_SCHEMA, "names")
    birth = birth_of(texts["born"], None, today)
    if birth is None:
        return Refusal(Code.ENR_SCHEMA, "born")
    if texts["sex"] not in {"", *Sex}:
        return Refusal(Code.ENR_SCHEMA, "sex")
    if texts["around"] not in {"", *(str(years) for years in AROUND)}:
        return Refusal(Code.ENR_SCHEMA, "around")
    if len(texts["place"]) > MAX_TYPED or "\x00" in texts["place"]:
        return Refusal(Code.ENR_SCHEMA, "place")
    if len(words) < 2 and birth.day is None and not texts["place"]:
        return Refusal(Code.ENR_SCHEMA, "more")
    sex = None if not texts["sex"] else Sex(texts["sex"])
    return Wanted(texts["names"], words, birth, int(texts["around"] or "1"), sex, texts["place"])
