"""Whoever captured by one account neither grants nor vouches by the other, and a relative is one person."""

import uuid

import pytest
from sqlalchemy.orm import Session

from enrollment.cases import BodyException, Joints, Relation, Why
from enrollment.centres import Staff
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.issuance.colleagues import Colleagues
from enrollment.issuance.ownership import ProvenAccounts
from tests.factories.cases import CENTRE, Counter
from tests.factories.register import Office
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration


class Room:
    """A counter where people are told apart by the register."""

    def __init__(self, session: Session) -> None:
        self.office = Office(session)
        clock = self.office.clock
        eyes = Colleagues(ProvenAccounts(session, clock), Staff(session, clock, self.office.trail), clock)
        self.counter = Counter(session, self.office.keys, clock, joints=Joints(eyes=eyes))
        self.counter.officer = Actor(self.account(), frozenset({Role.OFFICER}), CENTRE)
        self.aid = self.counter.opened()

    def account(self) -> uuid.UUID:
        """One of nobody in the register."""
        return store_subscriber(self.office.session, self.office.keys, self.office.clock)

    def same_as(self, known: uuid.UUID) -> uuid.UUID:
        """Another account of the same person."""
        other, person_id = self.account(), self.office.person()
        for account in (known, other):
            assert self.office.accounts.link(account, person_id) is None
        return other

    def vouch(self, account: uuid.UUID, relation: Relation) -> Refusal | None:
        """By the factor of this account."""
        by = Actor(account, frozenset({Role.INTRODUCER}))
        return self.counter.cases.introducers.vouch(by, self.aid, relation, self.office.clock.now())


@pytest.fixture
def room(session: Session) -> Room:
    """With an application that is being captured."""
    return Room(session)


def test_a_supervisor_grants_nothing_that_the_other_account_captured(room: Room) -> None:
    """AC-096: another supervisor does."""
    exceptions, officer = room.counter.cases.exceptions, room.counter.officer
    noted = exceptions.note(officer, room.aid, BodyException("left_thumb", Why.MISSING, permanent=True))
    assert isinstance(noted, BodyException)
    supervising = frozenset({Role.SUPERVISOR})
    other = Actor(room.same_as(officer.subscriber_id), supervising, CENTRE)
    assert exceptions.grant(other, room.aid, "left_thumb") == Refusal(Code.ENR_FOUREYES, "captured")
    assert isinstance(exceptions.grant(room.counter.supervisor, room.aid, "left_thumb"), BodyException)


def test_nobody_vouches_for_what_the_other_account_captured(room: Room) -> None:
    """A stranger to the capture does."""
    other = room.same_as(room.counter.officer.subscriber_id)
    assert room.vouch(other, Relation.TEACHER) == Refusal(Code.ENR_FOUREYES, "captured")
    assert room.vouch(room.account(), Relation.TEACHER) is None


def test_one_person_vouches_once(room: Room) -> None:
    """By whichever account, whatever they say that they are; somebody else vouches beside them."""
    first = room.account()
    other = room.same_as(first)
    assert room.vouch(first, Relation.CHIEF) is None
    assert room.vouch(other, Relation.TEACHER) == Refusal(Code.ENR_EXISTS, "vouch")
    assert room.vouch(room.account(), Relation.TEACHER) is None
