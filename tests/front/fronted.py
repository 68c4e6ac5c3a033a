"""A provider as the world reaches it: https, by way of nginx."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from embedded.ports import free_ports
from tests.front.nginx import Nginx
from tests.live import LiveServer

__all__ = ["Fronted"]


class Fronted:
    """A running provider behind nginx. `live` is the provider itself, asked past the front.

    `start` makes the provider from the options of `LiveServer`. Looks like a `LiveServer` to whoever asks `issuer`.
    """

    def __init__(self, start: Callable[..., LiveServer], folder: Path, **options: Any) -> None:
        (port,) = free_ports(1)
        self.issuer = f"https://localhost:{port}"
        settings = {"WANGOV_ISSUER": self.issuer, "WANGOV_TRUSTED_PROXIES": "1", **options.pop("settings", {})}
        self.live = start(settings=settings, **options)
        self.front = Nginx(folder, self.live.port, port=port)
        self.clock = self.live.clock
        self.environment = self.live.environment
        self.database_url = self.live.database_url
        self.verify = str(self.front.trusted)
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = self.verify

    def get(self, path: str, **options: Any) -> requests.Response:
        """A GET that follows no redirect, unless told."""
        return self.http.get(self.issuer + path, **{"timeout": 15, "allow_redirects": False, **options})

    def post(self, path: str, **options: Any) -> requests.Response:
        """A POST that follows no redirect, unless told."""
        return self.http.post(self.issuer + path, **{"timeout": 15, "allow_redirects": False, **options})

    def stop(self) -> None:
        """End nginx; the provider ends with whoever started it."""
        self.http.close()
        self.front.stop()
