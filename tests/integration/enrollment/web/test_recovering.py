"""Back into an account by a visit: who it is, is shown by body or by papers and two officers; nobody else gets in."""

import re
import uuid
from typing import Any

import pytest
from sqlalchemy import select, update

from enrollment.centres import Role
from enrollment.visits.models import ProofRow
from idp.authenticators.models import TotpRow
from idp.notices.models import SecurityLinkRow
from idp.outbox.models import MessageRow
from idp.recovery.models import RecoveryCaseRow
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from idp.web.recovery.rooms import recovery as steps
from tests.factories.claims import bound
from tests.factories.floor import Floor, Member
from tests.factories.records import citizen
from tests.factories.visitors import Visitor
from tests.factories.visits import asks_for_visit, matched_at_counter
from tests.integration.enrollment.web.test_claiming import PASSWORD, shows, stored
from tests.integration.web.conftest import Person

pytestmark = pytest.mark.integration

NEW = "seven green ladders under the rain"
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
UNTOLD = "Number and code do not belong together"


@pytest.fixture
def person(floor: Floor) -> Person:
    """Somebody of level 2 with an app and a proven address."""
    name = uuid.uuid4().hex[:12]
    return floor.site.person(totp=True, ial=2, username=name, email=f"{name}@mail.example", email_verified=True)


def finds(officer: Member, reference: str) -> None:
    """An officer types the reference."""
    officer.post("/staff/visits", csrf_token=officer.token, reference=reference)
    assert officer.title.startswith(f"Visit {reference}"), officer.title


def prints(officer: Member, case_id: uuid.UUID) -> str:
    """The code that an officer prints."""
    officer.get(f"/staff/visits/{case_id}")
    officer.submit("/code")
    assert officer.title.startswith("Get back into your account"), officer.title
    assert "no-store" in officer.page.headers["Cache-Control"]
    return str(CODE.findall(officer.page.text)[0])


def goes_on(guest: Visitor, reference: str, code: str) -> Visitor:
    """The person enters what was printed."""
    guest.get("/recover/visit")
    guest.submit("/recover/visit", reference=reference.lower(), slip_code=code)
    return guest


def shown_by_papers(floor: Floor, case_id: uuid.UUID, reference: str) -> tuple[Member, Member]:
    """Officer and supervisor do their part."""
    officer, supervisor = floor.member(Role.OFFICER), floor.member(Role.SUPERVISOR)
    finds(officer, reference)
    officer.submit("/show", way="papers", papers=["passport", "voter_card"])
    agrees(supervisor)
    assert officer.get(f"/staff/visits/{case_id}").status_code == 200
    return officer, supervisor


def agrees(supervisor: Member) -> None:
    """A supervisor agrees to what waits."""
    supervisor.get("/staff/review/visits")
    supervisor.get(_waiting(supervisor))
    supervisor.submit(supervisor.path, decision="agree")


def _waiting(supervisor: Member) -> str:
    found = re.findall(r'href="(/staff/review/visits/[0-9a-f-]{36})"', supervisor.page.text)
    return str(found[-1])


def messages(floor: Floor, person: uuid.UUID, notice: str) -> int:
    """How many such messages wait for a person."""
    with floor.site.app.app_context():
        wanted = select(MessageRow.id).where(MessageRow.subscriber_id == person, MessageRow.notice == notice)
        return len(db.session.scalars(wanted).all())


def test_papers_two_officers_and_a_code_lead_to_a_new_password(floor: Floor, person: Person) -> None:
    """Everything lost, in another browser: told at the address, a new password, the lost app gone, level 2 kept."""
    case_id, reference = asks_for_visit(floor, person.id)
    officer, _ = shown_by_papers(floor, case_id, reference)
    assert messages(floor, person.id, "recovery_started") == 1
    guest = goes_on(floor.site.visitor(), reference, prints(officer, case_id))
    assert guest.title.startswith("Set your new password")
    guest.submit("/password", password=NEW, lost=["app"])
    assert guest.title.startswith("Your new password is set")
    guest.get("/signin")
    guest.submit("/password", identifier=person.username, password=NEW)
    assert guest.title.startswith("Your account")
    assert stored(floor, SubscriberRow.ial, SubscriberRow.id == person.id) == 2
    assert stored(floor, TotpRow.id, TotpRow.subscriber_id == person.id) is None
    assert messages(floor, person.id, "recovery_done") == 1


def test_body_of_whoever_named_the_account_is_no_way_into_it(floor: Floor) -> None:
    """An application named somebody else's account: a match with that record says nothing of the account's owner."""
    named = citizen(floor, proven=False)
    case_id, reference = asks_for_visit(floor, named.id)
    officer = floor.member(Role.OFFICER)
    finds(officer, reference)
    matched_at_counter(floor, officer, named.person_id)
    officer.submit("/show", way="compared")
    assert officer.page.status_code == 400
    assert "No comparison of yours" in officer.page.text
    with floor.site.app.app_context():
        assert db.session.scalar(select(ProofRow.id).where(ProofRow.case_id == case_id)) is None


