"""Claiming by slip: everything or nothing, once, by its owner; nobody learns which numbers there are."""

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from enrollment.cases import Applicant, Case, Order, State, grouped
from enrollment.cases.aid import check_symbol
from enrollment.cases.models import ApplicationRow, EventRow
from enrollment.errors import Code, Refusal
from enrollment.issuance import Claimed
from enrollment.issuance.models import ActivationSlipRow
from enrollment.register import shown
from enrollment.web.claiming_rooms import claiming
from enrollment.web.rooms import cases
from idp.audit.models import AuditRow
from idp.authenticators.models import PasswordRow, RecoveryCodeRow
from idp.subscribers.models import SubscriberRow
from idp.web import cookies
from idp.web.extensions import db
from tests.factories.claims import Claimant, bound
from tests.factories.floor import Floor
from tests.factories.records import citizen, signed_in
from tests.factories.visitors import Visitor

pytestmark = pytest.mark.integration

PASSWORD = "four wet umbrellas sing to nobody"
WRONG = "AAAA-AAAA-AAAA"
UNTOLD = "Number and code do not belong together"


def stored(floor: Floor, column: Any, *where: Any) -> Any:
    """One value, read in a transaction of its own."""
    with floor.site.app.app_context(), Session(db.engine) as session:
        return session.scalar(select(column).where(*where))


def state_of(floor: Floor, aid: str) -> str:
    """Where an application stands."""
    return str(stored(floor, ApplicationRow.state, ApplicationRow.aid == aid))


def account_state(floor: Floor, claimant: Claimant) -> str:
    """Where an account stands."""
    return str(stored(floor, SubscriberRow.state, SubscriberRow.id == claimant.subscriber_id))


def shows(guest: Visitor, aid: str, code: str) -> Visitor:
    """Enter what stands on a slip."""
    guest.get("/claim")
    guest.submit("/claim", number=aid, slip_code=code)
    return guest


def other_number(aid: str) -> str:
    """A number of the right form that no application has."""
    first = ("3" if aid[0] == "2" else "2") + aid[1:13]
    return first + check_symbol(first)


def test_a_password_and_printed_codes_make_the_account_theirs(floor: Floor) -> None:
    """Without phone, mail or script: slip, password, ten codes, the number; then the password signs in, at level 3."""
    one = bound(floor)
    guest = shows(floor.site.visitor(), grouped(one.aid).lower(), one.code.lower())
    assert guest.title.startswith("Choose how you will sign in")
    guest.get(next(link for link in guest.links() if link.endswith("/password")))
    guest.submit("/password", password="too short")
    assert guest.title.startswith("Error:")
    assert state_of(floor, one.aid) == State.BOUND
    guest.submit("/password", password=PASSWORD)
    page = guest.page.text
    assert guest.title.startswith("Your account is yours now")
    assert shown(one.nin) in page
    assert page.count('<li class="code">') == 10
    assert "no-store" in guest.page.headers["Cache-Control"]
    assert guest.cookie(cookies.SESSION) is None
    assert state_of(floor, one.aid) == State.CLAIMED
    assert account_state(floor, one) == "active"
    guest.get("/signin")
    guest.submit("/password", identifier=one.aid, password=PASSWORD)
    assert guest.title.startswith("Your account")
    hand = stored(floor, EventRow.hand, EventRow.aid == one.aid, EventRow.event == "claim")
    assert hand == "applicant"


def test_no_password_has_the_number_in_it(floor: Floor) -> None:
    """AC-065: not when the account is taken over, and not later on its own page."""
    one = bound(floor)
    guest = shows(floor.site.visitor(), one.aid, one.code)
    guest.get(next(link for link in guest.links() if link.endswith("/password")))
    guest.submit("/password", password=f"umbrellas {one.nin} sing")
    assert (guest.page.status_code, "must not contain your name" in guest.page.text) == (400, True)
    assert state_of(floor, one.aid) == State.BOUND
    later = citizen(floor)
    owner = signed_in(floor, later)
    owner.get("/account/password")
    owner.submit("/account/password", password=f"umbrellas {later.nin} sing")
    assert (owner.page.status_code, "must not contain your name" in owner.page.text) == (400, True)
    owner.submit("/account/password", password=f"umbrellas {one.nin} sing")
    assert owner.page.status_code == 200


