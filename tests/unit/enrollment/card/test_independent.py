"""An implementation of others, the package `claim169`: it believes what we sign, and we believe what it signs."""

from datetime import UTC, datetime
from typing import Any

import claim169  # type: ignore[import-untyped]  # it has stubs, but does not say so
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from enrollment.card import Checked, Reason, base45, check
from enrollment.card.envelope import sealed
from enrollment.card.identity import names_of
from enrollment.card.trust import key_id_of, own
from idp.keys.jose import Algorithm
from tests.factories.cards import ISSUER, PICTURE, Forger

NOW = datetime.now(UTC)
# The package asks the machine's clock, which a long run moves on.
SOON = int(NOW.timestamp()) + 86_400
BOTH = pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.EDDSA])


def keys(forger: Forger) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The public and the private half as that package takes them."""
    if isinstance(forger.public, ed25519.Ed25519PublicKey):
        public, private = forger.public.public_bytes_raw(), forger.private.private_bytes_raw()
        return {"verify_with_ed25519": public}, {"sign_with_ed25519": private}
    point = serialization.PublicFormat.UncompressedPoint
    public = forger.public.public_bytes(serialization.Encoding.X962, point)
    private = forger.private.private_numbers().private_value.to_bytes(32, "big")
    return {"verify_with_ecdsa_p256": public}, {"sign_with_ecdsa_p256": private}


@BOTH
def test_it_verifies_our_cards(algorithm: Algorithm) -> None:
    """Signature, time, names, picture and key id."""
    forger = Forger(algorithm)
    told = names_of(
        id="2234567890123457", version="1.0", language="eng", fullName="Testa Binta Sampleton",
        dateOfBirth="19900228", gender=2, nationality="SLE", countryOfIssuance="SLE", face=PICTURE,
    )  # fmt: skip
    claims: dict[int, Any] = {1: ISSUER, 4: SOON, 6: SOON - 86_400, 7: b"serial-one", 169: told}
    text = base45.encoded(sealed(claims, algorithm, forger.private, key_id_of(forger.public)))
    public, _ = keys(forger)
    read = claim169.decode(text, **public)
    assert read.is_verified()
    assert read.cwt_meta.expires_at == SOON
    assert (read.claim169.full_name, read.claim169.gender) == ("Testa Binta Sampleton", 2)
    assert [(face.data, face.format, face.sub_format) for face in read.claim169.face] == [(PICTURE, 0, 4)]
    assert claim169.inspect(text).key_id == key_id_of(forger.public)
    with pytest.raises(claim169.SignatureError):
        claim169.decode(text, **keys(Forger(algorithm))[0])


def issued(forger: Forger, *, expires_at: int = SOON, **options: Any) -> str:
    """A card of that package's."""
    finger = claim169.Biometric(b"finger", 0, 1, "A maker")
    person = claim169.Claim169Input(
        id="ID-1", full_name="Testa Sampleton", first_name="Testa", gender=1, marital_status=2, guardian="Somebody",
        secondary_full_name="تستا", secondary_language="ara", right_thumb=[finger],
        face=[claim169.Biometric(PICTURE, 0, 4)],
    )  # fmt: skip
    return str(claim169.encode(person, claim169.CwtMetaInput(ISSUER, expires_at), **keys(forger)[1], **options))


@BOTH
def test_we_verify_its_cards(algorithm: Algorithm) -> None:
    """Every member under the same name; without the key nobody's."""
    forger = Forger(algorithm)
    text = issued(forger)
    checked = check(text, [own(forger.public)], NOW)
    assert checked.valid
    assert checked.claims == {
        "id": "ID-1", "fullName": "Testa Sampleton", "firstName": "Testa", "gender": 1, "maritalStatus": 2,
        "guardian": "Somebody", "secondaryFullName": "تستا", "secondaryLanguage": "ara",
        "rightThumb": [{"format": 0, "subFormat": 1, "issuer": "A maker"}], "face": [{"format": 0, "subFormat": 4}],
    }  # fmt: skip
    assert checked.picture == ("WebP", PICTURE)
    assert check(text, [], NOW).reason is Reason.UNKNOWN_KEY
    assert (
        check(issued(forger, expires_at=int(NOW.timestamp()) - 1), [own(forger.public)], NOW).reason is Reason.EXPIRED
    )


def test_what_it_locks_or_does_not_sign_is_refused() -> None:
    """Encrypted, and unsigned: each with its reason."""
    forger = Forger(Algorithm.EDDSA)
    person, meta = claim169.Claim169Input(id="ID-1", full_name="T"), claim169.CwtMetaInput(ISSUER, SOON)
    unsigned = claim169.encode(person, meta, allow_unsigned=True)
    assert check(unsigned, [own(forger.public)], NOW).reason is Reason.UNSIGNED


@pytest.mark.parametrize("bits", [128, 256])
def test_what_it_locks_is_opened_with_the_secret(bits: int) -> None:
    """By one of several; without it nothing is said but that it is locked. What is inside has to be signed as ever."""
    forger, secret = Forger(Algorithm.EDDSA), bytes([7]) * (bits // 8)
    lock: dict[str, Any] = {f"encrypt_with_aes{bits}": secret}
    locked = issued(forger, **lock)
    keys = [own(forger.public)]
    assert check(locked, keys, NOW) == Checked(Reason.ENCRYPTED)
    assert check(locked, keys, NOW, [bytes(16), bytes(24), bytes(32)]).reason is Reason.ENCRYPTED
    opened = check(locked, keys, NOW, [bytes(bits // 8), secret])
    assert opened.valid
    assert opened.claims is not None
    assert opened.claims["fullName"] == "Testa Sampleton"
    assert check(locked, [], NOW, [secret]).reason is Reason.UNKNOWN_KEY
