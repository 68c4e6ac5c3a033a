"""People of the register with an account of theirs, over the staff's floor, and what registrars do with records."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from enrollment.capture import Position
from enrollment.issuance.models import IssuanceRow
from enrollment.register import Status
from enrollment.web.rooms import vault
from enrollment.web.standing_rooms import register
from idp.web.extensions import db
from tests.factories.floor import Floor, Member
from tests.factories.register import Office, an_aid, facts
from tests.factories.verification import Enroller
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import Person

__all__ = ["Citizen", "amended", "citizen", "employed", "letter_of", "signed_in", "status_of", "suspended"]

_LETTER = re.compile(r'<span class="code aid">([^<]+)</span>')


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody with a number, and an account that they claimed; of the body, what was asked for."""

    nin: str
    person_id: uuid.UUID
    account: Person
    name: str

    @property
    def id(self) -> uuid.UUID:
        """The account's identifier."""
        return self.account.id


def citizen(
    floor: Floor,
    *,
    body: tuple[Position, ...] = (),
    proven: bool = True,
    ial: int = 3,
    reached: bool = False,
    **changes: Any,
) -> Citizen:
    """Somebody whom nobody knows yet. `body` wants an object store behind the floor; `reached`: by e-mail."""
    name, shared = uuid.uuid4().hex, floor.site.services
    claims = {"email": f"{name}@example.test", "email_verified": True} if reached else {}
    account = floor.site.person(ial=ial, totp=True, **claims)
    with floor.site.app.test_request_context():
        office = Office(db.session(), keys=shared.purpose_keys, clock=shared.clock)  # type: ignore[arg-type]  # any clock
        person_id, nin = office.numbered(**changes)
        assert office.accounts.link(account.id, person_id) is None
        if body:
            held = vault()
            assert held is not None
            Enroller(db.session(), held, shared.purpose_keys, shared.clock).written(person_id, name, body)
        issued = {"aid": an_aid(), "person_id": person_id, "subscriber_id": account.id}
        kind = "opened" if proven else "linked"
        db.session.execute(insert(IssuanceRow).values(**issued, account=kind, issued_at=shared.clock.now()))
        db.session.commit()
    return Citizen(nin, person_id, account, name)


def employed(floor: Floor, member: Member, owner: Citizen) -> Member:
    """Somebody of the staff whose account is proven to be that person's."""
    with floor.site.app.test_request_context():
        shared = floor.site.services
        office = Office(db.session(), keys=shared.purpose_keys, clock=shared.clock)  # type: ignore[arg-type]  # any clock
        assert office.accounts.link(member.id, owner.person_id) is None
        row = {"aid": an_aid(), "person_id": owner.person_id, "subscriber_id": member.id, "account": "opened"}
        db.session.execute(insert(IssuanceRow).values(**row, issued_at=shared.clock.now()))
        db.session.commit()
    return member


def amended(floor: Floor, one: Citizen, **changes: Any) -> None:
    """Record other facts of somebody."""
    with floor.site.app.test_request_context():
        room = register()
        version = room.current(one.person_id)
        assert version is not None
        assert isinstance(room.amend(one.person_id, version.n, facts(**changes)), int)
        db.session.commit()


def status_of(floor: Floor, one: Citizen) -> Status:
    """Where the record is."""
    with floor.site.app.test_request_context():
        person = register().get(one.person_id)
    assert person is not None
    return person.status


def suspended(floor: Floor, registrar: Member, one: Citizen, reason: str = "suspected_misuse") -> tuple[str, str, str]:
    """Suspend a record over the pages: the letter's number and code, and the address of the suspension."""
    sent = registrar.send("/staff/records/suspend", number=one.nin, reason=reason, confirmed="yes")
    assert sent.status_code == 200, sent.text
    reference, code = letter_of(sent.text)
    page = registrar.get("/staff/records").text
    plain = reference.replace("-", "")
    found = re.search(rf'href="([^"]+)">{plain}<', page)
    assert found is not None, page
    return reference, code, found[1]


def letter_of(page: str) -> tuple[str, str]:
    """Number and code of a printed letter."""
    reference, code = _LETTER.findall(page)
    return reference, code


def signed_in(floor: Floor, one: Citizen) -> Visitor:
    """A browser in which they signed in with both steps a moment ago."""
    visitor = floor.site.visitor()
    visitor.get("/signin")
    floor.site.sign_in(visitor, one.account)
    return visitor
