"""The application as the composition root builds it; no store is needed, nothing connects meanwhile."""

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from idp.protocol.dispatch import ProtocolFront

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "routes.txt"


def settings_without_stores(folder: Path) -> dict[str, str]:
    """Settings with which the application can be built but reaches nothing; puts a root key into `folder`."""
    key = folder / "root.key"
    key.write_bytes(bytes(32))
    return {
        "WANGOV_ENVIRONMENT": "test",
        "WANGOV_ISSUER": "http://localhost:8000",
        "WANGOV_DATA": str(folder),
        "WANGOV_DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/none",
        "WANGOV_REDIS_URL": "redis://127.0.0.1:1/0",
        "WANGOV_ROOT_KEY_FILE": str(key),
    }


@contextlib.contextmanager
def built() -> Iterator[Flask]:
    """The application; the process's environment is as before when the block ends."""
    before, handlers = dict(os.environ), list(logging.getLogger().handlers)
    with tempfile.TemporaryDirectory() as folder:
        try:
            for name in [name for name in os.environ if name.startswith("WANGOV_")]:
                del os.environ[name]
            os.environ.update(settings_without_stores(Path(folder)))
            from wsgi import create_app

            yield create_app()
        finally:
            os.environ.clear()
            os.environ.update(before)
            logging.getLogger().handlers = handlers


def _address(rule: Rule) -> str:
    """The rule as one word: the columns of the table are parted by blanks."""
    return rule.rule.replace(", ", ",")


def route_table(app: Flask) -> str:
    """Every address with its methods and what answers it, machine endpoints first."""
    front = app.wsgi_app
    assert isinstance(front, ProtocolFront)
    machine = [
        f"{path}  {','.join(sorted(endpoint.methods))}  protocol: {endpoint.name}"
        for path, endpoint in front._endpoints.items()
    ]
    pages = [
        f"{_address(rule)}  {','.join(sorted((rule.methods or set()) - {'HEAD', 'OPTIONS'}))}  {rule.endpoint}"
        for rule in app.url_map.iter_rules()
    ]
    return "\n".join([*sorted(machine), *sorted(pages)]) + "\n"
