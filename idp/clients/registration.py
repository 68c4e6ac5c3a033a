"""Registering relying parties and changing them (RFC 7591, RFC 7592), with an audit row for each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from idp.audit import AuditEvent, Event, Trail
from idp.clients.client import origins_of, plausible_client_id, sector_of
from idp.clients.metadata import ClientMetadata, read_metadata
from idp.clients.models import ClientRow
from idp.clients.resources import ResourceServers
from idp.clients.rules import RegistrationPolicy, check_metadata, check_secret
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy, SecretKind, digest
from idp.errors import Code, Refusal

__all__ = ["ClientRegistration", "Registered"]


@dataclass(frozen=True, slots=True)
class Registered:
    """A client as it stands; `client_secret` is present only in the answer that made it or took it over."""

    client_id: str
    metadata: ClientMetadata
    issued_at: datetime
    enabled: bool
    client_secret: str | None = field(default=None, repr=False)

    def as_document(self) -> dict[str, Any]:
        """The client information response (RFC 7591 3.2.1) with our `enabled`; secrets do not expire."""
        secret = (
            {} if self.client_secret is None else {"client_secret": self.client_secret, "client_secret_expires_at": 0}
        )
        return {
            "client_id": self.client_id,
            "client_id_issued_at": int(self.issued_at.timestamp()),
            **secret,
            "enabled": self.enabled,
            **self.metadata.as_document(),
        }


class ClientRegistration:
    """The stored relying parties. The caller commits, then advances the generation "clients"."""

    def __init__(
        self, session: Session, clock: Clock, entropy: Entropy, trail: Trail, policy: RegistrationPolicy
    ) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._policy = policy
        self._resources = ResourceServers(session, clock, trail)

    def create(
        self, document: Mapping[str, Any], client_id: str | None = None, client_secret: str | None = None
    ) -> Registered | Refusal:
        """Register a client; a given id or secret is taken over, else both are made.

        The sector is settled now and stored, so that a later change of redirect URIs changes nobody's `sub`.
        Audiences in `resources` that nobody registered become resource servers without scopes.
        """
        metadata = self._checked(document)
        if isinstance(metadata, Refusal):
            return metadata
        if client_id is None:
            client_id = str(self._entropy.opaque_uuid())
        elif not plausible_client_id(client_id) or client_id != client_id.strip():
            return Refusal(Code.CLIENT_METADATA, "client_id: must be 1 to 200 printable ASCII characters")
        secret = self._secret(metadata, client_secret)
        if isinstance(secret, Refusal):
            return secret
        metadata = metadata.model_copy(update={"sector": sector_of(client_id, metadata)})
        now = self._clock.now()
        columns = {"client_id": client_id, "state": "enabled", "created_at": now, "updated_at": now}
        statement = insert(ClientRow).values(
            **columns,
            metadata_=metadata.as_document(),
            origins=origins_of(metadata),
            secret_digest=_digest(secret),
        )
        made = self._session.execute(statement.on_conflict_do_nothing().returning(ClientRow.client_id))
        if made.first() is None:
            return Refusal(Code.CLIENT_EXISTS, "client_id: is taken")
        self._resources.ensure(metadata.resources)
        body = {"auth_method": metadata.token_endpoint_auth_method.value, "scope": metadata.scope.split()}
        self._report(Event.CLIENT_CREATED, client_id, {**body, "redirect_uris": list(metadata.redirect_uris)})
        return Registered(client_id, metadata, now, enabled=True, client_secret=secret)

    def update(
        self, client_id: str, changes: Mapping[str, Any], client_secret: str | None = None
    ) -> Registered | Refusal:
        """Change the given members and keep the others; null sets a member back to its default.

        A client that becomes confidential gets a secret, one that becomes public loses it; a given secret is
        taken over.
        """
        row = self._row(client_id)
        if row is None:
            return _unknown()
        before = row.metadata_
        metadata = self._checked({**before, **changes})
        if isinstance(metadata, Refusal):
            return metadata
        keeps = row.secret_digest is not None and client_secret is None and not metadata.public
        secret = None if keeps else self._secret(metadata, client_secret)
        if isinstance(secret, Refusal):
            return secret
        metadata = metadata.model_copy(update={"sector": sector_of(client_id, metadata)})
        row.metadata_ = after = metadata.as_document()
        row.origins = origins_of(metadata)
        row.updated_at = self._clock.now()
        if not keeps:
            row.secret_digest = _digest(secret)
        self._session.flush()
        self._resources.ensure(metadata.resources)
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        self._report(Event.CLIENT_UPDATED, client_id, {"changed": changed, "secret_changed": not keeps})
        return _registered(row, metadata, secret)

    def disable(self, client_id: str) -> Registered | Refusal:
        """Refuse this client everywhere from the next request on; disabling twice is no error."""
        return self._move(client_id, "disabled", Event.CLIENT_DISABLED)

    def enable(self, client_id: str) -> Registered | Refusal:
        """Serve a disabled client again; enabling twice is no error."""
        return self._move(client_id, "enabled", Event.CLIENT_ENABLED)

    def rotate_secret(self, client_id: str, client_secret: str | None = None) -> Registered | Refusal:
        """Give the client a new secret, made here or taken over; the old one ends with the commit."""
        row = self._row(client_id)
        if row is None:
            return _unknown()
        metadata = ClientMetadata.model_validate(row.metadata_)
        if metadata.public:
            return Refusal(Code.CLIENT_METADATA, "token_endpoint_auth_method: this client has no secret to change")
        secret = self._secret(metadata, client_secret)
        if isinstance(secret, Refusal):
            return secret
        row.secret_digest = _digest(secret)
        row.updated_at = self._clock.now()
        self._session.flush()
        self._report(Event.CLIENT_SECRET_ROTATED, client_id, {})
        return _registered(row, metadata, secret)

    def show(self, client_id: str) -> Registered | Refusal:
        """The client as registered, without its secret, which nobody can read back."""
        row = self._session.get(ClientRow, client_id) if plausible_client_id(client_id) else None
        return _unknown() if row is None else _registered(row, ClientMetadata.model_validate(row.metadata_))

    def listing(self) -> list[Registered]:
        """Every client, oldest first."""
        rows = self._session.scalars(select(ClientRow).order_by(ClientRow.created_at, ClientRow.client_id))
        return [_registered(row, ClientMetadata.model_validate(row.metadata_)) for row in rows]

    def _checked(self, document: Mapping[str, Any]) -> ClientMetadata | Refusal:
        metadata = read_metadata(document)
        if isinstance(metadata, Refusal):
            return metadata
        return check_metadata(metadata, self._policy) or metadata

    def _secret(self, metadata: ClientMetadata, given: str | None) -> str | Refusal | None:
        if metadata.public:
            if given is None:
                return None
            return Refusal(Code.CLIENT_METADATA, "client_secret: a client that authenticates by none has no secret")
        if given is None:
            return self._entropy.secret(SecretKind.CLIENT_SECRET)
        return check_secret(given, self._policy) or given

    def _move(self, client_id: str, state: str, event: Event) -> Registered | Refusal:
        row = self._row(client_id)
        if row is None:
            return _unknown()
        if row.state != state:
            row.state = state
            row.updated_at = self._clock.now()
            self._session.flush()
            self._report(event, client_id, {})
        return _registered(row, ClientMetadata.model_validate(row.metadata_))

    def _row(self, client_id: str) -> ClientRow | None:
        if not plausible_client_id(client_id):
            return None
        return self._session.get(ClientRow, client_id, with_for_update=True)

    def _report(self, event: Event, client_id: str, body: Mapping[str, str | bool | list[str]]) -> None:
        self._trail.append(AuditEvent(event, client_id=client_id, actor="operator", body=body))


def _digest(secret: str | None) -> bytes | None:
    return None if secret is None else digest(SecretKind.CLIENT_SECRET, secret)


def _unknown() -> Refusal:
    return Refusal(Code.CLIENT_UNKNOWN, "no client has this client_id")


def _registered(row: ClientRow, metadata: ClientMetadata, secret: str | None = None) -> Registered:
    return Registered(row.client_id, metadata, row.created_at, enabled=row.state == "enabled", client_secret=secret)
