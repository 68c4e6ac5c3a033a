"""People of the register are found by name, birth and place, by those who may, and can see it."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from enrollment.centres import OPERATOR, Actor, Role
from enrollment.centres.division_files import SHIPPED
from enrollment.errors import Code, Refusal
from enrollment.finding import Finder, FindPolicy, Found, Rooms
from enrollment.finding.keeping import index_anew, purge_searches
from enrollment.finding.masking import DOTS
from enrollment.finding.models import PeopleSearchRow
from enrollment.register import facts_of
from enrollment.register.models import NameKeyRow, PersonRow
from idp.audit.models import AuditRow
from idp.keys.person_keys import PersonKeys
from tests.factories.centres import Country
from tests.factories.register import TODAY, Office, code_of, facts, raced

pytestmark = pytest.mark.integration

FORM = {"names": "Testa Sampleton", "born": "1990", "around": "1", "sex": "", "place": ""}


@dataclass
class Searching:
    """The room over one transaction, with the shipped districts; `household`: whose record an officer may not open."""

    office: Office
    household: set[uuid.UUID] = field(default_factory=set)
    policy: FindPolicy = field(default_factory=FindPolicy)

    def __post_init__(self) -> None:
        self.country = Country(self.office.session, self.office.clock, self.office.keys)
        self.officer = Actor(uuid.uuid4(), frozenset({Role.OFFICER}), uuid.uuid4())

    @property
    def finder(self) -> Finder:
        """A new one, as every request has."""
        office = self.office
        keys = PersonKeys(office.session, office.sealer, office.clock)
        rooms = Rooms(
            office.register, office.identifiers, office.accounts, self.country.divisions, keys,
            lambda _, person_id: person_id in self.household,
        )  # fmt: skip
        return Finder(office.session, office.keys, rooms, office.clock, office.entropy, office.trail, self.policy)

    def search(self, by: Actor | None = None, purpose: str = "forgotten", **typed: str) -> uuid.UUID:
        """A search that is not refused."""
        made = self.finder.search(by or self.officer, {**FORM, **typed}, purpose)
        assert isinstance(made, uuid.UUID), made
        return made

    def people(self, **typed: str) -> list[uuid.UUID]:
        """Whom a search lists."""
        made = self.finder.search(self.officer, {**FORM, **typed}, "forgotten")
        wanted = select(PeopleSearchRow.hits).where(PeopleSearchRow.id.in_([made]))
        return self.office.session.scalars(wanted).one()

    def page(self, search_id: uuid.UUID, by: Actor | None = None) -> Found:
        """Its page."""
        found = self.finder.page(by or self.officer, search_id)
        assert isinstance(found, Found), found
        return found


@pytest.fixture
def searching(session: Session) -> Searching:
    """Over a transaction that is rolled back."""
    made = Searching(Office(session))
    made.country.divisions.load(OPERATOR, SHIPPED.read_bytes())
    return made


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"names": "SAMPLETON TESTA"},
        {"names": "Tésta Sampletonn"},
        {"names": "Tɛsta Sampletɔn"},
        {"names": "Sampelton B."},
        {"names": "Binta Sampleton", "born": "1990-02-28"},
        {"names": "Sampleton", "born": "1990-02-28"},
        {"names": "Sampleton", "place": "SL-S-BO"},
        {"names": "Sampleton", "place": "bo"},
        {"names": "Sampletan", "place": "Southern"},
        {"born": "1991"},
        {"born": "1989-07"},
        {"born": "1987", "around": "3"},
        {"sex": "female"},
        {"place": "Kailahun"},
    ],
)
def test_the_person_is_found(searching: Searching, typed: dict[str, str]) -> None:
    """In other spellings and orders, by a year, a day or a place under any of its names, also when that is wrong."""
    person_id = searching.office.person(birthplace="SL-S-BO")
    assert searching.people(**typed) == [person_id]


@pytest.mark.parametrize(
    "typed",
    [
        {"names": "Monday Zz"},
        {"born": "1993"},
        {"born": "1991", "around": "0"},
        {"sex": "male"},
        {"names": "Sampleton", "place": "Kailahun"},
    ],
)
def test_others_are_not(searching: Searching, typed: dict[str, str]) -> None:
    """Another name, another year or sex; one name alone is looked for where it was said to be."""
    searching.office.person(birthplace="SL-S-BO")
    assert searching.people(**typed) == []


def test_places_of_records_in_words_are_found(searching: Searching) -> None:
    """A place outside the country, or as an older register wrote it."""
    person_id = searching.office.person(birthplace="Old Crossing, Élsewhere")
    assert searching.people(names="Sampleton", place="old crossing, elsewhere") == [person_id]


def test_the_place_and_the_day_put_somebody_first(searching: Searching) -> None:
    """Of many who bear one name, and were born that year, those come first who fit best; the rest are said to exist."""
    searching.policy = FindPolicy(opened=5, listed=3)
    for _ in range(9):
        searching.office.person(birth_date="1990-07-01", birthplace="SL-E-KEN")
    there = searching.office.person(birth_date="1990-08-01", birthplace="SL-S-BO")
    born = searching.office.person(birth_date="1990-09-30", birthplace="SL-E-KEN")
    assert searching.people(place="Bo")[0] == there
    assert searching.people(born="1990-09-30")[0] == born
    page = searching.page(searching.search())
    assert (len(page.hits), page.complete) == (3, False)


def test_a_list_is_masked_and_a_person_opened_by_whoever_works_with_records(searching: Searching) -> None:
    """On the list stands what was typed; opened, an officer reads the name, support does not, and nobody the number."""
    person_id, nin = searching.office.numbered()
    hit = searching.page(search_id := searching.search()).hits[0]
    assert (hit.name, hit.born, hit.place) == (f"Testa B{DOTS} Sampleton", "1990", "")
    opened = searching.finder.open(searching.officer, search_id, 1)
    assert not isinstance(opened, Refusal)
    assert (opened.hit.name, opened.nin[-3:]) == ("Testa Binta Sampleton", nin[-3:])
    assert nin not in opened.nin
    support = Actor(uuid.uuid4(), frozenset({Role.SUPPORT}))
    masked = searching.finder.open(support, searching.search(support), 1)
    assert not isinstance(masked, Refusal)
    assert masked.hit.name == f"Testa B{DOTS} Sampleton"
    assert searching.finder.person(searching.officer, search_id, 1) == person_id


def test_whoever_is_found_can_see_it(searching: Searching) -> None:
    """An entry in the history of every account, with purpose and who; names and numbers in no row."""
    account = searching.country.person()
    person_id = searching.office.person()
    searching.office.accounts.link(account, person_id)
    search_id = searching.search(purpose="recovery")
    searching.finder.open(searching.officer, search_id, 1)
    rows = searching.office.session.scalars(
        select(AuditRow)
        .where(AuditRow.subscriber_id == account, AuditRow.event == "person.found")
        .order_by(AuditRow.id)
    ).all()
    assert sorted((row.body["opened"], row.body["purpose"], row.actor) for row in rows) == [
        (False, "recovery", searching.officer.reference),
        (True, "recovery", searching.officer.reference),
    ]
    said = searching.office.session.scalar(select(AuditRow.body).where(AuditRow.event == "people.searched"))
    assert said is not None
    assert said["found"] == 1
    assert "ampleton" not in f"{said}{[row.body for row in rows]}".casefold()


def test_what_was_typed_is_nowhere_readable(searching: Searching) -> None:
    """The stored search is sealed; without the searcher's key it is nothing."""
    searching.office.person()
    row = searching.office.session.get(PeopleSearchRow, searching.search())
    assert row is not None
    assert b"ampleton" not in row.sealed.lower()


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.OFFICER, Role.SUPERVISOR}])
def test_who_may_search(searching: Searching, role: Role) -> None:
    """Registrars and support may, officers and supervisors with a posting, nobody else; every no is audited."""
    by = Actor(uuid.uuid4(), frozenset({role}))
    made = searching.finder.search(by, FORM, "forgotten")
    assert isinstance(made, Refusal) is (role not in {Role.REGISTRAR, Role.SUPPORT})
    unposted = Actor(uuid.uuid4(), frozenset({Role.OFFICER}))
    assert code_of(searching.finder.search(unposted, FORM, "forgotten")) is Code.ENR_ROLE
    refused = select(func.count()).select_from(AuditRow).where(AuditRow.event == "staff.refused")
    assert searching.office.session.scalar(refused) == 1 + isinstance(made, Refusal)


