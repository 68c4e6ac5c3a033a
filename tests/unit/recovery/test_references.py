"""The numbers for a visit."""

import unicodedata
import uuid
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from idp.recovery.visits import Visits, reference_of

IDS = st.uuids(version=4)


class OneCase:
    """Keeps which range of identifiers was asked for."""

    asked: tuple[uuid.UUID, uuid.UUID] | None = None

    def visits(self, first: uuid.UUID, last: uuid.UUID) -> list[object]:
        """Nobody is there."""
        self.asked = (first, last)
        return []


@given(IDS, st.sampled_from(["{}", " {} ", "{}-", "({})"]))
def test_reference_leads_back_to_its_case(case_id: uuid.UUID, around: str) -> None:
    """However it is typed, the case lies between the two identifiers that are asked for."""
    cases = OneCase()
    typed = around.format(reference_of(case_id).lower().replace("0", "o").replace("1", "l"))
    assert Visits(cast("Any", cases)).find(typed) is None
    assert cases.asked is not None
    first, last = cases.asked
    assert first <= case_id <= last
    assert last.int - first.int == (1 << 88) - 1


def signs_of(text: str) -> int:
    """How many letters and digits it has, in the form in which signs are compared."""
    return sum(sign.isalnum() for sign in unicodedata.normalize("NFKC", text).upper())


@given(st.text(max_size=50).filter(lambda text: signs_of(text) != 8))
def test_anything_else_finds_nobody(typed: str) -> None:
    """Too short, too long, other signs: nobody is asked."""
    cases = OneCase()
    assert Visits(cast("Any", cases)).find(typed) is None
    assert cases.asked is None
