"""A relying party as the hot paths see it: parsed once, immutable, every answer a set look-up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.clients.addresses import MAX_ADDRESS_CHARS, portless_loopback, web_address
from idp.clients.metadata import AuthMethod, ClientMetadata, GrantType, ResponseMode, SubjectType
from idp.keys.jose import Algorithm

__all__ = [
    "MAX_CLIENT_ID_CHARS",
    "Client",
    "ResourceServer",
    "origins_of",
    "plausible_client_id",
    "sector_of",
]

MAX_CLIENT_ID_CHARS = 200


@dataclass(frozen=True, slots=True)
class Client:
    """A registered relying party.

    `sector` groups the clients that see one pairwise `sub`. `fingerprint` changes with what a person agreed
    to (redirect URIs, scopes, purpose), so that a consent can be asked anew. `origins` may call with CORS.
    `min_acr` and `default_max_age` are None where the client asks for nothing; `default_max_age` is in
    seconds. `names` and `purposes` are in further languages, by tag in lower case.
    """

    client_id: str
    enabled: bool
    secret_digest: bytes | None = field(repr=False)
    auth_method: AuthMethod
    redirect_uris: frozenset[str]
    post_logout_redirect_uris: frozenset[str]
    grant_types: frozenset[GrantType]
    response_modes: frozenset[ResponseMode]
    scopes: frozenset[str]
    sector: str
    subject_type: SubjectType
    id_token_alg: Algorithm
    access_token_alg: Algorithm
    resources: tuple[str, ...]
    require_pkce: bool
    claims_in_id_token: bool
    min_acr: str | None
    default_acr_values: tuple[str, ...]
    default_max_age: int | None
    require_auth_time: bool
    origins: frozenset[str]
    name: str
    logo_uri: str | None
    client_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    initiate_login_uri: str | None
    purpose: str | None
    essential_claims: frozenset[str]
    native: bool
    fingerprint: str
    loopback_redirects: frozenset[str]
    names: Mapping[str, str] = field(hash=False)
    purposes: Mapping[str, str] = field(hash=False)

    def name_in(self, tag: str) -> str:
        """The name for people who read the language `tag` (BCP 47)."""
        return _in_language(self.names, tag) or self.name

    def purpose_in(self, tag: str) -> str | None:
        """Why it asks, for people who read the language `tag` (BCP 47); None where no reason was registered."""
        return _in_language(self.purposes, tag) or self.purpose

    @property
    def public(self) -> bool:
        """True when the client can keep no secret (RFC 6749 section 2.1)."""
        return self.auth_method is AuthMethod.NONE

    def accepts_redirect_uri(self, uri: str) -> bool:
        """True when `uri` is registered, byte for byte; a native client's loopback port may differ.

        RFC 9700 section 2.1, RFC 8252 section 7.3. Ask this before any parser sees the address.
        """
        if uri in self.redirect_uris:
            return True
        if not self.loopback_redirects or len(uri) > MAX_ADDRESS_CHARS:
            return False
        return portless_loopback(uri) in self.loopback_redirects

    @classmethod
    def of(cls, client_id: str, *, enabled: bool, secret_digest: bytes | None, metadata: Mapping[str, Any]) -> Client:
        """Parse stored metadata, which was checked when it was registered."""
        known = ClientMetadata.model_validate(metadata)
        native = known.application_type == "native"
        portless = {portless_loopback(uri) for uri in known.redirect_uris} if native else set()
        return cls(
            client_id=client_id,
            enabled=enabled,
            secret_digest=secret_digest,
            auth_method=known.token_endpoint_auth_method,
            redirect_uris=frozenset(known.redirect_uris),
            post_logout_redirect_uris=frozenset(known.post_logout_redirect_uris),
            grant_types=frozenset(known.grant_types),
            response_modes=frozenset(known.response_modes),
            scopes=frozenset(known.scope.split()),
            sector=sector_of(client_id, known),
            subject_type=known.subject_type,
            id_token_alg=known.id_token_signed_response_alg,
            access_token_alg=known.access_token_signing_alg,
            resources=known.resources,
            require_pkce=known.require_pkce,
            claims_in_id_token=known.claims_in_id_token,
            min_acr=known.min_acr,
            default_acr_values=known.default_acr_values,
            default_max_age=known.default_max_age,
            require_auth_time=known.require_auth_time,
            origins=frozenset(origins_of(known)),
            name=known.client_name or client_id,
            logo_uri=known.logo_uri,
            client_uri=known.client_uri,
            policy_uri=known.policy_uri,
            tos_uri=known.tos_uri,
            initiate_login_uri=known.initiate_login_uri,
            purpose=known.purpose,
            essential_claims=frozenset(known.essential_claims),
            native=native,
            fingerprint=_fingerprint(known),
            loopback_redirects=frozenset(uri for uri in portless if uri is not None),
            names={tag.lower(): name for tag, name in known.names.items()},
            purposes={tag.lower(): purpose for tag, purpose in known.purposes.items()},
        )


@dataclass(frozen=True, slots=True)
class ResourceServer:
    """An API that accepts our access tokens; `client_ids` are the clients that may introspect for it."""

    audience: str
    name: str
    scopes: frozenset[str]
    client_ids: frozenset[str]


def plausible_client_id(text: str) -> bool:
    """True for what may be a client_id at all: 1 to 200 printable ASCII characters (RFC 6749 A.1)."""
    return 0 < len(text) <= MAX_CLIENT_ID_CHARS and text.isascii() and text.isprintable()


def sector_of(client_id: str, metadata: ClientMetadata) -> str:
    """The registered sector, else the one host of the redirect URIs, else the client (OpenID Core 8.1).

    A loopback host is nobody's: clients on one developer's machine do not become one sector.
    """
    if metadata.sector is not None:
        return metadata.sector
    addresses = [web_address(uri) for uri in metadata.redirect_uris]
    hosts = {address.host for address in addresses if address is not None and not address.loopback}
    return hosts.pop() if len(hosts) == 1 else client_id


def origins_of(metadata: ClientMetadata) -> list[str]:
    """The origins that may call with CORS: the registered ones, else those of the redirect URIs; sorted."""
    if metadata.allowed_cors_origins:
        return sorted(metadata.allowed_cors_origins)
    addresses = [web_address(uri) for uri in metadata.redirect_uris]
    return sorted({address.origin for address in addresses if address is not None})


def _fingerprint(metadata: ClientMetadata) -> str:
    agreed: list[Any] = [sorted(metadata.redirect_uris), sorted(metadata.scope.split()), metadata.purpose]
    if metadata.purposes:
        agreed.append(sorted(metadata.purposes.items()))
    return hashlib.sha256(json.dumps(agreed, separators=(",", ":")).encode()).hexdigest()


def _in_language(words: Mapping[str, str], tag: str) -> str | None:
    """RFC 4647 section 3.4: the tag is shortened from its end until there are words for it."""
    parts = tag.lower().split("-")
    wanted = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((words[one] for one in wanted if one in words), None)
