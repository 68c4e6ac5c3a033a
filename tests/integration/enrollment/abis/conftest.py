"""The application with a share beside it, for the tests of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.abis import Share, System, furnish, put_away, share
from tests.factories.deduplication import Cellar
from tests.integration.web.conftest import OpenSite, Site, _clock_back, open_site

__all__ = ["_clock_back", "open_site"]


@pytest.fixture(scope="module")
def abis_site(open_site: OpenSite) -> Iterator[Site]:
    """One application."""
    with open_site(WANGOV_OUTBOUND_ALLOW_LOOPBACK="true") as site:
        yield site


@pytest.fixture(scope="module")
def cellar(abis_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    """What the application stores objects in."""
    folder: Path = tmp_path_factory.mktemp("abis")
    yield furnish(abis_site, folder)
    put_away(abis_site)


@pytest.fixture(scope="module")
def beside() -> Iterator[Share]:
    """The share."""
    with share() as held:
        yield held


@pytest.fixture
def system(abis_site: Site, cellar: Cellar, beside: Share) -> System:
    """Another system, with nothing inserted."""
    del cellar
    return System(abis_site, beside)
