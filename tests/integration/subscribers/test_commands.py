import json
import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.audit import Trail
from idp.audit.models import AuditRow
from idp.authenticators.models import PasswordRow, TotpRow
from idp.authenticators.password import Passwords
from idp.authenticators.totp import PERIOD, Totp, code_at
from idp.sessions.models import SessionRow
from idp.subscribers import Directory
from idp.subscribers.models import SubscriberRow
from tests.factories.grants import store_session
from tests.factories.subscribers import claims

pytestmark = pytest.mark.integration
PERSON = {"username": "Testa", "password": "copper lantern mango", **claims()}


def created(wangov: Any, **changes: Any) -> dict[str, Any]:
    """A person made by the command."""
    said = wangov.run("subscriber", "create", "--json", document={**PERSON, **changes})
    assert said.status == 0, said.output
    document: dict[str, Any] = said.document
    return document


def test_a_person_is_made(wangov: Any) -> None:
    """The account is active with the recorded claims and signs in with the password; one document is printed."""
    printed = created(wangov, ial=2, locale="en-SL")
    assert printed == {"id": printed["id"], "username": "testa"}
    with wangov.session() as session:
        held = wangov.services
        trail = Trail(session, held.clock, held.entropy)
        people = Directory(session, held.sealer, held.purpose_keys, held.clock, held.entropy, trail)
        person = people.by_username("testa")
        assert person is not None
        assert (str(person.id), person.active, person.ial, person.locale) == (printed["id"], True, 2, "en-SL")
        assert people.profile(person.id)["birthdate"] == "1990-02-28"
        passwords = Passwords(session, held.hasher, held.clock, trail)
        assert passwords.check(person.id, "copper lantern mango") is True
        assert session.scalar(select(func.count()).select_from(TotpRow)) == 0
        events = session.execute(select(AuditRow.event, AuditRow.actor).order_by(AuditRow.id))
        assert ("subscriber.created", "operator") in {(event, actor) for event, actor in events}


def test_a_code_generator_comes_with_its_secret(wangov: Any) -> None:
    """The secret printed makes the codes that are accepted."""
    printed = created(wangov, totp=True)
    assert printed["totp_uri"].startswith("otpauth://totp/")
    with wangov.session() as session:
        held = wangov.services
        totp = Totp(session, held.sealer, held.clock, held.entropy, Trail(session, held.clock, held.entropy))
        code = code_at(printed["totp_secret"], int(held.clock.epoch()) // PERIOD)
        assert totp.check(uuid.UUID(printed["id"]), code) is None


def test_plain_lines_without_json(wangov: Any) -> None:
    """Without --json a person reads lines."""
    said = wangov.run("subscriber", "create", document=PERSON)
    assert said.status == 0
    assert "username: testa" in said.output


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"username": None}, "subscriber.invalid"),
        ({"username": 5}, "subscriber.invalid"),
        ({"username": "t\u0435sta"}, "subscriber.invalid"),
        ({"password": None}, "subscriber.invalid"),
        ({"password": "short"}, "password.weak"),
        ({"password": "Testa Madeup Person"}, "password.weak"),
        ({"birthdate": "yesterday"}, "subscriber.invalid"),
        ({"shoe_size": 40}, "subscriber.invalid"),
        ({"totp": "yes"}, "subscriber.invalid"),
        ({"ial": 4}, "subscriber.invalid"),
        ({"ial": "2"}, "subscriber.invalid"),
        ({"ial": True}, "subscriber.invalid"),
        ({"locale": 5}, "subscriber.invalid"),
    ],
)
def test_an_impossible_person_is_refused_whole(wangov: Any, changes: dict[str, Any], error: str) -> None:
    """One JSON document says why, the exit code is 1, and nothing at all is stored."""
    said = wangov.run("subscriber", "create", "--json", document={**PERSON, **changes})
    assert said.status == 1
    assert said.document["error"] == error
    assert said.document["error_description"]
    with wangov.session() as session:
        for table in (SubscriberRow, PasswordRow, TotpRow):
            assert session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '"testa"'])
