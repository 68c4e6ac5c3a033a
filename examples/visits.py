"""What a demo service remembers of the people at its counter: in memory, limited, gone at its end."""

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Shelf", "Visit"]

PLACES = 2000
VISIT_SECONDS = 8 * 60 * 60
EARLY_SECONDS = 60


@dataclass(slots=True)
class Visit:
    """A signed-in person: the provider's name for them, the tokens, and what was shared (claim -> value)."""

    subject: str
    token: dict[str, Any]
    shared: dict[str, Any]
    renewals: int = 0
    _fresh_until: float = field(init=False)

    def __post_init__(self) -> None:
        self._fresh_until = time.monotonic() + self.token.get("expires_in", 0) - EARLY_SECONDS

    @property
    def is_stale(self) -> bool:
        """True when the access token has expired or will in a minute."""
        return time.monotonic() >= self._fresh_until

    def renew(self, token: dict[str, Any]) -> None:
        """Put new tokens in the place of the old ones; what was not sent again stays."""
        self.token = {**self.token, **token}
        self.renewals += 1
        self.__post_init__()


class Shelf:
    """A small store with times to live. Authlib keeps its parked sign-ins here too (get, set, delete)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    def get(self, key: str) -> Any:
        """The value, or None when it was never there, was deleted or is too old."""
        with self._lock:
            until, value = self._places.get(key, (0.0, None))
            return value if until > time.monotonic() else None

    def set(self, key: str, value: Any, seconds: float | None = None) -> None:
        """Keep a value for some seconds; the oldest makes room when the shelf is full."""
        with self._lock:
            self._places[key] = (time.monotonic() + (seconds or VISIT_SECONDS), value)
            self._places.move_to_end(key)
            while len(self._places) > PLACES:
                self._places.popitem(last=False)

    def delete(self, key: str) -> None:
        """Forget a value; nothing happens when it is not there."""
        with self._lock:
            self._places.pop(key, None)

    def open(self, visit: Visit) -> str:
        """Keep a visit under a new random name, which goes into the person's cookie."""
        name = secrets.token_urlsafe(32)
        self.set(f"visit:{name}", visit)
        return name

    def visit(self, name: str | None) -> Visit | None:
        """The visit of this name, if it still goes on."""
        found = self.get(f"visit:{name}") if name else None
        return found if isinstance(found, Visit) else None

    def forget(self, name: str | None) -> None:
        """End a visit."""
        if name:
            self.delete(f"visit:{name}")
