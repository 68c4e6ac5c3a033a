import datetime as dt
import ipaddress
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, ServerVerifier, Store, VerificationError

from embedded.authority import Authority, CertificateFiles


def loaded(path: Path) -> x509.Certificate:
    """A certificate from its file."""
    return x509.load_pem_x509_certificate(path.read_bytes())


def verifier(authority: Authority, subject: x509.DNSName | x509.IPAddress) -> ServerVerifier:
    """How a client that trusts the authority checks the server `subject`."""
    builder = PolicyBuilder().store(Store([loaded(authority.certificate)]))
    return builder.time(dt.datetime.now(dt.UTC)).build_server_verifier(subject)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority in a folder of its own."""
    return Authority(tmp_path / "authority", "Test authority")


@pytest.mark.parametrize(
    "subject",
    [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))],
    ids=["localhost", "127.0.0.1"],
)
def test_a_certificate_is_good_for_this_machine(authority: Authority, subject: x509.DNSName | x509.IPAddress) -> None:
    """A client that trusts the authority accepts the server by name and by address."""
    files = authority.issue("localhost")
    assert verifier(authority, subject).verify(loaded(files.certificate), [])


def test_a_certificate_is_good_for_nothing_else(authority: Authority) -> None:
    """Neither the certificate nor its authority speaks for another name."""
    files = authority.issue("localhost")
    with pytest.raises(VerificationError):
        verifier(authority, x509.DNSName("example.org")).verify(loaded(files.certificate), [])
    constraints = loaded(authority.certificate).extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert {str(name.value) for name in constraints.value.permitted_subtrees or []} == {
        "localhost",
        "127.0.0.1/32",
        "::1/128",
    }


def test_another_authority_is_not_believed(authority: Authority, tmp_path: Path) -> None:
    """Of the same title, but with another key."""
    other = Authority(tmp_path / "other", "Test authority")
    files = other.issue("localhost")
    authority.issue("localhost")
    with pytest.raises(VerificationError):
        verifier(authority, x509.DNSName("localhost")).verify(loaded(files.certificate), [])


def test_what_is_good_is_kept(authority: Authority, tmp_path: Path) -> None:
    """A browser that trusts the authority need not be told again at the next start; keys have one reader."""
    files = authority.issue("localhost")
    before = [path.read_bytes() for path in (authority.certificate, files.certificate, files.key)]
    again = Authority(tmp_path / "authority", "Test authority").issue("localhost")
    assert again == files
    assert [path.read_bytes() for path in (authority.certificate, files.certificate, files.key)] == before
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert stat.S_IMODE((files.key.parent / "authority.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("lost", ["localhost.pem", "localhost.key", "authority.key", "authority.pem"])
def test_what_is_lost_is_made_anew(authority: Authority, lost: str) -> None:
    """Whichever file is missing, the next start ends with a certificate that fits key and authority."""
    files = authority.issue("localhost")
    (files.key.parent / lost).unlink()
    assert_fits(authority, authority.issue("localhost"))


def test_a_key_of_another_certificate_is_noticed(authority: Authority) -> None:
    """A start that was cut off between the two files leaves a pair that does not fit; it is replaced."""
    files, other = authority.issue("localhost"), authority.issue("other")
    files.key.write_bytes(other.key.read_bytes())
    assert_fits(authority, authority.issue("localhost"))


def assert_fits(authority: Authority, files: CertificateFiles) -> None:
    """Certificate, key and authority belong together."""
    certificate = loaded(files.certificate)
    key = load_pem_private_key(files.key.read_bytes(), password=None)
    assert key.public_key() == certificate.public_key()
    assert verifier(authority, x509.DNSName("localhost")).verify(certificate, [])
