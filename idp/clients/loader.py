"""Reading clients and resource servers with SQLAlchemy Core, outside any request's session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Row, Select, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from idp.clients.client import Client, ResourceServer
from idp.clients.models import ClientRow, ResourceServerRow
from idp.errors import StoreUnavailableError

__all__ = ["DatabaseLoader"]


class DatabaseLoader:
    """The registry's loader over PostgreSQL; a look-up is one statement without a transaction around it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    def client(self, client_id: str) -> Client | None:
        """The client, enabled or not, or None."""
        rows = self._rows(
            select(ClientRow.state, ClientRow.secret_digest, ClientRow.metadata_).where(
                ClientRow.client_id == client_id
            )
        )
        for state, secret_digest, metadata in rows:
            enabled = state == "enabled"
            return Client.of(client_id, enabled=enabled, secret_digest=secret_digest, metadata=metadata)
        return None

    def resource(self, audience: str) -> ResourceServer | None:
        """The resource server with this audience, or None."""
        columns = (ResourceServerRow.name, ResourceServerRow.scopes, ResourceServerRow.client_ids)
        for name, scopes, client_ids in self._rows(select(*columns).where(ResourceServerRow.audience == audience)):
            return ResourceServer(audience, name, frozenset(scopes), frozenset(client_ids))
        return None

    def resources_of(self, client_id: str) -> frozenset[str]:
        """The audiences for which this client may introspect."""
        statement = select(ResourceServerRow.audience).where(ResourceServerRow.client_ids.contains([client_id]))
        return frozenset(audience for (audience,) in self._rows(statement))

    def origin_known(self, origin: str) -> bool:
        """True when an enabled client may call from this origin."""
        matching = (ClientRow.origins.contains([origin]), ClientRow.state == "enabled")
        return bool(self._rows(select(ClientRow.client_id).where(*matching).limit(1)))

    def _rows(self, statement: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        try:
            with self._engine.connect() as connection:
                return connection.execute(statement).all()
        except (DBAPIError, PoolTimeoutError) as error:
            raise StoreUnavailableError(f"clients could not be read ({type(error).__name__})") from None
