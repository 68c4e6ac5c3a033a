"""`./wangov card`: the verdict on standard output, by our keys, by given ones, and by the register."""

import json
import uuid
import zlib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import update

from enrollment.card import Asked, Card, base45, cbor
from enrollment.card.envelope import sealed
from enrollment.card.listing import CLAIM, mark_of
from enrollment.cli.cards import card
from enrollment.register import NewPerson
from enrollment.register.models import PersonRow
from enrollment.web.card_rooms import card_keys, card_lists, cards, register
from idp.keys.jose import public_jwk
from idp.web.extensions import db
from tests.factories.cards import ISSUER, Forger
from tests.factories.register import facts

pytestmark = pytest.mark.integration


def key_file(folder: Path, forger: Forger) -> str:
    """A file with a public key."""
    path = folder / f"{uuid.uuid4()}.json"
    path.write_text(json.dumps(public_jwk(forger.public, forger.algorithm)))
    return str(path)


def verdict(wangov: Any, text: str, *options: str) -> dict[str, Any]:
    """What the command prints."""
    said = wangov.run("card", "verify", *options, "--json", text=text)
    assert said.status == 0, said.output
    return dict(said.document)


def alone(text: str, *options: str) -> dict[str, Any]:
    """The same where nothing is installed."""

    def nothing() -> Flask:
        raise SystemExit(2)

    said = CliRunner().invoke(card, ["verify", *options, "--json"], input=text, obj=ScriptInfo(create_app=nothing))
    assert said.exit_code == 0, said.output
    return dict(json.loads(said.stdout))


def test_by_a_given_key(wangov: Any, tmp_path: Path) -> None:
    """Good with the key among others, of an unknown key without it; nonsense is malformed."""
    forger = Forger()
    keys = ("--key", key_file(tmp_path, Forger()), "--key", key_file(tmp_path, forger))
    good = verdict(wangov, f"{forger.text()}\n", *keys)
    assert (good["valid"], good["reason"], good["claims"]["fullName"]) == (True, None, "Testa Sampleton")
    assert verdict(wangov, forger.text(), *keys[:2])["reason"] == "unknown-key"
    assert verdict(wangov, forger.text({4: 1}), *keys)["reason"] == "expired"
    assert verdict(wangov, "nonsense") == {
        "valid": False, "reason": "malformed", "claims": None, "meta": {}, "standing": None, "warnings": [],
    }  # fmt: skip
    assert verdict(wangov, "", *keys)["reason"] == "malformed"
    assert verdict(wangov, "\u00e4", *keys)["reason"] == "malformed"


def test_a_file_without_a_key_is_told_and_the_card_is_looked_at(wangov: Any, tmp_path: Path) -> None:
    """It makes no card good, and hinders none; a file that is not there is a call that cannot be carried out."""
    forger, path = Forger(), tmp_path / "none.json"
    path.write_text("{}")
    found = verdict(wangov, forger.text(), "--key", str(path))
    assert (found["valid"], found["reason"]) == (False, "unknown-key")
    assert found["warnings"] == ["none.json: no `signing_key` with a `public_key_hex`, and no JWK"]
    assert verdict(wangov, forger.text(), "--key", str(path), "--key", key_file(tmp_path, forger))["valid"]
    said = wangov.run("card", "verify", "--key", str(path), text=forger.text())
    assert (said.status, "warning: none.json" in said.output) == (1, True)
    assert wangov.run("card", "verify", "--key", str(tmp_path / "absent"), "--json", text="x").status == 2


def test_a_card_that_its_issuer_locked(wangov: Any, tmp_path: Path) -> None:
    """With the secret in the file of keys, as in the published examples; without it `encrypted`."""
    forger, secret, header = Forger(), bytes(range(32)), cbor.encoded({1: 3})
    inner = zlib.decompress(base45.decoded(forger.text()))
    locked = AESGCM(secret).encrypt(bytes(12), inner, cbor.encoded(["Encrypt0", header, b""]))
    text = base45.encoded(zlib.compress(cbor.encoded(cbor.Tagged(16, [header, {5: bytes(12)}, locked]))))
    path = tmp_path / "secret.json"
    path.write_text(json.dumps({"encryption_key": {"algorithm": "A256GCM", "symmetric_key_hex": secret.hex()}}))
    keys = ("--key", key_file(tmp_path, forger))
    assert verdict(wangov, text, *keys)["reason"] == "encrypted"
    assert verdict(wangov, text, *keys, "--key", str(path))["valid"]
    assert verdict(wangov, text, "--key", str(path))["reason"] == "unknown-key"


