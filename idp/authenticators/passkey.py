"""Passkeys: the checks of Web Authentication Level 3, sections 7.1 and 7.2, and the only door to webauthn.

The checks that have a reason of their own are made here, before the library parses and verifies the rest: what it
raises names no reason that could be counted. It is imported when it is first needed, since it brings megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from idp.authenticators.passkey_answers import Asserted, ClientData, Registered, encoded
from idp.authenticators.passkey_attestation import attested_models
from idp.authenticators.passkey_bytes import AuthenticatorData, read_authenticator_data
from idp.authenticators.passkey_options import ALGORITHMS, PasskeyParty, PasskeyPolicy
from idp.authenticators.passkey_store import NewPasskey, Passkey
from idp.entropy import same_digest
from idp.errors import Code, Refusal

if TYPE_CHECKING:
    from webauthn.helpers.structs import AttestationFormat

__all__ = ["verify_assertion", "verify_registration"]

CREATE = "webauthn.create"
GET = "webauthn.get"
UNATTESTED = "none"
ES256, EDDSA, RS256 = ALGORITHMS
P256, ED25519 = 1, 6  # COSE curves (RFC 9053 section 7.1)
RSA_BYTES = range(256, 513)
MAX_PUBLIC_KEY = 1024


class _NotVerifiedError(Exception):
    """Raised inside this module only: the library did not accept an answer."""


def verify_registration(
    party: PasskeyParty, policy: PasskeyPolicy, answer: Registered, challenge: bytes, user_handle: bytes
) -> NewPasskey | Refusal:
    """The new credential, once everything that section 7.1 asks for holds.

    Refused: `PASSKEY_TYPE`, `PASSKEY_ORIGIN` (detail `origin`, `framed` or `rp_id`), `PASSKEY_UNVERIFIED` (the user was
    not present, or not verified), `PASSKEY_BACKUP`, `PASSKEY_ALGORITHM`, `PASSKEY_MODEL`, `PASSKEY_SIGNATURE`,
    `PASSKEY_MALFORMED`. That the credential is nobody's yet is known when it is stored.
    """
    refusal = _client_refusal(party, answer.client, CREATE)
    if refusal is not None:
        return refusal
    try:
        statement, authenticator = _attestation(answer.attestation_object)
    except _NotVerifiedError as error:
        return Refusal(Code.PASSKEY_MALFORMED, str(error))
    attested = None if authenticator is None else authenticator.attested
    if authenticator is None or attested is None or attested.credential_id != answer.credential_id:
        return Refusal(Code.PASSKEY_MALFORMED, "authData")
    refusal = _flags_refusal(party, authenticator)
    if refusal is not None:
        return refusal
    try:
        public_key = _registered_key(party, policy, answer, challenge)
        if not _is_acceptable(public_key):
            return Refusal(Code.PASSKEY_ALGORITHM)
    except _NotVerifiedError as error:
        return Refusal(Code.PASSKEY_SIGNATURE, str(error))
    kind = str(statement.get("fmt", UNATTESTED))
    if policy.models and attested.aaguid not in policy.models & attested_models(statement):
        return Refusal(Code.PASSKEY_MODEL, kind)
    return NewPasskey(
        credential_id=answer.credential_id,
        user_handle=user_handle,
        public_key=public_key,
        sign_count=authenticator.sign_count,
        aaguid=attested.aaguid,
        transports=answer.transports,
        attestation=kind,
        backup_eligible=authenticator.backup_eligible,
        backed_up=authenticator.backed_up,
    )


def verify_assertion(
    party: PasskeyParty, passkey: Passkey, answer: Asserted, challenge: bytes
) -> AuthenticatorData | Refusal:
    """What the authenticator said, once everything that section 7.2 asks for holds, but for the counter.

    The counter is judged where it is stored (`PasskeyStore.used`). Refused: as `verify_registration`, and
    `PASSKEY_BACKUP` also for a credential that could not be backed up before and can be now, or the other way round.
    """
    refusal = _client_refusal(party, answer.client, GET)
    if refusal is not None:
        return refusal
    authenticator = read_authenticator_data(answer.authenticator_data)
    if authenticator is None or authenticator.attested is not None:
        return Refusal(Code.PASSKEY_MALFORMED, "authenticatorData")
    refusal = _flags_refusal(party, authenticator)
    if refusal is not None:
        return refusal
    if authenticator.backup_eligible != passkey.backup_eligible:
        return Refusal(Code.PASSKEY_BACKUP, "changed")
    try:
        _check_signature(party, passkey, answer, challenge)
    except _NotVerifiedError as error:
        return Refusal(Code.PASSKEY_SIGNATURE, str(error))
    return authenticator


def _client_refusal(party: PasskeyParty, client: ClientData, wanted: str) -> Refusal | None:
    if client.type != wanted:
        return Refusal(Code.PASSKEY_TYPE)
    if client.origin not in party.origins:
        return Refusal(Code.PASSKEY_ORIGIN, "origin")
    return Refusal(Code.PASSKEY_ORIGIN, "framed") if client.framed else None


def _flags_refusal(party: PasskeyParty, authenticator: AuthenticatorData) -> Refusal | None:
    if not same_digest(authenticator.rp_id_hash, sha256(party.id.encode()).digest()):
        return Refusal(Code.PASSKEY_ORIGIN, "rp_id")
    if not authenticator.user_present:
        return Refusal(Code.PASSKEY_UNVERIFIED, "presence")
    if not authenticator.user_verified:
        return Refusal(Code.PASSKEY_UNVERIFIED, "verification")
    if authenticator.backed_up and not authenticator.backup_eligible:
        return Refusal(Code.PASSKEY_BACKUP, "flags")
    return None


def _attestation(raw: bytes) -> tuple[dict[str, Any], AuthenticatorData | None]:
    """The attestation object (section 6.5) and the authenticator data in it."""
    from webauthn.helpers import parse_cbor  # noqa: PLC0415 - see the module's first lines

    with _library():
        statement = parse_cbor(raw)
    data = statement.get("authData") if isinstance(statement, dict) else None
    if not isinstance(data, bytes) or not isinstance(statement.get("attStmt"), dict):
        raise _NotVerifiedError("attestationObject")
    return statement, read_authenticator_data(data)


def _registered_key(party: PasskeyParty, policy: PasskeyPolicy, answer: Registered, challenge: bytes) -> bytes:
    from webauthn import verify_registration_response  # noqa: PLC0415 - see the module's first lines
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415 - as above
    from webauthn.helpers.structs import (  # noqa: PLC0415 - as above
        AttestationFormat,
        AuthenticatorAttestationResponse,
        RegistrationCredential,
    )

    roots: dict[AttestationFormat, list[bytes]] = {}
    if policy.attested and policy.roots:
        roots = {form: list(policy.roots) for form in AttestationFormat}
    with _library():
        return verify_registration_response(
            credential=RegistrationCredential(
                id=encoded(answer.credential_id),
                raw_id=answer.credential_id,
                response=AuthenticatorAttestationResponse(
                    client_data_json=answer.client.raw, attestation_object=answer.attestation_object
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(algorithm) for algorithm in ALGORITHMS],
            pem_root_certs_bytes_by_fmt=roots,
        ).credential_public_key


def _is_acceptable(public_key: bytes) -> bool:
    """True for keys that are of use with their algorithm: P-256, Ed25519, RSA of 2048 to 4096 bits."""
    from webauthn.helpers import decode_credential_public_key  # noqa: PLC0415 - see the module's first lines

    if len(public_key) > MAX_PUBLIC_KEY:
        return False
    with _library():
        key: Any = decode_credential_public_key(public_key)
    if key.alg in {ES256, EDDSA}:
        return bool(getattr(key, "crv", None) == (P256 if key.alg == ES256 else ED25519))
    modulus = getattr(key, "n", b"")
    return bool(key.alg == RS256 and len(modulus) in RSA_BYTES)


def _check_signature(party: PasskeyParty, passkey: Passkey, answer: Asserted, challenge: bytes) -> None:
    from webauthn import verify_authentication_response  # noqa: PLC0415 - see the module's first lines
    from webauthn.helpers.structs import (  # noqa: PLC0415 - as above
        AuthenticationCredential,
        AuthenticatorAssertionResponse,
    )

    with _library():
        verify_authentication_response(
            credential=AuthenticationCredential(
                id=encoded(answer.credential_id),
                raw_id=answer.credential_id,
                response=AuthenticatorAssertionResponse(
                    client_data_json=answer.client.raw,
                    authenticator_data=answer.authenticator_data,
                    signature=answer.signature,
                    user_handle=answer.user_handle,
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # judged by the store, in the statement that writes the new count
            require_user_verification=True,
        )


@contextmanager
def _library() -> Iterator[None]:
    """Turns whatever the library's parsers raise at hostile bytes into one refusal, which names the kind only."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - parsers of hostile bytes raise whatever they meet
        raise _NotVerifiedError(type(error).__name__) from None
