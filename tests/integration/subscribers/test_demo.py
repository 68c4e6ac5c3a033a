import json
import stat
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.audit import Trail
from idp.authenticators.models import TotpRow
from idp.authenticators.password import Passwords
from idp.clients.models import ClientRow
from idp.entropy import SecretKind, digest
from idp.subscribers import Directory
from idp.subscribers.models import SubscriberRow

pytestmark = pytest.mark.integration
FILES = ("people.json", "tax.json", "clinic.json")


@pytest.fixture
def wangov(install: Any) -> Any:
    """An installation on embedded stores."""
    return install(WANGOV_EMBEDDED="true")


def loaded(wangov: Any, *arguments: str) -> dict[str, Any]:
    """What the command printed."""
    said = wangov.run("demo", "load", "--json", *arguments)
    assert said.status == 0, said.output
    document: dict[str, Any] = said.document
    return document


def noted(wangov: Any) -> dict[str, Any]:
    """The files as they are."""
    return {name: json.loads((wangov.data / "demo" / name).read_text("utf-8")) for name in FILES}


def signs_in(wangov: Any, person: dict[str, Any]) -> bool:
    """Whether the password on file is the person's."""
    held = wangov.services
    with wangov.session() as session:
        trail = Trail(session, held.clock, held.entropy)
        people = Directory(session, held.sealer, held.purpose_keys, held.clock, held.entropy, trail)
        found = people.by_username(person["identifier"])
        assert found is not None
        return Passwords(session, held.hasher, held.clock, trail).check(found.id, person["password"]) is True


def test_people_and_services_are_ready_to_try(wangov: Any) -> None:
    """Each person on file signs in with the password on file; each service is registered at its address."""
    loaded(wangov)
    files = noted(wangov)
    people = files["people.json"]["people"]
    assert len(people) == 3
    assert all(signs_in(wangov, person) for person in people)
    assert [person["totp_secret"] is not None for person in people] == [True, False, True]
    assert [service["url"] for service in files["people.json"]["services"]] == [
        "http://localhost:8001/",
        "http://localhost:8002/",
    ]
    tax = files["tax.json"]
    assert tax["redirect_uris"] == ["http://localhost:8001/callback"]
    assert tax["post_logout_redirect_uris"] == ["http://localhost:8001/signed-out"]
    assert (tax["sector"], files["clinic.json"]["sector"]) == ("tax.demo", "clinic.demo")
    assert tax["essential_claims"] == ["name", "birthdate"]
    with wangov.session() as session:
        for name in ("tax", "clinic"):
            row = session.get_one(ClientRow, f"demo-{name}")
            assert row.secret_digest == digest(SecretKind.CLIENT_SECRET, files[f"{name}.json"]["client_secret"])


def test_the_files_are_their_owner_s_alone(wangov: Any) -> None:
    """Secrets of demonstration people are still nobody else's to read."""
    loaded(wangov)
    folder = Path(wangov.data) / "demo"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


def test_loading_again_changes_nothing(wangov: Any) -> None:
    """Passwords, codes and secrets stay, and nobody is made twice."""
    loaded(wangov)
    before = noted(wangov)
    loaded(wangov)
    assert noted(wangov) == before
    with wangov.session() as session:
        assert session.scalar(select(func.count()).select_from(SubscriberRow)) == 3
        assert session.scalar(select(func.count()).select_from(TotpRow)) == 2
        assert session.scalar(select(func.count()).select_from(ClientRow)) == 2


def test_services_follow_the_port(wangov: Any) -> None:
    """Another port moves the registered addresses and leaves secrets and sectors alone."""
    loaded(wangov)
    before = noted(wangov)["tax.json"]
    loaded(wangov, "--port", "9100")
    after = noted(wangov)["tax.json"]
    assert after["redirect_uris"] == ["http://localhost:9101/callback"]
    assert [after[name] for name in ("client_secret", "sector")] == [
        before[name] for name in ("client_secret", "sector")
    ]
    with wangov.session() as session:
        assert session.get_one(ClientRow, "demo-tax").metadata_["redirect_uris"] == after["redirect_uris"]


def test_lost_files_are_made_again(wangov: Any) -> None:
    """Without its files the demonstration gets new passwords and secrets that work."""
    loaded(wangov)
    before = noted(wangov)
    for name in FILES:
        (wangov.data / "demo" / name).unlink()
    (wangov.data / "demo" / "people.json").write_text("{ half a file", encoding="utf-8")
    loaded(wangov)
    after = noted(wangov)
    assert all(signs_in(wangov, person) for person in after["people.json"]["people"])
    assert after["tax.json"]["client_secret"] != before["tax.json"]["client_secret"]
    with wangov.session() as session:
        stored = session.get_one(ClientRow, "demo-tax").secret_digest
        assert stored == digest(SecretKind.CLIENT_SECRET, after["tax.json"]["client_secret"])


def test_https_registers_both_schemes(install: Any) -> None:
    """Under https the demo services may be served either way."""
    wangov = install(WANGOV_EMBEDDED="true", issuer="https://localhost:8443")
    loaded(wangov)
    assert noted(wangov)["clinic.json"]["redirect_uris"] == [
        "http://localhost:8445/callback",
        "https://localhost:8445/callback",
    ]


def test_an_operator_s_stores_get_no_demo_data(install: Any) -> None:
    """Only embedded stores do; nothing is written elsewhere, not even a file."""
    wangov = install()
    said = wangov.run("demo", "load", "--json")
    assert (said.status, said.document["error"]) == (1, "subscriber.state")
    assert not (wangov.data / "demo").exists()
    with wangov.session() as session:
        assert session.scalar(select(func.count()).select_from(SubscriberRow)) == 0
