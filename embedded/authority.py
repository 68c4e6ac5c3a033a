"""Private certificate authorities: one within the object store, one for https on localhost."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["Authority", "CertificateFiles"]

_AUTHORITY_DAYS = 3650
_CERTIFICATE_DAYS = 397
_RENEW_DAYS = 30
_BACKDATED = timedelta(hours=1)
_SIGNS_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A certificate and its private key, both PEM."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority that is good for the loopback names only (RFC 5280 section 4.2.1.10).

    Whoever trusts it in a browser gives its key power over `localhost`, 127.0.0.1 and ::1 and nothing else.
    Keys are P-256. All is kept in `folder`, the keys mode 0600; what expires within 30 days is made anew.
    """

    def __init__(self, folder: Path, title: str) -> None:
        self._folder = folder
        self._title = title
        self.certificate = folder / "authority.pem"
        self._key_file = folder / "authority.key"

    def issue(self, name: str) -> CertificateFiles:
        """A certificate for the loopback names, usable by servers and by clients, valid for 397 days."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority, authority_key = self._authority()
        files = CertificateFiles(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        if _usable(files, authority):
            return files
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(f"{self._title}, {name}", authority.subject, key, _CERTIFICATE_DAYS)
            .add_extension(x509.SubjectAlternativeName(_loopback_names()), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .sign(authority_key, hashes.SHA256())
        )
        _write_key(files.key, key)
        _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        return files

    def _authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        known = _load(self.certificate)
        if known is not None and self._key_file.exists():
            key = serialization.load_pem_private_key(self._key_file.read_bytes(), password=None)
            if isinstance(key, ec.EllipticCurvePrivateKey):
                return known, key
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._title)])
        certificate = (
            _builder(self._title, name, key, _AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_SIGNS_CERTIFICATES, critical=True)
            .add_extension(x509.NameConstraints(_permitted_names(), excluded_subtrees=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write_key(self._key_file, key)
        _write(self.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        return certificate, key


def _builder(name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=days))
    )


def _loopback_names() -> list[x509.GeneralName]:
    return [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]


def _permitted_names() -> list[x509.GeneralName]:
    return [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_network("127.0.0.1/32")),
        x509.IPAddress(ipaddress.ip_network("::1/128")),
    ]


def _load(path: Path) -> x509.Certificate | None:
    """The certificate in `path` unless it is missing, unreadable or about to expire."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
    soon = datetime.now(UTC) + timedelta(days=_RENEW_DAYS)
    return certificate if certificate.not_valid_after_utc > soon else None


def _usable(files: CertificateFiles, authority: x509.Certificate) -> bool:
    certificate = _load(files.certificate)
    if certificate is None:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
        key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    return key.public_key() == certificate.public_key()


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(path, pem, 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor: the mode must hold from the start
        stream.write(content)
    fresh.replace(path)