def test_off_the_network_a_list_tells_who_is_suspended_or_dead(wangov: Any, tmp_path: Path) -> None:
    """With keys and list in files and no installation: as the register says, until the list is too old."""
    with wangov.app.test_request_context():
        made = {}
        for status in ("active", "suspended", "deceased", "erased"):
            [person_id] = register().open([NewPerson(uuid.uuid4(), facts(), 3)])
            made[status] = cards().issue(person_id, Asked(None))
            db.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(status=status))
        keys, listed = tmp_path / "keys.json", tmp_path / "list"
        keys.write_text(json.dumps({"keys": card_keys().published()}))
        listed.write_bytes(card_lists().current().content)
        db.session.commit()
    texts = {status: card.text for status, card in made.items() if isinstance(card, Card)}
    files = ("--key", str(keys), "--list", str(listed))
    found = {status: alone(text, *files) for status, text in texts.items()}
    assert {status: one["reason"] for status, one in found.items()} == {
        "active": None, "suspended": "suspended", "deceased": "deceased", "erased": "revoked",
    }  # fmt: skip
    assert (found["active"]["standing"], found["active"]["warnings"]) == ("list", [])
    unasked = alone(texts["deceased"], *files[:2])
    assert (unasked["valid"], unasked["standing"]) == (True, None)
    assert verdict(wangov, texts["active"], *files)["standing"] == "register"
    stranger = Forger()
    told = alone(stranger.text(), "--key", key_file(tmp_path, stranger), *files[2:])
    assert (told["standing"], told["warnings"]) == (None, ["the list is none that a key of these signed"])
    assert alone("nonsense")["reason"] == "malformed"
    unknown = alone(texts["active"])
    assert (unknown["reason"], unknown["warnings"]) == (
        "unknown-key", ["our own keys could not be asked: no installation, or its stores are away"],
    )  # fmt: skip


def test_a_list_that_is_too_old_is_told(wangov: Any, tmp_path: Path) -> None:
    """What it says against a card still counts; that it says nothing is worth nothing."""
    forger, keys, listed = Forger(), tmp_path / "keys.json", tmp_path / "list"
    keys.write_text(json.dumps(public_jwk(forger.public, forger.algorithm)))
    for marks, reason in ((b"", None), (mark_of(b"serial-one"), "suspended")):
        listed.write_bytes(
            sealed(
                {1: ISSUER, 4: 1_700_000_000, 6: 1_600_000_000, CLAIM: {2: marks}},
                forger.algorithm, forger.private, b"",
            )
        )  # fmt: skip
        found = verdict(wangov, forger.text(), "--key", str(keys), "--list", str(listed))
        assert (found["reason"], found["standing"]) == (reason, None)
        assert found["warnings"] == ["the list is of 2020-09-13T12:26:40+00:00, and its time is over"]
    assert "nobody was asked" in wangov.run("card", "verify", "--key", str(keys), text=forger.text()).output


def test_a_list_of_another_issuer_says_nothing(wangov: Any, tmp_path: Path) -> None:
    """By a key that is trusted as well: it neither makes this card good nor takes it back."""
    forger, keys, listed = Forger(), tmp_path / "keys.json", tmp_path / "list"
    keys.write_text(json.dumps(public_jwk(forger.public, forger.algorithm)))
    until = int(wangov.app.extensions["wangov"].clock.now().timestamp()) + 3600
    for issuer in ("https://other.example", None):
        claims = {4: until, 6: 1_600_000_000, CLAIM: {2: mark_of(b"serial-one")}, **({1: issuer} if issuer else {})}
        listed.write_bytes(sealed(claims, forger.algorithm, forger.private, b""))
        found = verdict(wangov, forger.text(), "--key", str(keys), "--list", str(listed))
        assert (found["valid"], found["standing"]) == (True, None)
        assert found["warnings"] == ["the list is another issuer's"]


def test_our_own_card_and_what_became_of_it(wangov: Any) -> None:
    """Good by our own key without naming it; then suspended, dead, revoked; a leaked key is unknown."""
    with wangov.app.test_request_context():
        [person_id] = register().open([NewPerson(uuid.uuid4(), facts(), 3)])
        made = cards().issue(person_id, Asked(None))
        db.session.commit()
        assert isinstance(made, Card)
    assert verdict(wangov, made.text)["valid"]
    for status, reason in (("suspended", "suspended"), ("deceased", "deceased"), ("erased", "revoked")):
        with wangov.session() as session:
            session.execute(update(PersonRow).where(PersonRow.id == person_id).values(status=status))
            session.commit()
        assert verdict(wangov, made.text)["reason"] == reason
    assert wangov.run("card", "verify", text=made.text).status == 1
    listed = wangov.run("card", "keys", "list", "--json").document["keys"]
    assert [(one["kid"], one["state"], one["cards"]) for one in listed] == [(made.key_id, "active", 1)]
    assert wangov.run("card", "keys", "revoke", made.key_id).status == 2
    assert wangov.run("card", "keys", "revoke", made.key_id, "--yes", "--json").status == 0
    assert verdict(wangov, made.text)["reason"] == "unknown-key"
    assert wangov.run("card", "keys", "export", "--json").document == {"keys": []}


def test_a_key_is_rotated(wangov: Any) -> None:
    """The first is active at once; the next waits for its day."""
    first = wangov.run("card", "keys", "rotate", "--json").document
    second = wangov.run("card", "keys", "rotate", "--algorithm", "EdDSA", "--json").document
    assert second["active_from"] > first["active_from"]
    exported = wangov.run("card", "keys", "export", "--json").document["keys"]
    assert [one["kid"] for one in exported] == [first["kid"], second["kid"]]
