"""Clients and resource servers by name, cached in the process behind the generation "clients".

Whoever changes one advances the generation after the commit, and every process sees it within a second.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol, cast

from idp.clients.client import Client, ResourceServer, plausible_client_id
from idp.ephemeral.cache import GenerationCache, Generations

__all__ = ["GENERATION", "ClientLoader", "ClientRegistry"]

GENERATION = "clients"
MAX_LOOKUP_CHARS = 500


class ClientLoader(Protocol):
    """Where the registry reads. A look-up that cannot be made raises `StoreUnavailableError`."""

    def client(self, client_id: str) -> Client | None:
        """The client, enabled or not, or None."""
        ...

    def resource(self, audience: str) -> ResourceServer | None:
        """The resource server with this audience, or None."""
        ...

    def resources_of(self, client_id: str) -> frozenset[str]:
        """The audiences for which this client may introspect."""
        ...

    def origin_known(self, origin: str) -> bool:
        """True when an enabled client may call from this origin."""
        ...


class _Kind(Enum):
    CLIENT = auto()
    RESOURCE = auto()
    AUDIENCES = auto()
    ORIGIN = auto()


_Answer = Client | ResourceServer | frozenset[str] | bool | None


class ClientRegistry:
    """Answers from memory while nothing changed; `monotonic` gives seconds that never go back.

    Names that cannot be registered are answered without asking anybody. Raises `StoreUnavailableError` when
    something must be loaded and the database does not answer.
    """

    def __init__(self, loader: ClientLoader, generations: Generations, *, monotonic: Callable[[], float]) -> None:
        self._loader = loader
        self._cache: GenerationCache[tuple[_Kind, str], _Answer] = GenerationCache(
            GENERATION, self._load, generations, monotonic=monotonic
        )

    def get(self, client_id: str) -> Client | None:
        """The client, enabled or not; None when there is none of that name."""
        if not plausible_client_id(client_id):
            return None
        return cast("Client | None", self._cache.get((_Kind.CLIENT, client_id)))

    def resource(self, audience: str) -> ResourceServer | None:
        """The resource server that this audience names, or None."""
        if not _plausible(audience):
            return None
        return cast("ResourceServer | None", self._cache.get((_Kind.RESOURCE, audience)))

    def resources_of(self, client_id: str) -> frozenset[str]:
        """The audiences for which this client may introspect."""
        if not plausible_client_id(client_id):
            return frozenset()
        return cast("frozenset[str]", self._cache.get((_Kind.AUDIENCES, client_id)))

    def origin_known(self, origin: str) -> bool:
        """True when some enabled client may call with CORS from this origin."""
        return _plausible(origin) and cast("bool", self._cache.get((_Kind.ORIGIN, origin)))

    def _load(self, key: tuple[_Kind, str]) -> _Answer:
        kind, name = key
        if kind is _Kind.CLIENT:
            return self._loader.client(name)
        if kind is _Kind.RESOURCE:
            return self._loader.resource(name)
        if kind is _Kind.AUDIENCES:
            return self._loader.resources_of(name)
        return self._loader.origin_known(name)


def _plausible(address: str) -> bool:
    return 0 < len(address) <= MAX_LOOKUP_CHARS and address.isascii() and address.isprintable()