def test_history_says_who_did_what_on_the_way(floor: Floor) -> None:
    """The number was given by the register and not by the person; the claim was the person's, and no suspension."""
    one = bound(floor)
    guest = shows(floor.site.visitor(), one.aid, one.code)
    guest.get(next(link for link in guest.links() if link.endswith("/password")))
    guest.submit("/password", password=PASSWORD)
    with floor.site.app.app_context():
        rows = db.session.execute(
            select(AuditRow.event, AuditRow.actor).where(AuditRow.subscriber_id == one.subscriber_id)
        ).all()
    assert {("number.issued", "system"), ("subscriber.created", "system")} <= {(row.event, row.actor) for row in rows}
    owner = floor.site.visitor()
    owner.get("/account/history")
    owner.submit("", identifier=one.aid, password=PASSWORD)
    page = owner.get("/account/history").text
    assert "Your account can be used from now on" in page
    assert "Your account was suspended" not in page
    assert "You, at a registration centre or with your slip" in page


def test_a_slip_works_once_and_says_so_to_nobody(floor: Floor) -> None:
    """Claimed before: number and code are answered as if one was wrong, and so is a number that nobody has."""
    one = bound(floor)
    guest = shows(floor.site.visitor(), one.aid, one.code)
    guest.get(f"{guest.path}/password")
    guest.submit("/password", password=PASSWORD)
    answers = set()
    for aid, code in ((one.aid, one.code), (one.aid, WRONG), (other_number(one.aid), one.code)):
        again = shows(floor.site.visitor(), aid, code)
        assert again.page.status_code == 400
        assert UNTOLD in again.page.text
        answers.add(again.page.text.replace(aid, "").replace(code, "").partition("csrf_token")[0])
    assert len(answers) == 1


def test_five_wrong_codes_and_the_slip_is_worthless(floor: Floor) -> None:
    """The fifth wrong code ends it; the right one then is answered like a wrong one, until a new slip is printed."""
    one = bound(floor)
    for _ in range(5):
        shows(floor.site.visitor(), one.aid, WRONG)
    guest = shows(floor.site.visitor(), one.aid, one.code)
    assert UNTOLD in guest.page.text
    assert state_of(floor, one.aid) == State.BOUND


def test_a_right_code_takes_no_try(floor: Floor) -> None:
    """Whoever begins again and again with the right slip does not use it up."""
    one = bound(floor)
    for _ in range(12):
        assert shows(floor.site.visitor(), one.aid, one.code).title.startswith("Choose how")
    assert stored(floor, ActivationSlipRow.tries, ActivationSlipRow.aid == one.aid) == 0


def test_many_tries_at_one_number_wait_whatever_the_network(floor: Floor) -> None:
    """From addresses of their own; the page says how long."""
    number = other_number(bound(floor).aid)
    for _ in range(10):
        assert shows(floor.site.visitor(), number, WRONG).page.status_code == 400
    last = shows(floor.site.visitor(), number, WRONG)
    assert last.page.status_code == 429
    assert int(last.page.headers["Retry-After"]) > 0


def test_what_cannot_be_a_number_or_a_code_is_said_and_not_counted(floor: Floor) -> None:
    """Missing, mistyped by one sign, too long, from another script: the field says what is wrong."""
    one = bound(floor)
    guest = floor.site.visitor()
    for number, code, fault in (
        ("", one.code, "Enter the number"),
        (one.aid[:-1], one.code, "not the number of an application"),
        (one.aid, "", "Enter the code"),
        (one.aid, "AAAA", "12 letters and digits"),
        (one.aid, "x" * 5000, "12 letters and digits"),
        ("\N{SNOWMAN}" * 20, one.code, "not the number of an application"),
    ):
        shows(guest, number, code)
        assert guest.page.status_code == 400
        assert fault in guest.page.text
    assert stored(floor, ActivationSlipRow.tries, ActivationSlipRow.aid == one.aid) == 0


def test_the_pages_of_a_claim_are_for_its_browser_alone(floor: Floor) -> None:
    """Another browser with the address finds nothing, and neither does this one after an hour."""
    one = bound(floor)
    guest = shows(floor.site.visitor(), one.aid, one.code)
    address = guest.path
    stranger = floor.site.visitor()
    stranger.get("/claim")
    for path in ("", "/password", "/link"):
        stranger.get(address + path)
        assert stranger.page.status_code == 400
    guest.get(f"{address}/password")
    form = guest.form("/password")
    token = form.partition('name="csrf_token" value="')[2].partition('"')[0]
    floor.site.clock.advance(3601)
    guest.post(f"{address}/password", csrf_token=token, password=PASSWORD)
    assert guest.page.status_code == 400
    assert account_state(floor, one) == "pending"


