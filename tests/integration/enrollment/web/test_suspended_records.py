"""Suspending a record and giving it back over the pages: by whom, with what words, and what the person can do."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.register import AliasKind, Status, Statuses
from enrollment.standing.appeals import TRIES
from enrollment.standing.models import AppealRow, SuspensionRow
from enrollment.web.standing_rooms import aliases, appeals, identifiers
from idp.web.extensions import db
from idp.web.rooms import trail
from tests.factories.floor import Floor, Member
from tests.factories.records import Citizen, citizen, letter_of, signed_in, status_of, suspended
from tests.factories.register import Office
from tests.factories.visitors import Visitor

pytestmark = pytest.mark.integration


@pytest.fixture
def registrar(floor: Floor) -> Member:
    """Who suspends."""
    return floor.member(Role.REGISTRAR)


@pytest.fixture
def colleague(floor: Floor) -> Member:
    """Another one."""
    return floor.member(Role.REGISTRAR)


@pytest.fixture
def one(floor: Floor) -> Citizen:
    """Somebody with a number and an account."""
    return citizen(floor)


def appeal(floor: Floor, reference: str, code: str, words: str | None = None) -> Visitor:
    """The citizen's page, sent by somebody at an address of their own."""
    visitor = floor.site.visitor()
    visitor.get("/appeal")
    visitor.submit("/appeal", reference=reference, letter_code=code)
    if words is not None:
        visitor.submit("/appeal", words=words)
    return visitor


def test_a_record_is_suspended_and_given_back_by_two(
    floor: Floor, registrar: Member, colleague: Member, one: Citizen
) -> None:
    """The whole way: looked at, suspended, signed out, asked for, agreed to, signed in again; each in the history."""
    browser = signed_in(floor, one)
    assert browser.get("/account").status_code == 200
    looked = registrar.send("/staff/records/suspend", number=one.nin, reason="disputed_identity")
    assert "T. B. S." in looked.text
    assert "Sampleton" not in looked.text
    assert status_of(floor, one) is Status.ACTIVE
    reference, _, address = suspended(floor, registrar, one, "disputed_identity")
    assert status_of(floor, one) is Status.SUSPENDED
    assert "/signin" in browser.get("/account", follow=False).location
    assert registrar.send(address, decision="ask", why="in_error").status_code == 303
    page = registrar.get(address).text
    assert "A second registrar must agree" in page
    assert 'value="approve"' not in page
    refused = registrar.send(address, decision="approve")
    assert (refused.status_code, "ENR-FOUREYES" in refused.text) == (409, True)
    assert status_of(floor, one) is Status.SUSPENDED
    assert colleague.send(address, decision="approve").status_code == 303
    assert status_of(floor, one) is Status.ACTIVE
    floor.site.clock.advance(60)
    again = signed_in(floor, one)
    history = again.get("/account/history").text
    for words in ("A registrar suspended your entry", "in use again", "A member of staff read your record"):
        assert words in history
    assert reference.replace("-", "") not in registrar.get("/staff/records").text


def test_the_person_disagrees_with_the_letter_and_somebody_else_decides(
    floor: Floor, registrar: Member, colleague: Member, one: Citizen
) -> None:
    """Whoever suspended neither decides the appeal nor agrees to what came of it."""
    reference, code, address = suspended(floor, registrar, one)
    shown = appeal(floor, reference, code)
    assert "Somebody else may be using the identity" in shown.page.text
    done = appeal(floor, reference, code, "It was my sister, with my consent.")
    assert "We have what you say" in done.page.text
    assert "Somebody is deciding" in appeal(floor, reference, code).page.text
    assert "with my consent" in registrar.get(address).text
    own = registrar.send(address, decision="granted")
    assert (own.status_code, "ENR-FOUREYES" in own.text) == (409, True)
    assert colleague.send(address, decision="granted").status_code == 303
    assert registrar.send(address, decision="approve").status_code == 409
    assert colleague.send(address, decision="approve").status_code == 409
    third = floor.member(Role.REGISTRAR)
    assert third.send(address, decision="approve").status_code == 303
    assert status_of(floor, one) is Status.ACTIVE
    assert "in use again" in appeal(floor, reference, code).page.text


