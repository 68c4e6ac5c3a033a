"""Which models of authenticator a maker's certificate vouches for (Web Authentication Level 3, section 8.2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography import x509

__all__ = ["attested_models"]

PACKED = "packed"
MODEL_EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
SUBJECT_UNIT = "Authenticator Attestation"
_OCTETS = b"\x04\x10"  # an ASN.1 octet string of 16 bytes


def attested_models(statement: Mapping[str, Any]) -> frozenset[UUID]:
    """The models (AAGUIDs) that the certificate of a packed attestation names; none for every other statement.

    That the certificate signed the statement, and where its chain leads, is checked elsewhere. A certificate that
    breaks the form of section 8.2.1 names no model.
    """
    chain = statement.get("attStmt", {}).get("x5c")
    if statement.get("fmt") != PACKED or not isinstance(chain, list) or not chain or not isinstance(chain[0], bytes):
        return frozenset()
    try:
        certificate = x509.load_der_x509_certificate(chain[0])
        if not _is_well_formed(certificate):
            return frozenset()
        extension = certificate.extensions.get_extension_for_oid(MODEL_EXTENSION)
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.InvalidVersion, x509.DuplicateExtension):
        return frozenset()
    named = extension.value.value if isinstance(extension.value, x509.UnrecognizedExtension) else b""
    if extension.critical or len(named) != 18 or not named.startswith(_OCTETS):
        return frozenset()
    return frozenset({UUID(bytes=named[2:])})


def _is_well_formed(certificate: x509.Certificate) -> bool:
    units = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    return certificate.version is x509.Version.v3 and [unit.value for unit in units] == [SUBJECT_UNIT] and not authority
