"""What this installation lets a relying party register: a row of small named checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from idp.clients.addresses import origin_fault, page_fault, redirect_fault, resource_fault
from idp.clients.metadata import AuthMethod, ClientMetadata, GrantType
from idp.errors import Code, Refusal
from idp.keys.jose import Algorithm

__all__ = ["RegistrationPolicy", "check_metadata", "check_secret"]

MAX_SECRET_CHARS = 500
ACCESS_TOKEN_ALGORITHMS = frozenset({Algorithm.ES256, Algorithm.RS256})


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """What differs between installations.

    `loopback_http` lets a client live on http://localhost; `min_secret_chars` is asked of a secret that is
    taken over (22 characters of base64 hold 128 bits, RFC 6749 section 10.10).
    """

    loopback_http: bool = False
    min_secret_chars: int = 22

    @classmethod
    def for_environment(cls, environment: str) -> RegistrationPolicy:
        """Development and test allow loopback addresses and short secrets; everything else is strict."""
        if environment in {"development", "test"}:
            return cls(loopback_http=True, min_secret_chars=8)
        return cls()


def check_metadata(metadata: ClientMetadata, policy: RegistrationPolicy) -> Refusal | None:
    """The first reason not to register this, or None. Nothing of it depends on what is already stored."""
    for check in _CHECKS:
        refusal = check(metadata, policy)
        if refusal is not None:
            return refusal
    return None


def check_secret(secret: str, policy: RegistrationPolicy) -> Refusal | None:
    """Whether a secret made elsewhere may be taken over: printable ASCII (RFC 6749 A.2) and long enough."""
    if not policy.min_secret_chars <= len(secret) <= MAX_SECRET_CHARS:
        bounds = f"{policy.min_secret_chars} to {MAX_SECRET_CHARS} characters"
        return Refusal(Code.CLIENT_METADATA, f"client_secret: must have {bounds}")
    if not (secret.isascii() and secret.isprintable()):
        return Refusal(Code.CLIENT_METADATA, "client_secret: must be printable ASCII")
    return None


def _redirect_uris(metadata: ClientMetadata, policy: RegistrationPolicy) -> Refusal | None:
    if metadata.uses_code and not metadata.redirect_uris:
        return Refusal(Code.CLIENT_REDIRECT_URI, "redirect_uris: the code flow needs at least one")
    return _redirect_list("redirect_uris", metadata.redirect_uris, metadata, policy, Code.CLIENT_REDIRECT_URI)


def _logout_uris(metadata: ClientMetadata, policy: RegistrationPolicy) -> Refusal | None:
    member, uris = "post_logout_redirect_uris", metadata.post_logout_redirect_uris
    return _redirect_list(member, uris, metadata, policy, Code.CLIENT_METADATA)


def _redirect_list(
    member: str, uris: Iterable[str], metadata: ClientMetadata, policy: RegistrationPolicy, code: Code
) -> Refusal | None:
    native = metadata.application_type == "native"
    return _each(member, uris, lambda uri: redirect_fault(uri, native=native, loopback_http=policy.loopback_http), code)


def _pages(metadata: ClientMetadata, policy: RegistrationPolicy) -> Refusal | None:
    for member in ("client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri"):
        uri = getattr(metadata, member)
        fault = page_fault(uri, loopback_http=policy.loopback_http) if uri is not None else None
        if fault:
            return Refusal(Code.CLIENT_METADATA, f"{member}: {fault}")
    return None


def _origins(metadata: ClientMetadata, policy: RegistrationPolicy) -> Refusal | None:
    member, origins = "allowed_cors_origins", metadata.allowed_cors_origins
    return _each(member, origins, lambda origin: origin_fault(origin, loopback_http=policy.loopback_http))


def _resources(metadata: ClientMetadata, _: RegistrationPolicy) -> Refusal | None:
    return _each("resources", metadata.resources, resource_fault)


def _grants(metadata: ClientMetadata, _: RegistrationPolicy) -> Refusal | None:
    if metadata.uses_code != ("code" in metadata.response_types):
        return Refusal(Code.CLIENT_METADATA, "response_types: code belongs to grant_types with authorization_code")
    if GrantType.REFRESH_TOKEN in metadata.grant_types and not metadata.uses_code:
        return Refusal(Code.CLIENT_METADATA, "grant_types: refresh_token needs authorization_code")
    return None


def _public(metadata: ClientMetadata, _: RegistrationPolicy) -> Refusal | None:
    if not metadata.public:
        return None
    if not metadata.require_pkce:
        return Refusal(Code.CLIENT_METADATA, "require_pkce: a client without a secret cannot do without PKCE")
    if GrantType.CLIENT_CREDENTIALS in metadata.grant_types:
        return Refusal(
            Code.CLIENT_METADATA,
            f"grant_types: client_credentials needs a method other than {AuthMethod.NONE}",
        )
    return None


def _algorithms(metadata: ClientMetadata, _: RegistrationPolicy) -> Refusal | None:
    if metadata.access_token_signing_alg not in ACCESS_TOKEN_ALGORITHMS:
        return Refusal(Code.CLIENT_METADATA, "access_token_signing_alg: must be ES256 or RS256")
    return None


def _each(
    member: str,
    items: Iterable[str],
    fault_of: Callable[[str], str | None],
    code: Code = Code.CLIENT_METADATA,
) -> Refusal | None:
    for position, item in enumerate(items):
        fault = fault_of(item)
        if fault:
            return Refusal(code, f"{member}.{position}: {fault}")
    return None


_CHECKS = (_redirect_uris, _logout_uris, _pages, _origins, _resources, _grants, _public, _algorithms)
