"""`./wangov card`: the verdict on standard output, by our keys, by given ones, and by the register."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from enrollment.card import Asked, Card
from enrollment.register import NewPerson
from enrollment.register.models import PersonRow
from enrollment.web.card_rooms import cards, register
from idp.keys.jose import public_jwk
from idp.web.extensions import db
from tests.factories.cards import Forger
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


def test_by_a_given_key(wangov: Any, tmp_path: Path) -> None:
    """Good with the key among others, of an unknown key without it; nonsense is malformed."""
    forger = Forger()
    keys = ("--key", key_file(tmp_path, Forger()), "--key", key_file(tmp_path, forger))
    good = verdict(wangov, f"{forger.text()}\n", *keys)
    assert (good["valid"], good["reason"], good["claims"]["fullName"]) == (True, None, "Testa Sampleton")
    assert verdict(wangov, forger.text(), *keys[:2])["reason"] == "unknown-key"
    assert verdict(wangov, forger.text({4: 1}), *keys)["reason"] == "expired"
    assert verdict(wangov, "nonsense") == {"valid": False, "reason": "malformed", "claims": None, "meta": {}}
    assert verdict(wangov, "", *keys)["reason"] == "malformed"
    assert verdict(wangov, "\u00e4", *keys)["reason"] == "malformed"


def test_a_file_without_a_key_is_a_usage_error(wangov: Any, tmp_path: Path) -> None:
    """It is never passed over in silence."""
    path = tmp_path / "none.json"
    path.write_text("{}")
    assert wangov.run("card", "verify", "--key", str(path), "--json", text="x").status == 2
    assert wangov.run("card", "verify", "--key", str(tmp_path / "absent"), "--json", text="x").status == 2


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
