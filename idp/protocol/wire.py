"""What no request may be, whatever it asks for; judged before anything looks at its path.

Answers here are plain text: such requests come from scanners and broken proxies, not from people.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from idp.protocol.message import NO_STORE, Answer, status_line

__all__ = ["plain", "refusal_of"]

MAX_HOST_CHARS = 253
MAX_LABEL_CHARS = 63
FOR_ANY_HOST = ("/health/", "/metrics")
# Names of one machine for itself: an installation that is one of them is all of them.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:[]")


def refusal_of(environ: Mapping[str, Any], own_host: str | None) -> Answer | None:
    """The answer to a request that must go no further, or None.

    `own_host` is the host name of the issuer in lower case; None takes any. Probes ask by address: health and metrics
    answer whatever they are called by. The port is not compared, for proxies leave it out or have another.

    A Host that is no host name (RFC 9112 section 3.2) would fail deep inside; a SCRIPT_NAME would move every address we
    build, and only a header can have set it: this application is always mounted at the root.
    """
    host = environ.get("HTTP_HOST", "")
    if not _is_host(host):
        return plain(400, "The Host header is not a host name.")
    if environ.get("SCRIPT_NAME"):
        return plain(400, "The address is not one of ours.")
    if own_host is None or environ.get("PATH_INFO", "").startswith(FOR_ANY_HOST):
        return None
    if not host:
        return plain(400, "A Host header is needed.")  # RFC 9112 section 3.2
    if _name_of(host) != own_host and not {_name_of(host), own_host} <= LOOPBACK:
        return plain(421, "The address in your browser is not one of ours.")  # RFC 9110 section 15.5.20
    return None


def plain(code: int, text: str) -> Answer:
    """A short text as an answer that nobody may store."""
    return Answer(status_line(code), (("Content-Type", "text/plain; charset=utf-8"), *NO_STORE), text.encode())


@lru_cache(maxsize=64)
def _is_host(host: str) -> bool:
    if len(host) > MAX_HOST_CHARS or not _HOST_CHARACTERS.issuperset(host):
        return False
    labels = _name_of(host).split(".")
    return not host or host.startswith("[") or all(0 < len(label) <= MAX_LABEL_CHARS for label in labels)


def _name_of(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0].removeprefix("[").lower()
    return host.partition(":")[0].removesuffix(".").lower()
