"""The screens at a centre, and of those who decide."""

import pytest

from tests.browser.preview.looking import Looker, screens_of_staff

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", screens_of_staff())
def test_page_has_no_barrier_at_any_width_or_colour_scheme(looker: Looker, name: str) -> None:
    """No finding of axe on a narrow light and a wide dark screen, and nothing is wider than 320 px."""
    looker.find_nothing(name)