def test_an_appeal_that_is_not_granted_can_be_made_again_after_a_month(
    floor: Floor, registrar: Member, colleague: Member, one: Citizen
) -> None:
    """Not before, and not a second time while one waits."""
    reference, code, address = suspended(floor, registrar, one)
    appeal(floor, reference, code, "No.")
    twice = floor.site.visitor()
    twice.get("/appeal")
    token = re.search(r'name="csrf_token" value="([^"]+)"', twice.page.text)
    assert token is not None
    sent = twice.post("/appeal", reference=reference, letter_code=code, words="No.", csrf_token=token[1])
    assert (sent.status_code, "within the last 30 days" in sent.text) == (400, True)
    assert colleague.send(address, decision="kept").status_code == 303
    floor.site.clock.advance(29 * 86_400)
    assert "You can say again that you disagree from" in appeal(floor, reference, code).page.text
    early = twice.post("/appeal", reference=reference, letter_code=code, words="Still no.", csrf_token=token[1])
    assert (early.status_code, "within the last 30 days" in early.text) == (400, True)
    floor.site.clock.advance(2 * 86_400)
    assert "We have what you say" in appeal(floor, reference, code, "Still no.").page.text


def test_wrong_letters_are_one_answer_and_ten_of_them_end_it(floor: Floor, registrar: Member, one: Citizen) -> None:
    """A guess at the code says nothing about the number; a new letter works, and the old one does not."""
    reference, code, address = suspended(floor, registrar, one)
    wrong = "0000-0000-0000"
    nobody = appeal(floor, "ZZZZ-ZZZZ", wrong).page
    assert nobody.status_code == 400
    for _ in range(TRIES):
        with floor.site.app.test_request_context():
            appeals().open(reference, wrong)
            db.session.commit()
    known = appeal(floor, reference, code).page
    plain = re.compile(r'value="[^"]*"|nonce="[^"]*"')
    assert plain.sub("", known.text) == plain.sub("", nobody.text)
    own = registrar.send(f"{address}/letter")
    assert (own.status_code, "ENR-FOUREYES" in own.text) == (409, True)
    assert 'action="' + f'{address}/letter"' not in registrar.get(address).text
    assert "Somebody else may be using" not in appeal(floor, reference, code).page.text
    printed = floor.member(Role.REGISTRAR).send(f"{address}/letter")
    fresh_reference, fresh_code = letter_of(printed.text)
    assert fresh_reference == reference
    assert fresh_code != code
    assert "Somebody else may be using" in appeal(floor, reference, fresh_code).page.text


def test_of_several_who_agree_at_once_one_gets_through(floor: Floor, registrar: Member, one: Citizen) -> None:
    """One status change, one set of accounts opened, the others are told that it has changed."""
    _, _, address = suspended(floor, registrar, one)
    assert registrar.send(address, decision="ask", why="settled").status_code == 303
    clients = [floor.member(Role.REGISTRAR) for _ in range(6)]
    for client in clients:
        client.token  # noqa: B018 - as above
    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = list(pool.map(lambda client: client.send(address, decision="approve").status_code, clients))
    assert sorted(statuses) == [303, *[409] * 5]
    moved = [row.body for row in floor.site.audit(event="person.status_changed", subscriber_id=one.id)]
    assert [body["to"] for body in moved] == ["suspended", "active"]


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SUPERVISOR, Role.SUPPORT, Role.ADJUDICATOR, Role.ADMIN])
def test_nobody_but_a_registrar(floor: Floor, one: Citizen, role: Role) -> None:
    """403 on every page, with its audit row, and nothing happened."""
    member = floor.member(role)
    before = len(floor.audited("staff.refused"))
    assert member.get("/staff/records").status_code == 403
    assert (
        member.send("/staff/records/suspend", number=one.nin, reason="legal_order", confirmed="yes").status_code == 403
    )
    assert member.send("/staff/records/erase", number=one.nin, ground="law", confirmed="yes").status_code == 403
    assert len(floor.audited("staff.refused")) == before + 3
    assert status_of(floor, one) is Status.ACTIVE


def test_nobody_suspends_themself_or_twice_or_the_dead(floor: Floor, registrar: Member, one: Citizen) -> None:
    """ENR-OWN and ENR-STATE; a number that is none stays a matter of the form."""
    own = citizen(floor)
    with floor.site.app.test_request_context():
        shared = floor.site.services
        office = Office(db.session(), keys=shared.purpose_keys, clock=shared.clock)  # type: ignore[arg-type]  # any clock
        assert office.accounts.link(registrar.id, own.person_id) is None
        db.session.commit()
    refused = registrar.send("/staff/records/suspend", number=own.nin, reason="legal_order", confirmed="yes")
    assert (refused.status_code, "ENR-OWN" in refused.text) == (403, True)
    suspended(floor, registrar, one)
    again = registrar.send("/staff/records/suspend", number=one.nin, reason="legal_order", confirmed="yes")
    assert (again.status_code, "ENR-STATE" in again.text) == (409, True)
    wrong = registrar.send("/staff/records/suspend", number="123", reason="legal_order")
    assert (wrong.status_code, "Check its digits" in wrong.text) == (400, True)


