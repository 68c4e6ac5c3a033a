"""What may happen once, tried by fifty at the same moment, each in a transaction of its own."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from enrollment.centres import OPERATOR, Approval, Days, HandOver, Posting, Role, Station, StationKey
from enrollment.centres.ceremony import FOUNDING_ROLES, Ceremony, CeremonyState
from enrollment.centres.models import StaffRoleRow
from enrollment.errors import Code, Refusal
from tests.factories.centres import Country, station_key
from tests.factories.keys import purpose_keys

pytestmark = pytest.mark.integration

AT_ONCE = 50
KEYS = purpose_keys()
Act = Callable[[Country], Any]


class Field:
    """A database in which commits count."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def once(self, act: Act) -> Any:
        """What comes of one transaction, committed."""
        with Session(self.engine, expire_on_commit=False) as session:
            outcome = act(Country(session, keys=KEYS))
            session.commit()
            return outcome

    def race(self, acts: Sequence[Act]) -> Counter[Code | type]:
        """What comes of all of these at once: refusals by code, the others by type."""
        barrier = Barrier(len(acts))

        def run(act: Act) -> Code | type:
            barrier.wait(timeout=60)
            outcome = self.once(act)
            return outcome.code if isinstance(outcome, Refusal) else type(outcome)

        with ThreadPoolExecutor(len(acts)) as pool:
            return Counter(pool.map(run, acts))


@pytest.fixture
def field(own_database: Engine) -> Any:
    """A database of the test's own; threads that find no connection free wait for one."""
    engine = create_engine(own_database.url, pool_size=20, max_overflow=0, pool_timeout=120)
    yield Field(engine)
    engine.dispose()


def test_role_is_granted_once(field: Field) -> None:
    """Of fifty approvals of one request, by two people, one is heard, and the role is held once."""

    def prepare(country: Country) -> tuple[uuid.UUID, list[Any], uuid.UUID]:
        asker, *others = (country.worker(Role.ADMIN), country.worker(Role.ADMIN), country.worker(Role.SECURITY))
        newcomer = country.person()
        asked = country.approvals.ask(asker, newcomer, Role.OFFICER)
        assert isinstance(asked, Approval)
        return asked.id, others, newcomer

    approval_id, others, newcomer = field.once(prepare)
    acts: list[Act] = [
        partial(lambda by, country: country.approvals.approve(by, approval_id), others[number % 2])
        for number in range(AT_ONCE)
    ]
    counted = field.race(acts)
    assert counted[Approval] == 1
    assert set(counted) <= {Approval, Code.ENR_STATE, Code.ENR_EXISTS}
    assert field.once(lambda country: len(country.staff.roles(newcomer))) == 1


def test_clashing_roles_are_not_granted_together(field: Field) -> None:
    """Two requests for each of twenty-five people, for roles that clash, all approved at once: each gets one."""

    def prepare(country: Country) -> tuple[Any, list[uuid.UUID]]:
        asker, other = country.worker(Role.ADMIN), country.worker(Role.ADMIN)
        asked = [
            country.approvals.ask(asker, newcomer, role)
            for newcomer in [country.person() for _ in range(AT_ONCE // 2)]
            for role in (Role.AUDITOR, Role.OFFICER)
        ]
        return other, [one.id for one in asked if isinstance(one, Approval)]

    other, asked = field.once(prepare)
    counted = field.race([partial(lambda one, country: country.approvals.approve(other, one), one) for one in asked])
    assert counted == {Approval: AT_ONCE // 2, Code.ENR_GUARD: AT_ONCE // 2}


def test_founding_happens_once(field: Field) -> None:
    """Both codes, each used by twenty-five at once: each counts once, and both founders get each role once."""

    def prepare(country: Country) -> Any:
        founders = [country.person(ial=1), country.person(ial=1)]
        for founder in founders:
            country.passkey(founder)
        return country.founding.start(*founders)

    codes = field.once(prepare)
    acts: list[Act] = [
        partial(lambda one, country: country.founding.redeem(one.subscriber_id, one.code), codes[number % 2])
        for number in range(AT_ONCE)
    ]
    counted = field.race(acts)
    assert counted[Ceremony] == 2
    assert set(counted) <= {Ceremony, Code.ENR_STATE, Code.ENR_UNKNOWN}
    latest = field.once(lambda country: country.founding.latest())
    assert latest.state is CeremonyState.COMPLETE
    held = field.once(lambda country: country.session.scalar(select(func.count()).select_from(StaffRoleRow)))
    assert held == 2 * len(FOUNDING_ROLES)


def test_one_ceremony_of_many_starts(field: Field) -> None:
    """Of fifty ceremonies begun at once one has codes."""
    founders = field.once(lambda country: [country.person(), country.person()])
    counted = field.race([lambda country: country.founding.start(*founders)] * AT_ONCE)
    assert counted == {tuple: 1, Code.ENR_STATE: AT_ONCE - 1}


def test_packet_number_is_taken_once(field: Field) -> None:
    """AC-099: of fifty packets with one number one is taken, the others are told that it is not the next."""
    station: Station = field.once(lambda country: country.station(country.centre()))
    counted = field.race([lambda country: country.stations.take_seq(station.id, 1)] * AT_ONCE)
    assert counted == {type(None): 1, Code.ENR_SEQ_GAP: AT_ONCE - 1}
    assert field.once(lambda country: country.stations.find(station.id)).last_seq == 1


def test_key_makes_one_station(field: Field) -> None:
    """Of fifty stations added under one key one comes to be."""
    centre = field.once(lambda country: country.centre())
    jwk = StationKey.of(station_key().public_key()).jwk
    counted = field.race([lambda country: country.stations.add(OPERATOR, centre.id, "A station", jwk)] * AT_ONCE)
    assert counted == {Station: 1, Code.ENR_EXISTS: AT_ONCE - 1}


def test_one_posting_a_day(field: Field) -> None:
    """Of fifty postings for overlapping days, to two centres, one is made."""
    centres, person = field.once(
        lambda country: ([country.centre(), country.centre()], country.person(Role.OFFICER)),
    )

    def post(number: int, country: Country) -> object:
        first = country.today + dt.timedelta(days=number % 3)
        days = Days(first, first + dt.timedelta(days=3))
        return country.postings.post(OPERATOR, person, centres[number % 2].id, days)

    counted = field.race([partial(post, number) for number in range(AT_ONCE)])
    assert counted == {Posting: 1, Code.ENR_EXISTS: AT_ONCE - 1}


def test_hand_over_is_taken_once(field: Field) -> None:
    """Of fifty takes of one offer one is heard."""

    def prepare(country: Country) -> tuple[Any, uuid.UUID]:
        centre = country.centre()
        giver = country.worker(Role.OFFICER, centre=centre, station=country.station(centre))
        taker = country.worker(Role.OFFICER, centre=centre)
        offer = country.hand_overs.offer(giver, giver.subscriber_id, taker.subscriber_id)
        assert isinstance(offer, HandOver)
        return taker, offer.id

    taker, offer_id = field.once(prepare)
    counted = field.race([lambda country: country.hand_overs.take(taker, offer_id)] * AT_ONCE)
    assert counted == {HandOver: 1, Code.ENR_STATE: AT_ONCE - 1}
