"""Resource servers: the APIs that accept our access tokens, each by its audience (RFC 8707)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from idp.audit import AuditEvent, Event, Trail
from idp.clients.addresses import resource_fault
from idp.clients.client import ResourceServer, plausible_client_id
from idp.clients.metadata import Name, ScopeName
from idp.clients.models import ClientRow, ResourceServerRow
from idp.clock import Clock
from idp.database import Session
from idp.errors import Code, Refusal

__all__ = ["ResourceServers", "SavedResource"]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    audience: str
    name: Name | None = None
    scopes: Annotated[tuple[ScopeName, ...], Field(max_length=100)] = ()
    client_ids: Annotated[tuple[str, ...], Field(max_length=100)] = ()


@dataclass(frozen=True, slots=True)
class SavedResource:
    """A resource server as it stands after saving; `created` is False when it replaced one."""

    server: ResourceServer
    created: bool


class ResourceServers:
    """The stored resource servers. The caller commits, then advances the generation "clients"."""

    def __init__(self, session: Session, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._clock = clock
        self._trail = trail

    def save(self, document: Mapping[str, Any]) -> SavedResource | Refusal:
        """Create a resource server or replace the one with this audience.

        Members: `audience` (an absolute URI without fragment), `name` (default: the audience), `scopes` (a
        list), `client_ids` (the clients that may introspect for it; they must exist).
        """
        try:
            given = _Document.model_validate({name: value for name, value in document.items() if value is not None})
        except ValidationError as error:
            fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
            member = ".".join(str(part) for part in fault["loc"]) or "resource server"
            return Refusal(Code.CLIENT_METADATA, f"{member}: {fault['msg'].removeprefix('Value error, ')}")
        fault_text = resource_fault(given.audience)
        if fault_text:
            return Refusal(Code.CLIENT_METADATA, f"audience: {fault_text}")
        asked = [client_id for client_id in given.client_ids if plausible_client_id(client_id)]
        known = set(self._session.scalars(select(ClientRow.client_id).where(ClientRow.client_id.in_(asked))))
        if known != set(given.client_ids):
            return Refusal(Code.CLIENT_UNKNOWN, "client_ids: at least one is not a client's")
        server = ResourceServer(given.audience, given.name or given.audience, frozenset(given.scopes), frozenset(known))
        created = self._insert(server)
        if not created:
            row = self._session.get_one(ResourceServerRow, server.audience, with_for_update=True)
            row.name, row.scopes, row.client_ids = server.name, sorted(server.scopes), sorted(known)
            self._session.flush()
        self._report(server, replaced=not created)
        return SavedResource(server, created)

    def ensure(self, audiences: Iterable[str]) -> list[str]:
        """Create the missing ones of these audiences, bare; returns what was made."""
        missing = [ResourceServer(audience, audience, frozenset(), frozenset()) for audience in sorted(audiences)]
        made = [server for server in missing if self._insert(server)]
        for server in made:
            self._report(server, replaced=False)
        return [server.audience for server in made]

    def listing(self) -> list[ResourceServer]:
        """Every resource server, by audience."""
        rows = self._session.scalars(select(ResourceServerRow).order_by(ResourceServerRow.audience))
        return [
            ResourceServer(row.audience, row.name, frozenset(row.scopes), frozenset(row.client_ids)) for row in rows
        ]

    def _insert(self, server: ResourceServer) -> bool:
        statement = insert(ResourceServerRow).values(
            audience=server.audience,
            name=server.name,
            scopes=sorted(server.scopes),
            client_ids=sorted(server.client_ids),
            created_at=self._clock.now(),
        )
        made = self._session.execute(statement.on_conflict_do_nothing().returning(ResourceServerRow.audience))
        return made.first() is not None

    def _report(self, server: ResourceServer, *, replaced: bool) -> None:
        body: dict[str, str | bool | list[str]] = {
            "audience": server.audience,
            "replaced": replaced,
            "scopes": sorted(server.scopes),
            "client_ids": sorted(server.client_ids),
        }
        self._trail.append(AuditEvent(Event.RESOURCE_CREATED, actor="operator", body=body))