def test_an_account_that_was_only_named_is_left_alone(floor: Floor, registrar: Member) -> None:
    """AC-090: somebody else's application named it; what happens to that record does not happen to its owner."""
    linked = citizen(floor, proven=False)
    browser = signed_in(floor, linked)
    suspended(floor, registrar, linked)
    assert status_of(floor, linked) is Status.SUSPENDED
    assert browser.get("/account", follow=False).status_code == 200


@pytest.mark.parametrize("status", [Status.DECEASED, Status.MERGED])
def test_the_dead_and_the_merged_are_not_suspended(
    floor: Floor, registrar: Member, one: Citizen, status: Status
) -> None:
    """One registrar cannot get around the two of an undoing: not by a suspension, and its return."""
    kept = citizen(floor)
    with floor.site.app.test_request_context():
        into = kept.person_id if status is Status.MERGED else None
        Statuses(db.session(), floor.site.services.clock, trail()).move(one.person_id, status, "test", into=into)
        db.session.commit()
    refused = registrar.send("/staff/records/suspend", number=one.nin, reason="legal_order", confirmed="yes")
    assert (refused.status_code, "ENR-STATE" in refused.text) == (409, True)
    assert status_of(floor, one) is status
    with floor.site.app.test_request_context():
        assert db.session.scalar(select(SuspensionRow.id).where(SuspensionRow.person_id == one.person_id)) is None


def test_who_died_meanwhile_is_not_given_back(floor: Floor, registrar: Member, colleague: Member, one: Citizen) -> None:
    """A return that was asked for before the death is refused, and changes nothing."""
    _, _, address = suspended(floor, registrar, one)
    registrar.send(address, decision="ask", why="settled")
    with floor.site.app.test_request_context():
        Statuses(db.session(), floor.site.services.clock, trail()).move(one.person_id, Status.DECEASED, "death")
        db.session.commit()
    assert colleague.send(address, decision="approve").status_code == 409
    assert status_of(floor, one) is Status.DECEASED


def test_what_is_stored_says_nothing(floor: Floor, registrar: Member, one: Citizen) -> None:
    """No word of an appeal and no code is in the database."""
    reference, code, address = suspended(floor, registrar, one)
    appeal(floor, reference, code, "A sentence that nobody else reads.")
    with floor.site.app.test_request_context():
        row = db.session.scalars(select(SuspensionRow).where(SuspensionRow.person_id == one.person_id)).one()
        said = db.session.scalars(select(AppealRow).where(AppealRow.suspension_id == row.id)).one()
        assert b"sentence" not in (said.sealed or b"")
        assert code.replace("-", "").encode() not in row.digest
    assert "A sentence that nobody else reads." in registrar.get(address).text


def test_a_request_that_is_declined_or_taken_back_leaves_it_suspended(
    floor: Floor, registrar: Member, colleague: Member, one: Citizen
) -> None:
    """Undo of the wish: by who asked, or a no of the second."""
    _, _, address = suspended(floor, registrar, one)
    registrar.send(address, decision="ask", why="settled")
    assert colleague.send(address, decision="take_back").status_code == 404
    assert registrar.send(address, decision="take_back").status_code == 303
    assert colleague.send(address, decision="approve").status_code == 409
    registrar.send(address, decision="ask", why="settled")
    assert colleague.send(address, decision="decline").status_code == 303
    assert status_of(floor, one) is Status.SUSPENDED


def test_a_suspended_person_makes_no_alias_and_keeps_the_number(floor: Floor, registrar: Member, one: Citizen) -> None:
    """What a suspended person may not do; the number is theirs still."""
    suspended(floor, registrar, one)
    with floor.site.app.test_request_context():
        made = aliases().make(one.person_id, AliasKind.ONCE)
        assert isinstance(made, Refusal)
        assert made.code is Code.ENR_STATE
        assert identifiers().nin_of(one.person_id) is not None
