"""The screens that are neither of staff nor of somebody's own account: signing in, consent, booking, errors."""

import pytest

from tests.browser.preview.looking import Looker, screens_of_staff, screens_of_the_account
from tests.browser.preview.screens import SCREENS

pytestmark = pytest.mark.browser
OTHERS = set(screens_of_staff()) | set(screens_of_the_account())


@pytest.mark.parametrize("name", [name for name in SCREENS if name not in OTHERS])
def test_page_has_no_barrier_at_any_width_or_colour_scheme(looker: Looker, name: str) -> None:
    """No finding of axe on a narrow light and a wide dark screen, and nothing is wider than 320 px."""
    looker.find_nothing(name)
