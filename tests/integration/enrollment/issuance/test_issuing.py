import uuid

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from enrollment.errors import Code, Refusal
from enrollment.issuance import Issued
from enrollment.issuance.issue import AcceptedCase
from enrollment.issuance.models import ActivationSlipRow, IssuanceRow
from enrollment.register import Identified, IdentifierType, Status
from enrollment.register.models import IdentifierRow, NameKeyRow, PersonAccountRow, PersonRow, PersonVersionRow
from idp.audit.models import AuditRow
from idp.database import Base
from idp.errors import Refusal as AccountRefusal
from idp.keys.models import PersonKeyRow
from idp.subscribers import NewSubscriber, State, Subjects
from idp.subscribers.models import SubscriberRow
from tests.factories.register import Gallery, Office, a_case, an_aid, code_of, facts, raced
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration

WRITTEN: tuple[type[Base], ...] = (
    PersonRow, PersonVersionRow, NameKeyRow, IdentifierRow, PersonAccountRow, SubscriberRow, PersonKeyRow, IssuanceRow,
    ActivationSlipRow, AuditRow,
)  # fmt: skip


def counted(session: Session) -> dict[str, int]:
    """How many rows each table has that issuance writes."""
    return {kind.__tablename__: session.scalar(select(func.count()).select_from(kind)) or 0 for kind in WRITTEN}


class Sector:
    """A relying party of one sector."""

    sector = "tax.example"

    def __init__(self, subject_type: str = "pairwise") -> None:
        self.subject_type = subject_type


def test_everything_is_there_at_once(office: Office) -> None:
    """Number, person, version, gallery entries, account and slip, and each leads to the other."""
    case = a_case()
    issued = office.issued(case)
    assert issued.nin is not None
    assert office.identifiers.find(issued.nin) == Identified(issued.person_id, IdentifierType.NIN, active=True)
    person, version = office.register.get(issued.person_id), office.register.current(issued.person_id)
    assert person is not None
    assert version is not None
    assert (person.status, person.ial, person.subject_key_id) == (Status.ACTIVE, 3, case.subject_key_id)
    assert (version.facts, version.aid, version.n) == (case.facts, case.aid, 1)
    assert office.gallery.entered == {case.aid: issued.person_id}
    assert office.accounts.person_of(issued.subscriber_id) == issued.person_id
    assert office.accounts.of_person(issued.person_id) == [issued.subscriber_id]
    assert issued.slip is not None
    assert issued.slip.aid == case.aid
    assert office.events("number.") == ["number.issued"]


def test_an_opened_account_waits_for_its_owner(office: Office) -> None:
    """It has the proven details and the level, and cannot sign in before the slip is used."""
    issued = office.issued(a_case(language="en-SL", email="testa@people.example"))
    account = office.directory.get(issued.subscriber_id)
    assert account is not None
    assert (account.state, account.ial, account.locale, issued.opened) == (State.PENDING, 3, "en-SL", True)
    claims = office.directory.profile(issued.subscriber_id)
    assert {name: claims.get(name) for name in ("name", "birthdate", "gender", "email")} == {
        "name": "Testa Binta Sampleton",
        "birthdate": "1990-02-28",
        "gender": "female",
        "email": "testa@people.example",
    }
    assert "phone_number_verified" not in claims


def test_a_contact_that_is_none_stops_nobody(office: Office) -> None:
    """An address that an account cannot have is left out; a month of birth is told as its year."""
    issued = office.issued(a_case(email="at the market", phone="ask the chief", birth_date="1990-02"))
    claims = office.directory.profile(issued.subscriber_id)
    assert claims["birthdate"] == "1990"
    assert not {"email", "phone_number"} & claims.keys()


@pytest.mark.parametrize("subject_type", ["pairwise", "public"])
def test_the_sub_never_changes(office: Office, subject_type: str) -> None:
    """A level-1 account that is linked is known to every service by the name it had, before and after (AC-086)."""
    account = store_subscriber(office.session, office.keys, office.clock)
    subjects, party = Subjects(office.keys), Sector(subject_type)
    before = subjects.for_client(account, party)
    issued = office.issued(a_case(account))
    assert (issued.subscriber_id, issued.opened) == (account, False)
    assert subjects.for_client(issued.subscriber_id, party) == before
    assert office.accounts.of_person(issued.person_id) == [account]
    assert len(office.session.scalars(select(SubscriberRow.id)).all()) == 1
    assert str(issued.person_id) not in before


def test_a_linked_account_keeps_its_level_until_it_is_claimed(office: Office) -> None:
    """Whose account it is must be shown by the account's own factor: a mistyped link raises nobody."""
    account = store_subscriber(office.session, office.keys, office.clock)
    office.issued(a_case(account))
    held = office.directory.get(account)
    assert held is not None
    assert (held.ial, held.state) == (1, State.ACTIVE)
    assert office.directory.profile(account)["name"] == "Testa Madeup Person"


@pytest.mark.parametrize("state", [None, State.CLOSED, State.SUSPENDED])
def test_an_account_that_is_over_is_not_linked(office: Office, state: State | None) -> None:
    """Nor one that does not exist; nothing is written."""
    account = uuid.uuid4()
    if state is not None:
        account = store_subscriber(office.session, office.keys, office.clock)
        row = office.session.get_one(SubscriberRow, account)
        row.state = state.value
        office.session.flush()
    before = counted(office.session)
    outcome = office.issuance.issue(a_case(account))
    assert outcome == Refusal(Code.ENR_UNKNOWN, "account")
    assert counted(office.session) == before


