"""A worker that does everything that is due, as `./wangov worker --once`, and takes over from those that died."""

from __future__ import annotations

import asyncio
from typing import Any

from flask import Flask

from idp.jobs.worker import Worker
from idp.web.services import Services

__all__ = ["work"]


class WorkError(Exception):
    """The worker gave up."""


def work(app: Flask) -> dict[str, Any]:
    """Revive what dead workers left, and do what is due."""
    services: Services = app.extensions["wangov"]
    asyncio.run(_revive(services.worker.database))
    result = app.test_cli_runner().invoke(args=["worker", "--once", "--json"])
    if result.exit_code or result.exception:
        raise WorkError(type(result.exception).__name__)
    return {}


async def _revive(database: str) -> None:
    """Hand over the jobs of workers that died; those are silent for an hour by now, whoever called saw to that."""
    worker = Worker(database, {}, [])
    async with worker._app.open_async():
        await worker._revive()
