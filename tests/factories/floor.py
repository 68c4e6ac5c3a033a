"""The staff's floor for tests: a centre, members of staff with sessions of their own, applications as far as wanted."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enrollment.cases import FACE, FINGERS, Section
from enrollment.cases.case import case_of
from enrollment.cases.models import ApplicationRow
from enrollment.centres import OPERATOR, Centre, Role
from enrollment.web.blueprints import BLUEPRINTS
from enrollment.web.rooms import cases
from idp.audit.models import AuditRow
from idp.sessions.store import SessionStart
from idp.web import cookies
from idp.web.extensions import db
from idp.web.rooms import sessions
from tests.factories.centres import Country
from tests.factories.visitors import Visitor

if TYPE_CHECKING:
    from tests.integration.web.conftest import Site

EDGE = "edge-of-a-part"
PASSKEY = ("hwk", "mfa", "user")
PERSON = {
    "given_names": "Testa",
    "family_name": "Person",
    "birth_date": "1990-02-28",
    "sex": "F",
    "nationality": "SL",
    "birth_country": "SL",
    "address_division": "Bo",
    "phone": "+232 00 000 001",
}
_numbers = itertools.count(1)


@dataclass
class Member(Visitor):
    """Somebody of the staff at a browser, signed in."""

    id: uuid.UUID

    def __init__(self, floor: Floor, member_id: uuid.UUID) -> None:
        number = next(_numbers)
        super().__init__(floor.site.app, f"198.19.{number // 250}.{number % 250 + 1}")
        self.id = member_id
        self.floor = floor
        self._token = ""

    def fill_in(self, action: str, values: Mapping[str, str]) -> None:
        """Send the page's form whose address ends in `action`."""
        self.submit(action, follow=True, **dict(values))

    def open(self, kind: str = "new") -> str:
        """Open an application; its number."""
        self.get("/staff")
        self.submit("/cases", kind=kind)
        assert self.page.status_code == 200, self.title
        return self.path.rpartition("/")[2]

    @property
    def token(self) -> str:
        """The token of this browser's forms, which holds as long as the browser."""
        if not self._token:
            self.get("/text-size")
            self._token = self.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        return self._token

    def send(self, address: str, **values: Any) -> Any:
        """Send a form with this browser's token, without following."""
        return self.post(address, follow=False, csrf_token=self.token, **values)

    def photograph(self, aid: str, slot: str, content: bytes) -> Any:
        """Send the picture of a document."""
        return self.upload(f"/staff/cases/{aid}/photograph", content, slot=slot)

    def upload(self, address: str, content: bytes, *, name: str = "picture", **fields: str | Sequence[str]) -> Any:
        """Send a file in a form as a browser does; the test client would write a large one to a file."""
        pairs = [("csrf_token", self.token)]
        pairs += [(key, one) for key, held in fields.items() for one in ([held] if isinstance(held, str) else held)]
        parts = [f'--{EDGE}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in pairs]
        head = f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\n\r\n'
        body = "".join([*parts, head]).encode() + content + f"\r\n--{EDGE}--\r\n".encode()
        kind = f"multipart/form-data; boundary={EDGE}"
        return self.client.post(address, data=body, content_type=kind, environ_base={"REMOTE_ADDR": self.address})


class Floor:
    """The application and the country in it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.app.app_context():
            self.centre: Centre = self.country().centre()
            self.elsewhere: Centre = self.country().centre()
            db.session.commit()

    def country(self) -> Country:
        """Centres, staff and stations in this context's session."""
        services = self.site.services
        return Country(db.session(), services.clock, services.purpose_keys)  # type: ignore[arg-type]  # any clock

    def member(
        self,
        *roles: Role,
        centre: Centre | None = None,
        posted: bool = True,
        amr: tuple[str, ...] = PASSKEY,
        aal: int = 3,
        **account: Any,
    ) -> Member:
        """Somebody with these roles, posted to the centre from today on, and signed in."""
        with self.site.app.app_context():
            country = self.country()
            person = country.person(*roles, **account)
            if posted:
                where = centre or self.centre
                country.post(person, where, country.station(where), days=30)
            db.session.commit()
        made = Member(self, person)
        self.sign_in(made, amr, aal)
        return made

    def sign_in(self, member: Member, amr: tuple[str, ...] = PASSKEY, aal: int = 3) -> str:
        """A session that has just begun; its secret."""
        with self.site.app.test_request_context():
            secret = sessions().start(SessionStart(member.id, amr, aal, None)).secret
            db.session.commit()
        member.client.set_cookie(cookies.SESSION, secret)
        return secret

    def employ(self, person: uuid.UUID, *roles: Role, posted: bool = True) -> None:
        """Give somebody who has an account these roles, and a posting from today on."""
        with self.site.app.app_context():
            country = self.country()
            country.grant(person, roles)
            if posted:
                country.post(person, self.centre, country.station(self.centre), days=30)
            db.session.commit()

    def end_roles(self, member: Member) -> None:
        """Every role of somebody is taken away."""
        with self.site.app.app_context():
            self.country().staff.end_all(OPERATOR, member.id)
            db.session.commit()

    def content(self, aid: str, section: Section) -> dict[str, Any]:
        """What is stored in a section."""
        with self.site.app.test_request_context():
            row = db.session.scalars(select(ApplicationRow).where(ApplicationRow.aid == aid)).one()
            return dict(cases().sections.read(case_of(row)).of(section))

    def fill(self, officer: Member, aid: str, *, confirm: bool = True, captured: bool = True) -> None:
        """Everything that a grown-up's application needs, samples included, as services of other rooms record them.

        Not `captured`: nothing of the body.
        """
        address = f"/staff/cases/{aid}"
        officer.send(f"{address}/consent", how="signed")
        officer.send(f"{address}/save/person", **PERSON)
        passport = {"document_1.type": "passport", "document_1.number": "T 000 001"}
        officer.send(f"{address}/save/documents", **passport)
        with self.site.app.test_request_context():
            actor = self.country().actor(officer.id)
            held, sample = cases(), {"sample": str(uuid.uuid4()), "accepted": True}
            held.sections.record(actor, aid, Section.DOCUMENTS, {"document_1_object": str(uuid.uuid4())})
            if captured:
                held.sections.record(actor, aid, Section.BIOMETRICS, dict.fromkeys((FACE, *FINGERS), sample))
            for tick in ("looked_at_face", "looked_at_fingers") if captured else ():
                held.sections.save_field(actor, aid, Section.BIOMETRICS, tick, value=True)
            db.session.commit()
        if confirm:
            officer.get(f"{address}/preview")
            officer.submit("/preview", answer="right")

    def audited(self, event: str) -> list[dict[str, Any]]:
        """Bodies of the audit rows of one kind, oldest first."""
        with self.site.app.app_context(), Session(db.engine) as session:
            wanted = select(AuditRow).where(AuditRow.event == event).order_by(AuditRow.at, AuditRow.id)
            return [row.body for row in session.scalars(wanted)]


def with_floor(site: Site) -> Floor:
    """The application with the staff's pages on it, as `wsgi.py` registers them."""
    known = {endpoint.partition(".")[0] for endpoint in site.app.view_functions}
    for blueprint in BLUEPRINTS:
        if blueprint.name not in known:
            site.app.register_blueprint(blueprint)
    return Floor(site)
