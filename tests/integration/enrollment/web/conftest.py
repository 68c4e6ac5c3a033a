"""The application with the staff's floor, over the run's servers, with members of staff who are signed in."""

from collections.abc import Iterator

import pytest

from tests.factories.floor import Floor, with_floor
from tests.integration.web.conftest import OpenSite, _clock_back, open_site

__all__ = ["_clock_back", "floor", "open_site"]


@pytest.fixture(scope="module")
def floor(open_site: OpenSite) -> Iterator[Floor]:
    """One application for the tests of a module, with a centre."""
    with open_site() as site:
        yield with_floor(site)