def test_without_a_purpose_nothing_is_looked_up(searching: Searching) -> None:
    """A purpose of the list is asked for first; nobody is told of a search that was none."""
    searching.office.person()
    for purpose in ("", "curious"):
        assert code_of(searching.finder.search(searching.officer, FORM, purpose)) is Code.ENR_SCHEMA
    assert searching.office.events("person.found") == []


def test_a_search_is_for_whoever_made_it_and_closes(searching: Searching) -> None:
    """Another officer of the same centre, another hit, and the page half an hour later: not there."""
    searching.office.person()
    search_id = searching.search()
    other = Actor(uuid.uuid4(), frozenset({Role.OFFICER}), searching.officer.centre_id)
    assert code_of(searching.finder.page(other, search_id)) is Code.ENR_UNKNOWN
    assert code_of(searching.finder.open(other, search_id, 1)) is Code.ENR_UNKNOWN
    for number in (0, 2, -1):
        assert code_of(searching.finder.open(searching.officer, search_id, number)) is Code.ENR_UNKNOWN
    searching.office.clock.advance(seconds=1801)
    assert code_of(searching.finder.page(searching.officer, search_id)) is Code.ENR_UNKNOWN
    assert code_of(searching.finder.person(searching.officer, search_id, 1)) is Code.ENR_UNKNOWN


