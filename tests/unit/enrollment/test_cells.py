"""Files as spreadsheets read them."""

import pytest

from enrollment.cells import plain


@pytest.mark.parametrize("sign", [*"=+-@|%", "\uff1d", "\uff0b", "\uff20", "\ufe66"])
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\n", "\r\n", "\t", "\u200b", "\ufeff", "\u2028", "\x00"])
def test_nothing_begins_a_formula(before: str, sign: str) -> None:
    """Whatever stands before the sign and is passed over or not seen, and however wide the sign is written."""
    cell = f'{before}{sign}HYPERLINK("https://evil.example";"x")'
    assert plain(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", " ", "Aminata", "a=b", "1980-01-02", "3%", "\u018f\u014b", "'=1"])
def test_what_is_none_stays_as_it_is(cell: str) -> None:
    """Names and dates, and what is text already."""
    assert plain(cell) == cell
