"""The Valkey door. Values are JSON objects under `<prefix>:<kind>:<identifier>`, each kind a namespace of its own.

Losing what is here means starting again, never a second use. Every call is one round trip; a store that does not
answer raises `StoreUnavailableError`, and nobody may take that for "not found".
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from idp.errors import StoreUnavailableError

__all__ = ["Count", "Ephemeral"]

Value = dict[str, Any]
T = TypeVar("T")
SHUT_SECONDS = 1.0

# Replaces a value only while its "version" member is the one the caller read.
_REPLACE = """
local held = redis.call('GET', KEYS[1])
if not held then return 0 end
if cjson.decode(held)['version'] ~= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""

# Counts within a fixed window that opens with the first count; returns the count and the window's rest in ms.
_COUNT = """
local held = redis.call('INCR', KEYS[1])
if held == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {held, redis.call('PTTL', KEYS[1])}
"""

# Takes one count back; a window that has closed is not opened again.
_GIVE_BACK = """
if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then redis.call('DECR', KEYS[1]) end
return 1
"""

# A generation is the moment it began in microseconds, and always above the last one: a store that lost its data
# cannot come back to a number that some process still holds.
_ADVANCE = """
local time = redis.call('TIME')
local moment = tonumber(time[1]) * 1000000 + tonumber(time[2])
local held = tonumber(redis.call('GET', KEYS[1]) or 0)
if moment <= held then moment = held + 1 end
redis.call('SET', KEYS[1], string.format('%.0f', moment))
return 1
"""


@dataclass(frozen=True, slots=True)
class Count:
    """The state of a limited counter after counting once; `retry_after` is in whole seconds."""

    used: int
    allowed: bool
    retry_after: int


class Ephemeral:
    """One process's client. `prefix` keeps installations (and test workers) apart on a shared server."""

    def __init__(self, url: str, *, prefix: str, timeout_seconds: float) -> None:
        self._prefix = prefix
        self._shut_until = float("-inf")
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            # A connection that broke while idle is worth a second try; a store that is silent is not.
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
            protocol=3,
        )

    def park(self, kind: str, identifier: str, value: Mapping[str, Any], seconds: int) -> None:
        """Keep `value` for `seconds`, replacing what stood under the same name."""
        text = json.dumps(value, separators=(",", ":"))
        self._call(lambda: self._redis.set(self._key(kind, identifier), text, ex=seconds))

    def read(self, kind: str, identifier: str) -> Value | None:
        """The value, or None when it was never kept, was taken, or has passed its time."""
        return _decoded(self._call(lambda: self._redis.get(self._key(kind, identifier))))

    def take(self, kind: str, identifier: str) -> Value | None:
        """The value, removed in the same step: of any number of concurrent takers exactly one gets it."""
        return _decoded(self._call(lambda: self._redis.getdel(self._key(kind, identifier))))

    def replace(self, kind: str, identifier: str, value: Mapping[str, Any], *, version: int) -> bool:
        """Replace a value whose "version" member still is `version`, keeping its time to live; False if it moved on."""
        text = json.dumps(value, separators=(",", ":"))
        key = self._key(kind, identifier)
        return bool(self._call(lambda: self._redis.eval(_REPLACE, 1, key, str(version), text)))

    def drop(self, kind: str, *identifiers: str) -> None:
        """Remove values; absent ones are no error."""
        if identifiers:
            self._call(lambda: self._redis.delete(*(self._key(kind, name) for name in identifiers)))

    def count(self, name: str, *, limit: int, window_seconds: int) -> Count:
        """Count once under `name`; refused when more than `limit` were counted in the window that is open."""
        key = self._key("count", name)
        answer = self._call(lambda: self._redis.eval(_COUNT, 1, key, str(window_seconds * 1000)))
        used, rest = cast("list[int]", answer)
        return Count(used, used <= limit, max(1, -(-rest // 1000)))

    def give_back(self, name: str) -> None:
        """Take back one count under `name`, if its window is still open."""
        self._call(lambda: self._redis.eval(_GIVE_BACK, 1, self._key("count", name)))

    def generation(self, name: str) -> int:
        """The present generation of a cache; 0 before its first change."""
        held = self._call(lambda: self._redis.get(self._key("generation", name)))
        return int(cast("bytes", held)) if held else 0

    def advance(self, name: str) -> None:
        """Start a new generation: every process drops what it cached under the old one."""
        self._call(lambda: self._redis.eval(_ADVANCE, 1, self._key("generation", name)))

    def ping(self) -> None:
        """Return when the store answers; raise `StoreUnavailableError` when it does not."""
        self._call(self._redis.ping)

    def _key(self, kind: str, identifier: str) -> str:
        return f"{self._prefix}:{kind}:{identifier}"

    def _call(self, command: Callable[[], T]) -> T:
        if time.monotonic() < self._shut_until:
            message = "the short-lived store was silent a moment ago"
            raise StoreUnavailableError(message)
        try:
            return command()
        except (redis.RedisError, OSError) as error:
            if isinstance(error, redis.TimeoutError | TimeoutError):
                self._shut_until = time.monotonic() + SHUT_SECONDS  # one request waits, not every call of every request
            message = f"the short-lived store did not answer ({type(error).__name__})"
            raise StoreUnavailableError(message) from None


def _decoded(held: object) -> Value | None:
    return None if held is None else cast("Value", json.loads(cast("bytes", held)))