def test_a_match_at_the_counter_keeps_the_highest_level(floor: Floor) -> None:
    """Registered, claimed, forgotten: face or finger matched, a supervisor agreed, and level 3 stays."""
    one = bound(floor)
    claimer = shows(floor.site.visitor(), one.aid, one.code)
    claimer.get(f"{claimer.path}/password")
    claimer.submit("/password", password=PASSWORD)
    case_id, reference = asks_for_visit(floor, one.subscriber_id)
    officer = floor.member(Role.OFFICER)
    finds(officer, reference)
    officer.submit("/show", way="compared")
    assert officer.page.status_code == 400
    assert "No comparison of yours" in officer.page.text
    for outcome, purpose in (("no_match", "recovery"), ("match", "slip")):
        matched_at_counter(floor, officer, one.person_id, outcome, purpose)
    matched_at_counter(floor, floor.member(Role.OFFICER), one.person_id)
    officer.submit("/show", way="compared")
    assert officer.page.status_code == 400
    matched_at_counter(floor, officer, one.person_id)
    officer.submit("/show", way="compared")
    assert "A supervisor looks too" in officer.page.text
    assert officer.send(f"/staff/visits/{case_id}/code").status_code == 409
    agrees(floor.member(Role.SUPERVISOR))
    officer.get(f"/staff/visits/{case_id}")
    assert "It is shown who the person is" in officer.page.text
    guest = goes_on(floor.site.visitor(), reference, prints(officer, case_id))
    guest.submit("/password", password=NEW)
    assert guest.title.startswith("Your new password is set")
    assert stored(floor, SubscriberRow.ial, SubscriberRow.id == one.subscriber_id) == 3


def test_papers_of_a_registered_person_keep_level_two(floor: Floor) -> None:
    """What papers show is less than what the level was given for."""
    account = floor.site.person(ial=3)
    case_id, reference = asks_for_visit(floor, account.id)
    officer, _ = shown_by_papers(floor, case_id, reference)
    guest = goes_on(floor.site.visitor(), reference, prints(officer, case_id))
    guest.submit("/password", password=NEW)
    assert stored(floor, SubscriberRow.ial, SubscriberRow.id == account.id) == 2


def test_a_wrong_code_is_nobodys_news_and_counts(floor: Floor, person: Person) -> None:
    """Unknown number, wrong code, used code: one answer. Five wrong ones end a code; a new one is printed."""
    case_id, reference = asks_for_visit(floor, person.id)
    officer, _ = shown_by_papers(floor, case_id, reference)
    first = prints(officer, case_id)
    for number, code in (("0000-0000", first), (reference, "AAAA-AAAA-AAAA")):
        assert UNTOLD in goes_on(floor.site.visitor(), number, code).page.text
    second = prints(officer, case_id)
    assert UNTOLD in goes_on(floor.site.visitor(), reference, first).page.text
    for _ in range(4):
        goes_on(floor.site.visitor(), reference, "AAAA-AAAA-AAAA")
    assert UNTOLD in goes_on(floor.site.visitor(), reference, second).page.text
    floor.site.clock.advance(3700)
    floor.sign_in(officer)
    third = prints(officer, case_id)
    assert goes_on(floor.site.visitor(), reference, third).title.startswith("Set your new password")
    assert UNTOLD in goes_on(floor.site.visitor(), reference, third).page.text


def test_before_anything_is_shown_there_is_no_code(floor: Floor, person: Person) -> None:
    """Nothing said, only asked, refused by the supervisor: 409, and the account stays shut."""
    case_id, reference = asks_for_visit(floor, person.id)
    officer, supervisor = floor.member(Role.OFFICER), floor.member(Role.SUPERVISOR)
    address = f"/staff/visits/{case_id}"
    assert officer.send(f"{address}/code").status_code == 409
    finds(officer, reference)
    officer.submit("/show", way="papers")
    assert officer.page.status_code == 400
    officer.submit("/show", way="papers", papers="exception")
    assert officer.page.status_code == 400
    officer.submit("/show", way="papers", papers="passport")
    assert officer.send(f"{address}/code").status_code == 409
    supervisor.get("/staff/review/visits")
    supervisor.get(_waiting(supervisor))
    supervisor.submit(supervisor.path, decision="refuse")
    assert officer.send(f"{address}/code").status_code == 409
    assert messages(floor, person.id, "recovery_started") == 0


