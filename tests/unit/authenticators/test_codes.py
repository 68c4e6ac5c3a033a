import datetime as dt
from base64 import b32encode

import pytest

from idp.authenticators.totp import PERIOD, code_at, current_code, typed_code
from tests.factories.moments import StillClock

RFC_SECRET = b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_specification(seconds: int, code: str) -> None:
    """The SHA-1 vectors of RFC 6238 appendix B, cut to six digits."""
    assert code_at(RFC_SECRET, seconds // PERIOD) == code


def test_current_code_tells_how_long_it_lasts() -> None:
    """The demo page shows the code of this very moment and the seconds that are left."""
    clock = StillClock(dt.datetime.fromtimestamp(1111111109, dt.UTC))
    shown = current_code(RFC_SECRET, clock)
    assert (shown.code, shown.seconds) == ("081804", 1)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("123-456", "123456"),
        ("123\u2011456", "123456"),
        ("123\u00a0456", "123456"),
        ("\u0661\u0662\u0663\u0664\u0665\u0666", "123456"),
        ("\uff11\uff12\uff13\uff14\uff15\uff16", "123456"),
        ("", None),
        ("12345", None),
        ("1234567", None),
        ("12345a", None),
        ("\u00b2" * 6, None),
        ("1" * 41, None),
        (" " * 100_000 + "123456", None),
    ],
)
def test_codes_are_read_as_people_type_them(typed: str, read: str | None) -> None:
    """Spaces, hyphens and other scripts' digits are no mistake; anything else is no code."""
    assert typed_code(typed) == read
