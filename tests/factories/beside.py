"""The application in this process over the stores and keys of a running provider, to put people and staff into it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.integration.web.conftest import Site, closed, with_settings
from tests.live import LiveServer

__all__ = ["site_beside"]


@contextlib.contextmanager
def site_beside(live: LiveServer) -> Iterator[Site]:
    """What it commits the running provider sees, and the other way round."""
    with with_settings(live.environment):
        from wsgi import create_app

        site = Site(create_app(), live.clock)
    site.environment = live.environment
    try:
        yield site
    finally:
        closed(site)