def test_an_account_has_one_person(office: Office) -> None:
    """Somebody else's account cannot be linked, in another case or in the same batch."""
    taken = office.issued(a_case()).subscriber_id
    free = store_subscriber(office.session, office.keys, office.clock)
    outcomes = office.issuance.issue_many([a_case(taken), a_case(free), a_case(free), a_case()])
    assert [code_of(outcome) for outcome in outcomes] == [Code.ENR_EXISTS, None, Code.ENR_EXISTS, None]


def test_a_case_is_issued_once(office: Office) -> None:
    """Asked again, after a lost answer or by a second worker, the same person comes back, and no more (AC-099)."""
    case = a_case()
    first = office.issued(case)
    before = counted(office.session)
    again = office.issued(case)
    assert (again.person_id, again.subscriber_id, again.opened) == (first.person_id, first.subscriber_id, True)
    assert (again.nin, again.slip) == (None, None)
    assert counted(office.session) == before
    assert office.issuance.of_case(case.aid) == again
    assert office.issuance.of_case(an_aid()) is None


def test_of_fifty_workers_one_issues(own_database: Engine) -> None:
    """Fifty who finish one case at once give one identity, and all of them the same answer (AC-099)."""
    with Session(own_database) as session:
        office = Office(session)
    case = a_case()
    outcomes = raced(own_database, office, lambda own: own.issuance.issue(case))
    issued = [outcome for outcome in outcomes if isinstance(outcome, Issued)]
    assert len(issued) == 50
    assert len({outcome.person_id for outcome in issued}) == 1
    assert [outcome.nin is not None for outcome in issued].count(True) == 1
    with Session(own_database) as session:
        rows = counted(session)
    assert {rows[name] for name in ("person", "identifier", "issuance", "activation_slip", "subscriber")} == {1}


def test_of_fifty_cases_one_gets_the_account(own_database: Engine) -> None:
    """Fifty cases that name one account at once: one is linked, the others are refused and leave nothing."""
    with Session(own_database) as session:
        office = Office(session)
        account = store_subscriber(session, office.keys, office.clock)
        session.commit()
    outcomes = raced(own_database, office, lambda own: own.issuance.issue(a_case(account)))
    assert sorted(str(code_of(outcome)) for outcome in outcomes) == ["ENR-EXISTS"] * 49 + ["None"]
    with Session(own_database) as session:
        rows = counted(session)
    assert {rows[name] for name in ("person", "identifier", "issuance", "activation_slip")} == {1}


def test_a_refused_gallery_refuses_the_case(office: Office) -> None:
    """What the gallery says is the answer, and the transaction is there to be rolled back."""
    office.gallery.refusal = Refusal(Code.ENR_OBJECT, "face")
    before = counted(office.session)
    with office.session.begin_nested() as savepoint:
        outcomes = office.issuance.issue_many([a_case(), a_case()])
        savepoint.rollback()
    assert outcomes == [office.gallery.refusal] * 2
    assert counted(office.session) == before


def test_hundreds_are_issued_together(office: Office) -> None:
    """A batch gives each case its own number, person, account and slip, as one at a time does."""
    cases = [a_case(given_names=f"Testa {'abcdefghij'[number % 10] * 3}") for number in range(200)]
    outcomes = office.issuance.issue_many(cases)
    issued = [outcome for outcome in outcomes if isinstance(outcome, Issued)]
    assert [outcome.aid for outcome in issued] == [case.aid for case in cases]
    for part in ("nin", "person_id", "subscriber_id"):
        assert len({getattr(outcome, part) for outcome in issued}) == 200
    for case, outcome in list(zip(cases, issued, strict=True))[::40]:
        assert outcome.nin == office.identifiers.nin_of(outcome.person_id)
        held = office.register.current(outcome.person_id)
        assert held is not None
        assert held.facts == case.facts
        assert outcome.slip is not None
        assert office.slips.spend(case.aid, outcome.slip.code) == outcome.subscriber_id


def test_a_taken_account_name_stops_nobody(office: Office) -> None:
    """A new account is called by its case; where somebody is called so already, by the case and a digit."""
    case = a_case()
    made = office.directory.create(NewSubscriber(case.aid))
    assert not isinstance(made, AccountRefusal)
    issued = office.issued(case)
    account = office.directory.get(issued.subscriber_id)
    assert account is not None
    identity = office.directory.identity(account)
    assert identity is not None
    assert identity.username == f"{case.aid.lower()}.2"


def test_nothing_readable_is_written(office: Office) -> None:
    """Names, number and code are in no row of any table that issuance writes (AC-118, AC-122)."""
    case = AcceptedCase(an_aid(), uuid.uuid4(), facts(family_name="Plantedname", email="planted@people.example"), 3)
    issued = office.issued(case)
    assert issued.nin is not None
    assert issued.slip is not None
    words = ("lantedname", "planted@", issued.nin, issued.slip.code, issued.slip.code.replace("-", ""))
    for kind in WRITTEN:
        for row in office.session.execute(select(kind.__table__)):
            text = repr(tuple(row))
            assert not [word for word in words if word in text], kind
    assert issued.nin not in repr(issued)
    assert issued.slip.code not in repr(issued)


def test_a_gallery_fulfils_the_protocol() -> None:
    """The gallery of these tests takes what a real one takes."""
    gallery = Gallery()
    assert gallery.enter({"A": uuid.uuid4()}) is None
