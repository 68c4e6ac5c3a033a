"""Checks at a counter: somebody who is enrolled, and a member of the staff at the pages."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from enrollment.web.rooms import vault
from idp.web.extensions import db
from tests.factories.floor import EDGE, Floor, Member
from tests.factories.register import Office
from tests.factories.verification import Enroller
from tests.integration.web.conftest import Person

__all__ = ["Counter", "Owner", "log", "owned", "post"]


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody with a number, an account, a face and two fingers; pictures of them say `name`."""

    name: str
    nin: str
    person_id: uuid.UUID
    account: Person
    aid: str


class Counter:
    """A member of the staff at the pages of the counter."""

    def __init__(self, floor: Floor, member: Member) -> None:
        self.floor = floor
        self.member = member
        self.address = ""

    def begin(self, number: str, **more: str) -> Any:
        """The first step, as the form has it."""
        values = {"number": number, "purpose": "service", "present": "yes", **more}
        answer = self.member.send("/counter", **values)
        self.address = answer.headers.get("Location", self.address)
        return answer

    def at(self, number: str, **more: str) -> "Counter":
        """The same, for a number that is somebody's."""
        answer = self.begin(number, **more)
        assert answer.status_code == 303, answer.text
        return self

    def capture(self, turn: int | None = None, **pictures: bytes) -> Any:
        """Send pictures with the page's own form; a field is `face`, or a position."""
        if turn is None:
            page = self.member.get(self.address).text
            found = re.search(r'name="turn" value="(\d+)"', page)
            turn = -1 if found is None else int(found[1])
        return post(self.member, self.address, turn, pictures)


def post(member: Member, address: str, turn: int, pictures: dict[str, bytes]) -> Any:
    """A multipart form, as a browser sends it."""
    fields = {"csrf_token": member.token, "turn": str(turn)}
    files = {}
    names = iter(("first", "second", "third"))
    for position, content in pictures.items():
        name = position if position == "face" else next(names)
        files[name] = content
        if position != "face":
            fields[f"{name}_finger"] = position
    body = b"".join(
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    for name, content in files.items():
        head = f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    body += f"--{EDGE}--\r\n".encode()
    kind = f"multipart/form-data; boundary={EDGE}"
    return member.client.post(address, data=body, content_type=kind, environ_base={"REMOTE_ADDR": member.address})


def owned(floor: Floor, account: uuid.UUID | None = None) -> Owner:
    """Somebody of the register with everything enrolled; `account` is one that is there already."""
    name = uuid.uuid4().hex
    person = floor.site.person()
    shared = floor.site.services
    with floor.site.app.test_request_context():
        office = Office(db.session(), keys=shared.purpose_keys, clock=shared.clock)  # type: ignore[arg-type]  # any clock
        office_person, nin = office.numbered()
        held = vault()
        assert held is not None
        enroller = Enroller(db.session(), held, shared.purpose_keys, shared.clock)
        enroller.written(office_person, name)
        enroller.account(office_person, account or person.id)
        db.session.commit()
    return Owner(name, nin, office_person, person, enroller.aids[0])


def log(floor: Floor, owner: Owner) -> list[tuple[str, str, str | None]]:
    """What is written down of comparisons."""
    with floor.site.app.test_request_context():
        shared, held = floor.site.services, vault()
        assert held is not None
        return Enroller(db.session(), held, shared.purpose_keys, shared.clock).log(owner.person_id)