def test_nobody_opens_their_own_record_or_one_of_the_household(searching: Searching) -> None:
    """It stands on the list, masked; a colleague opens it (design section 1)."""
    searching.household.add(searching.office.person())
    assert code_of(searching.finder.open(searching.officer, searching.search(), 1)) is Code.ENR_OWN


def test_merged_people_lead_to_who_goes_on_and_erased_ones_nowhere(searching: Searching) -> None:
    """A name of a record that was merged finds the person; who was erased is not found, who died is."""
    kept = searching.office.person(family_name="Otherwise")
    merged, gone, dead = (searching.office.person() for _ in range(3))
    searching.office.session.execute(
        update(PersonRow).where(PersonRow.id == merged).values(status="merged", merged_into=kept)
    )
    searching.office.session.execute(update(PersonRow).where(PersonRow.id == gone).values(status="erased"))
    searching.office.session.execute(update(PersonRow).where(PersonRow.id == dead).values(status="deceased"))
    assert sorted(searching.people()) == sorted([kept, dead])


def test_searches_are_limited_in_an_hour_and_a_day(searching: Searching) -> None:
    """Nobody leafs through the register. Searches that were refused do not count; others have their own."""
    searching.policy = FindPolicy(an_hour=2, a_day=3)
    searching.search()
    searching.search()
    assert code_of(searching.finder.search(searching.officer, FORM, "forgotten")) is Code.ENR_GUARD
    searching.office.clock.advance(seconds=3601)
    searching.search()
    assert code_of(searching.finder.search(searching.officer, FORM, "forgotten")) is Code.ENR_GUARD
    searching.search(Actor(uuid.uuid4(), frozenset({Role.REGISTRAR})))


def test_a_race_does_not_pass_the_limit(own_database: Engine, session: Session) -> None:
    """Twenty searches at one moment with room for three: three."""
    first = Searching(Office(session))
    by = Actor(uuid.uuid4(), frozenset({Role.REGISTRAR}))

    def one(office: Office) -> object:
        own = Searching(office, policy=FindPolicy(an_hour=3))
        return own.finder.search(by, FORM, "forgotten")

    outcomes = raced(own_database, first.office, one, racers=20)
    assert sum(isinstance(made, uuid.UUID) for made in outcomes) == 3


def test_people_of_an_earlier_version_come_into_the_index(searching: Searching) -> None:
    """Rows without places are indexed anew, once, with every version that can be read."""
    office = searching.office
    person_id = office.person(birthplace="SL-S-BO")
    again = facts_of({**facts(birthplace="SL-S-BO").as_document(), "family_name": "Otherwise"}, TODAY)
    assert not isinstance(again, Refusal)
    office.register.amend(person_id, 1, again)
    row = office.session.get(NameKeyRow, person_id)
    assert row is not None
    whole = list(row.digests)
    office.session.execute(
        update(NameKeyRow).where(NameKeyRow.person_id == person_id).values(scheme=1, digests=whole[:5])
    )
    assert searching.people(names="Sampleton", place="Bo") == []
    assert index_anew(office.session, office.register) >= 1
    office.session.refresh(row)
    assert (row.scheme, list(row.digests)) == (2, whole)
    # By a former name: on the list by the place, and recognised by the words of today.
    assert searching.people(names="Otherwise", place="Bo") == [person_id]
    assert index_anew(office.session, office.register) == 0


def test_searches_are_gone_after_a_day(searching: Searching) -> None:
    """The trail keeps who looked for whom; the list and the words go."""
    search_id = searching.search()
    now = searching.office.clock.now()
    held = select(PeopleSearchRow.id).where(PeopleSearchRow.id == search_id)
    purge_searches(searching.office.session, now + dt.timedelta(hours=23), 1000)
    assert searching.office.session.scalar(held) == search_id
    assert purge_searches(searching.office.session, now + dt.timedelta(hours=25), 1000) >= 1
    assert searching.office.session.scalar(held) is None
