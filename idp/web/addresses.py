"""Whose address is this? Forwarded headers are believed only as far as proxies of ours wrote them."""

from __future__ import annotations

from typing import Any

__all__ = ["ClientAddress"]


class ClientAddress:
    """Reads the caller's address.

    Each of `trusted_proxies` proxies appends one entry to X-Forwarded-For (0: none is believed).
    """

    def __init__(self, trusted_proxies: int) -> None:
        self._trusted = trusted_proxies

    def __call__(self, environ: dict[str, Any]) -> str:
        """The address as text; `-` where the server gives none."""
        direct: str = environ.get("REMOTE_ADDR") or "-"
        if not self._trusted:
            return direct
        hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        return hops[-self._trusted][:64] if len(hops) >= self._trusted else direct
