from pathlib import Path
from uuid import UUID

import pytest
from pydantic import ValidationError

from config.passkeys import PasskeySettings
from idp.authenticators.passkey_options import PasskeyPolicy
from tests.factories.softkey import Maker

MODEL = "00112233-4455-6677-8899-aabbccddeeff"


def test_citizens_and_staff_have_rules_of_their_own(tmp_path: Path) -> None:
    """Without settings anybody's passkey is taken; staff's must be discoverable, and of the models and makers named."""
    plain = PasskeySettings().passkey_rules("https://id.example")
    assert plain.of("citizen") == PasskeyPolicy("preferred", attested=False)
    assert plain.of("staff") == PasskeyPolicy("required", attested=True)
    roots = tmp_path / "roots.pem"
    roots.write_text(Maker().pem + Maker().pem, encoding="ascii")
    rules = PasskeySettings(
        related_origins="https://a.example, https://b.example:8443",
        staff_aaguids=f"{MODEL}, {MODEL.upper()}",
        staff_attestation_roots=roots,
    ).passkey_rules("https://id.example")
    assert rules.party.origins == ("https://id.example", "https://a.example", "https://b.example:8443")
    assert rules.of("staff").models == {UUID(MODEL)}
    assert len(rules.of("staff").roots) == 2
    assert rules.of("citizen") == PasskeyPolicy()


@pytest.mark.parametrize(
    "origin",
    ["http://a.example", "https://a.example/", "https://A.example", "a.example", "https://", "https://u@a.example"],
)
def test_related_origins_are_origins(origin: str) -> None:
    """What a browser would never send as an origin is a mistake of the operator."""
    with pytest.raises(ValidationError, match="must be https origins"):
        PasskeySettings(related_origins=f"https://b.example,{origin}")


def test_models_and_roots_are_looked_at_when_they_are_read(tmp_path: Path) -> None:
    """A wrong number, a missing file, a file of something else: the start stops, and no value is shown."""
    with pytest.raises(ValidationError, match="must be AAGUIDs"):
        PasskeySettings(staff_aaguids="yubikey")
    other = tmp_path / "other"
    other.write_bytes(b"\xff\xfe")
    for file in (tmp_path / "nowhere", other):
        with pytest.raises(ValidationError, match="PEM certificates"):
            PasskeySettings(staff_attestation_roots=file)