def test_standard_input_must_hold_an_object(wangov: Any, text: str) -> None:
    """Anything but one JSON object is refused."""
    said = wangov.run("subscriber", "create", "--json", text=text)
    assert said.status == 1
    assert "error" in said.document


def test_a_name_is_taken_once(wangov: Any) -> None:
    """The second person of that name is refused."""
    created(wangov)
    said = wangov.run("subscriber", "create", "--json", document=PERSON)
    assert (said.status, said.document["error"]) == (1, "subscriber.exists")


def test_a_refusal_repeats_nothing_personal(wangov: Any) -> None:
    """What is refused is named by its field, never by its value."""
    created(wangov)
    document = {**PERSON, "username": "other", "email": "very-private@@people.example"}
    for given in (PERSON, document):
        said = wangov.run("subscriber", "create", document=given)
        assert said.status == 1
        assert said.output == ""
        assert "private" not in said.errors
        assert "copper" not in said.errors


def test_production_makes_no_people(install: Any) -> None:
    """People are enrolled in production; staging may make them."""
    assert created(install(WANGOV_ENVIRONMENT="staging"))["username"] == "testa"


def test_suspending_ends_the_sessions(wangov: Any) -> None:
    """Suspend ends every session at once; resume lets the person sign in again; the trail says why."""
    person = created(wangov)["id"]
    with wangov.session() as session:
        store_session(session, uuid.UUID(person), now=wangov.services.clock.now())
        session.commit()
    said = wangov.run("subscriber", "suspend", person, "--reason", "suspected_misuse", "--json")
    assert said.document == {"id": person, "state": "suspended"}
    with wangov.session() as session:
        assert session.scalars(select(SessionRow.end_reason)).all() == ["subscriber_suspended"]
        assert session.scalars(select(SubscriberRow.state)).all() == ["suspended"]
    assert wangov.run("subscriber", "resume", person, "--reason", "matter_settled", "--json").document == {
        "id": person,
        "state": "active",
    }
    with wangov.session() as session:
        bodies = session.scalars(
            select(AuditRow.body).where(AuditRow.event == "subscriber.state_changed").order_by(AuditRow.id)
        ).all()
        assert [body["reason"] for body in bodies] == ["suspected_misuse", "matter_settled"]


def test_a_move_that_is_none_is_refused(wangov: Any) -> None:
    """Nobody, and an account already in that state, are told apart and end with exit code 1."""
    person = created(wangov)["id"]
    nobody = wangov.run("subscriber", "suspend", str(uuid.uuid4()), "--reason", "legal_order", "--json")
    assert (nobody.status, nobody.document["error"]) == (1, "subscriber.unknown")
    again = wangov.run("subscriber", "resume", person, "--reason", "matter_settled", "--json")
    assert (again.status, again.document["error"]) == (1, "subscriber.state")


def test_a_free_reason_is_refused(wangov: Any) -> None:
    """The reason comes from a closed list, so that the trail holds no personal words."""
    said = wangov.run("subscriber", "suspend", str(uuid.uuid4()), "--reason", "because of Testa", "--json")
    assert said.status == 2


def test_production_refuses_to_make_people(install: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command refuses before it reads anything when the installation allows no test people."""
    wangov = install()
    options = wangov.services.options
    import dataclasses

    wangov.app.extensions["wangov"] = dataclasses.replace(
        wangov.services, options=dataclasses.replace(options, allows_test_people=False)
    )
    said = wangov.run("subscriber", "create", "--json", document=PERSON)
    assert (said.status, said.document["error"]) == (1, "subscriber.state")
    with wangov.session() as session:
        assert session.scalar(select(func.count()).select_from(SubscriberRow)) == 0
    assert json.dumps(said.document)
