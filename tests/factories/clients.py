"""Relying parties: as values, and as stored rows."""

import datetime as dt
from typing import Any

from idp.clients.client import Client, origins_of, sector_of
from idp.clients.metadata import ClientMetadata
from idp.clients.models import ClientRow
from idp.database import Session
from idp.entropy import SecretKind, digest
from tests.factories.moments import START

SECRET = "made-up-client-secret-for-tests-only-0001"


def client_metadata(**changes: Any) -> dict[str, Any]:
    """Valid metadata of a confidential client with code flow and refresh; `changes` by RFC 7591 name."""
    return {
        "client_name": "Market Stall Permits",
        "redirect_uris": ["https://permits.example/callback"],
        "post_logout_redirect_uris": ["https://permits.example/signed-out"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile email phone address offline_access",
        "purpose": "To write your permit",
        **changes,
    }


def make_client(
    client_id: str = "permits", *, enabled: bool = True, secret: str | None = SECRET, **changes: Any
) -> Client:
    """A client as the hot paths see it; nothing is stored."""
    return Client.of(
        client_id,
        enabled=enabled,
        secret_digest=None if secret is None else digest(SecretKind.CLIENT_SECRET, secret),
        metadata=_settled(client_id, changes).as_document(),
    )


def store_client(
    session: Session,
    client_id: str = "permits",
    *,
    enabled: bool = True,
    secret: str | None = SECRET,
    now: dt.datetime = START,
    **changes: Any,
) -> Client:
    """The same client, stored in the open transaction of `session`."""
    metadata = _settled(client_id, changes)
    session.add(
        ClientRow(
            client_id=client_id,
            state="enabled" if enabled else "disabled",
            secret_digest=None if secret is None else digest(SecretKind.CLIENT_SECRET, secret),
            metadata_=metadata.as_document(),
            origins=origins_of(metadata),
            created_at=now,
            updated_at=now,
        )
    )
    session.flush()
    return make_client(client_id, enabled=enabled, secret=secret, **changes)


def _settled(client_id: str, changes: dict[str, Any]) -> ClientMetadata:
    metadata = ClientMetadata.model_validate(client_metadata(**changes))
    return metadata.model_copy(update={"sector": sector_of(client_id, metadata)})
