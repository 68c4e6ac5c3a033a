"""Made-up registration centres, over one database session: divisions, a centre, stations, members of staff."""

import datetime as dt
import os
import uuid
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import insert, select

from enrollment.centres import (
    OPERATOR,
    Actor,
    Approvals,
    CasesInHand,
    Centre,
    Centres,
    Days,
    Divisions,
    Founding,
    HandOvers,
    Posting,
    Postings,
    Role,
    Staff,
    Station,
    StationKey,
    Stations,
)
from enrollment.centres.division_files import SHIPPED
from enrollment.centres.models import ApprovalRow, StaffRoleRow
from enrollment.issuance.colleagues import Colleagues
from enrollment.issuance.ownership import ProvenAccounts
from idp.audit import Trail
from idp.audit.models import AuditRow
from idp.authenticators.models import PasskeyRow
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Refusal as IdpRefusal
from idp.keys import PurposeKeys
from idp.subscribers import NewSubscriber, State
from tests.factories.keys import purpose_keys
from tests.factories.moments import StillClock
from tests.factories.subscribers import claims, directory

DISTRICT = "SL-S-BO"


def station_key() -> ec.EllipticCurvePrivateKey:
    """The key of a machine."""
    return ec.generate_private_key(ec.SECP256R1())


class Country:
    """The rooms of `enrollment.centres` over one session, and what stands in them."""

    def __init__(
        self,
        session: Session,
        clock: StillClock | None = None,
        keys: PurposeKeys | None = None,
        cases: CasesInHand | None = None,
    ) -> None:
        self.session = session
        self.clock = clock or StillClock()
        self.keys = keys or purpose_keys()
        self.entropy = Entropy(self.clock)
        self.trail = Trail(session, self.clock, self.entropy)
        parts = session, self.clock, self.entropy, self.trail
        self.divisions = Divisions(session, self.trail)
        self.centres = Centres(*parts)
        self.stations = Stations(*parts)
        self.staff = Staff(session, self.clock, self.trail)
        eyes = Colleagues(ProvenAccounts(session, self.clock), self.staff, self.clock)
        self.approvals = Approvals(*parts, are_one=eyes.are_one)
        self.postings = Postings(*parts, are_one=eyes.are_one)
        self.hand_overs = HandOvers(session, self.staff, *parts[1:], are_one=eyes.are_one, cases=cases)
        self.founding = Founding(session, self.keys, *parts[1:], are_one=eyes.are_one)

    @property
    def today(self) -> dt.date:
        """The day at Freetown."""
        return self.clock.now().date()

    def centre(self, code: str | None = None) -> Centre:
        """An open centre in a shipped district."""
        if self.divisions.find(DISTRICT) is None:
            self.divisions.load(OPERATOR, SHIPPED.read_bytes())
        made = self.centres.add(OPERATOR, code or f"C{os.urandom(4).hex().upper()}", "A made-up centre", DISTRICT)
        assert isinstance(made, Centre), made
        return made

    def station(self, centre: Centre, key: ec.EllipticCurvePrivateKey | None = None) -> Station:
        """An active station of a centre."""
        jwk = StationKey.of((key or station_key()).public_key()).jwk
        made = self.stations.add(OPERATOR, centre.id, "A made-up station", jwk)
        assert isinstance(made, Station), made
        return made

    def person(self, *roles: Role, group: str = "staff", ial: int = 3, state: State = State.ACTIVE) -> uuid.UUID:
        """An account that holds these roles from now on, as if two people had granted each."""
        new = NewSubscriber(f"staff-{uuid.uuid4().hex}", claims(), ial=ial, state=state, group=group)
        made = directory(self.session, self.keys, self.clock).create(new)
        assert not isinstance(made, IdpRefusal), made
        self.grant(made, roles)
        return made

    def grant(self, person: uuid.UUID, roles: Iterable[Role], until: dt.datetime | None = None) -> None:
        """Roles that `person` holds from now on."""
        now = self.clock.now()
        for role in roles:
            first, second = self._granters()
            approval_id = self.entropy.uuid()
            approval = {
                "id": approval_id,
                "subject_id": person,
                "role": role.value,
                "until": until,
                "asked_by": first,
                "asked_at": now,
                "expires_at": now,
                "state": "approved",
                "decided_by": second,
                "decided_at": now,
            }
            self.session.execute(insert(ApprovalRow).values(approval))
            held = {"subscriber_id": person, "role": role.value, "approval_id": approval_id, "granted_at": now}
            self.session.execute(insert(StaffRoleRow).values(id=self.entropy.uuid(), until=until, **held))

    def post(self, person: uuid.UUID, centre: Centre, station: Station | None = None, days: int = 1) -> Posting:
        """A posting from today on."""
        span = Days(self.today, self.today + dt.timedelta(days=days - 1))
        made = self.postings.post(OPERATOR, person, centre.id, span, None if station is None else station.id)
        assert isinstance(made, Posting), made
        return made

    def actor(self, person: uuid.UUID) -> Actor:
        """The person, acting now."""
        found = self.staff.actor(person, self.clock.now())
        assert isinstance(found, Actor), found
        return found

    def worker(self, *roles: Role, centre: Centre | None = None, station: Station | None = None) -> Actor:
        """Somebody with these roles, posted there today."""
        person = self.person(*roles)
        if centre is not None:
            self.post(person, centre, station)
        return self.actor(person)

    def passkey(self, person: uuid.UUID) -> None:
        """A stored passkey; nothing verifies with it."""
        row = {
            "id": self.entropy.uuid(),
            "subscriber_id": person,
            "credential_id": os.urandom(16),
            "user_handle": os.urandom(16),
            "public_key": b"-",
            "sign_count": 0,
            "aaguid": uuid.UUID(int=0),
            "transports": [],
            "attestation": "none",
            "backup_eligible": False,
            "backed_up": False,
            "sealed_name": b"-",
            "created_at": self.clock.now(),
        }
        self.session.execute(insert(PasskeyRow).values(row))

    def refused(self) -> list[str]:
        """What the audit trail says was tried and refused, sorted."""
        return sorted(row.body["action"] for row in self.audited("staff.refused"))

    def audited(self, event: str) -> list[AuditRow]:
        """The audit rows of an event."""
        return list(self.session.scalars(select(AuditRow).where(AuditRow.event == event)))

    def _granters(self) -> tuple[uuid.UUID, uuid.UUID]:
        granters = getattr(self, "_two", None)
        if granters is None:
            granters = self._two = (self.person(), self.person())
        return granters
