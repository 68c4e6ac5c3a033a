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
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:[]")


def refusal_of(environ: Mapping[str, Any]) -> Answer | None:
    """The answer to a request that must go no further, or None.

    A Host that is no host name (RFC 9112 section 3.2) would fail deep inside; a SCRIPT_NAME would move every address we
    build, and only a header can have set it: this application is always mounted at the root.
    """
    if not _is_host(environ.get("HTTP_HOST", "")):
        return plain(400, "The Host header is not a host name.")
    if environ.get("SCRIPT_NAME"):
        return plain(400, "The address is not one of ours.")
    return None


def plain(code: int, text: str) -> Answer:
    """A short text as an answer that nobody may store."""
    return Answer(status_line(code), (("Content-Type", "text/plain; charset=utf-8"), *NO_STORE), text.encode())


@lru_cache(maxsize=64)
def _is_host(host: str) -> bool:
    if len(host) > MAX_HOST_CHARS or not _HOST_CHARACTERS.issuperset(host):
        return False
    name = host.partition(":")[0].removesuffix(".")
    return host.startswith("[") or all(len(label) <= MAX_LABEL_CHARS for label in name.split("."))