def test_two_different_people_of_one_centre(floor: Floor, person: Person) -> None:
    """Whoever said it does not agree to it; another centre's supervisor finds nothing, and its officer no code."""
    case_id, reference = asks_for_visit(floor, person.id)
    both = floor.member(Role.OFFICER, Role.SUPERVISOR)
    finds(both, reference)
    both.submit("/show", way="papers", papers="passport")
    proof = stored(floor, ProofRow.id, ProofRow.case_id == case_id)
    address = f"/staff/review/visits/{proof}"
    assert both.get(address).status_code == 409
    assert both.send(address, decision="agree").status_code == 409
    elsewhere = floor.member(Role.SUPERVISOR, centre=floor.elsewhere)
    assert elsewhere.get(address).status_code == 404
    assert elsewhere.send(address, decision="agree").status_code == 404
    assert stored(floor, ProofRow.state, ProofRow.id == proof) == "asked"
    supervisor = floor.member(Role.SUPERVISOR)
    assert supervisor.send(address, decision="agree").status_code == 303
    assert supervisor.send(address, decision="refuse").status_code == 409
    stranger = floor.member(Role.OFFICER, centre=floor.elsewhere)
    assert stranger.send(f"/staff/visits/{case_id}/code").status_code == 409
    codes = {body["code"] for body in floor.audited("recovery.visit_refused") if body["case"] in {str(case_id), None}}
    assert {"ENR-FOUREYES", "ENR-UNKNOWN", "ENR-STATE"} <= codes


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN, Role.ADJUDICATOR, Role.AUDITOR, None])
def test_only_officers_open_visits(floor: Floor, person: Person, role: Role | None) -> None:
    """403 by role, and for an officer without a posting; 404 and 403 for what is not there, and one's own."""
    case_id, _ = asks_for_visit(floor, person.id)
    other = floor.member(*([role] if role else [Role.OFFICER]), posted=role is not None)
    assert other.get(f"/staff/visits/{case_id}").status_code == 403
    officer = floor.member(Role.OFFICER)
    assert officer.get(f"/staff/visits/{uuid.uuid4()}").status_code == 404


def test_staff_do_not_get_back_in_here(floor: Floor) -> None:
    """Their own visit and a colleague's are none: an administrator gives them a new link."""
    officer, colleague = floor.member(Role.OFFICER), floor.member(Role.OFFICER)
    for member in (officer, colleague):
        case_id, _ = asks_for_visit(floor, member.id)
        assert officer.get(f"/staff/visits/{case_id}").status_code == 404


def test_what_is_stopped_by_its_owner_ends(floor: Floor, person: Person) -> None:
    """The link in the message stops it: the code, though right, opens nothing."""
    case_id, reference = asks_for_visit(floor, person.id)
    officer, _ = shown_by_papers(floor, case_id, reference)
    code = prints(officer, case_id)
    assert stored(floor, SecurityLinkRow.kind, SecurityLinkRow.subscriber_id == person.id) == "stop_recovery"
    with floor.site.app.test_request_context():
        assert steps().stop(person.id, case_id, "link")
        db.session.commit()
    assert UNTOLD in goes_on(floor.site.visitor(), reference, code).page.text


def test_a_stranger_in_the_account_cannot_keep_its_owner_out(floor: Floor, person: Person) -> None:
    """The password was changed after the visit was asked for, and changes were locked: the visit still leads in."""
    case_id, reference = asks_for_visit(floor, person.id)
    floor.site.clock.advance(60)
    with floor.site.app.app_context():
        now = floor.site.services.clock.now()
        locked: dict[str, Any] = {"changes_locked_at": now, "changes_locked_until": now.replace(year=now.year + 1)}
        db.session.execute(update(SubscriberRow).where(SubscriberRow.id == person.id).values(**locked))
        db.session.execute(update(SubscriberRow).where(SubscriberRow.id == person.id).values(state_changed_at=now))
        db.session.commit()
    officer, _ = shown_by_papers(floor, case_id, reference)
    floor.site.clock.advance(60)
    guest = goes_on(floor.site.visitor(), reference, prints(officer, case_id))
    guest.submit("/password", password=NEW, lost=["app"])
    assert guest.title.startswith("Your new password is set")


def test_a_code_is_good_for_a_day_and_a_visit_for_a_month(floor: Floor, person: Person) -> None:
    """After a day the code is dead, and what was shown with it."""
    case_id, reference = asks_for_visit(floor, person.id)
    officer, _ = shown_by_papers(floor, case_id, reference)
    code = prints(officer, case_id)
    floor.site.clock.advance(24 * 3600 + 1)
    assert UNTOLD in goes_on(floor.site.visitor(), reference, code).page.text
    floor.sign_in(officer)
    assert officer.get(f"/staff/visits/{case_id}").status_code == 200
    assert "How did the person show" in officer.page.text
    assert stored(floor, RecoveryCaseRow.state, RecoveryCaseRow.id == case_id) == "proving"