def test_an_account_of_before_is_claimed_by_its_owner_only(floor: Floor) -> None:
    """The slip leads to a sign-in first; somebody else who is signed in gets nothing, and no password can be set."""
    owner, other = floor.site.person(), floor.site.person()
    one = bound(floor, owner.id)
    guest = shows(floor.site.visitor(), one.aid, one.code)
    assert guest.title.startswith("You have an account already")
    address = guest.path.removesuffix("/link")
    guest.submit("/link")
    floor.site.sign_in(guest, other)
    assert guest.path == f"{address}/link"
    assert guest.page.status_code == 409
    assert owner.username not in guest.page.text
    stranger = floor.site.visitor()
    shows(stranger, one.aid, one.code)
    stranger.submit("/link")
    floor.site.sign_in(stranger, owner)
    stranger.submit("/link")
    assert stranger.title.startswith("Your account is yours now")
    assert state_of(floor, one.aid) == State.CLAIMED
    assert stored(floor, SubscriberRow.ial, SubscriberRow.id == owner.id) == 3


def test_nothing_of_a_claim_is_done_by_halves(floor: Floor) -> None:
    """The application is not where it must be: no password, no codes, no active account, and the slip stays good."""
    one = bound(floor, until=State.ISSUED)
    guest = shows(floor.site.visitor(), one.aid, one.code)
    guest.get(f"{guest.path}/password")
    guest.submit("/password", password=PASSWORD)
    assert guest.page.status_code == 409
    assert "Your slip was not used up" in guest.page.text
    for column, owner in ((PasswordRow.hash, PasswordRow), (RecoveryCodeRow.salt, RecoveryCodeRow)):
        assert stored(floor, column, owner.subscriber_id == one.subscriber_id) is None
    assert account_state(floor, one) == "pending"
    assert stored(floor, ActivationSlipRow.spent_at, ActivationSlipRow.aid == one.aid) is None
    assert {"case": one.aid} in floor.audited("slip.refused")


def test_nobody_claims_without_slip_and_factor(floor: Floor) -> None:
    """The condition itself: no slip was used, or nothing is there to sign in with: the application stays bound."""
    one = bound(floor)
    with floor.site.app.test_request_context():
        held, by = cases(), Applicant(one.subscriber_id)
        found = held.files.find(by, one.aid)
        assert isinstance(found, Case)

        def claimed() -> object:
            key = str(floor.site.services.entropy.uuid())
            return held.lifecycle.claim(Order(by, one.aid, found.version, key, floor.site.services.clock.now()))

        assert claimed() == Refusal(Code.ENR_GUARD, "claim_proven")
        assert isinstance(claiming().claim(one.aid, one.code), Claimed)
        assert claimed() == Refusal(Code.ENR_GUARD, "claim_proven")
        db.session.rollback()
    assert state_of(floor, one.aid) == State.BOUND


def test_a_slip_that_was_replaced_meanwhile_is_worthless_at_the_end_too(floor: Floor) -> None:
    """Right when it was shown, replaced before the password was set: nothing is claimed."""
    one = bound(floor)
    guest = shows(floor.site.visitor(), one.aid, one.code)
    guest.get(f"{guest.path}/password")
    with floor.site.app.app_context():
        moment = floor.site.services.clock.now()
        db.session.execute(update(ActivationSlipRow).where(ActivationSlipRow.aid == one.aid).values(replaced_at=moment))
        db.session.commit()
    guest.submit("/password", password=PASSWORD)
    assert guest.page.status_code == 409
    assert guest.title.startswith("This slip is good no more")
    assert account_state(floor, one) == "pending"


def test_asking_after_an_application_tells_where_it_is_and_nothing_else(floor: Floor) -> None:
    """Ready, claimed, unknown; no name, no number; the number stands in no address."""
    one = bound(floor)
    guest = floor.site.visitor()
    guest.get("/track")
    guest.submit("/track", number=grouped(one.aid))
    assert "Your number is ready" in guest.page.text
    assert guest.path == "/track"
    for told in ("Sampleton", "Testa", one.nin, shown(one.nin)):
        assert told not in guest.page.text
    guest.submit("/track", number=other_number(one.aid))
    assert guest.page.status_code == 400
    assert "no application of this number" in guest.page.text
