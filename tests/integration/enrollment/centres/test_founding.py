import datetime as dt
import uuid

import pytest
from sqlalchemy import update

from enrollment.centres import Role
from enrollment.centres.ceremony import (
    AUTHORITY,
    CODE_LIFE,
    FOUNDING_ROLES,
    MAX_TRIES,
    Ceremony,
    CeremonyState,
    FounderCode,
)
from enrollment.errors import Code, Refusal
from idp.subscribers.models import SubscriberRow
from tests.factories.centres import Country

pytestmark = pytest.mark.integration

SECOND = dt.timedelta(seconds=1)
WRONG = "0000-0000-0000-0000"


class Two:
    """Two founders to be, who have passkeys and are not enrolled, and their codes."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.first, self.second = country.person(ial=1), country.person(ial=1)
        country.passkey(self.first)
        country.passkey(self.second)
        made = country.founding.start(self.first, self.second)
        assert not isinstance(made, Refusal), made
        self.codes = made

    def redeem(self, person: uuid.UUID, code: FounderCode) -> Ceremony | Refusal:
        """The person types the code."""
        return self.country.founding.redeem(person, code.code)

    def both(self) -> Ceremony:
        """Both type their own."""
        self.redeem(self.first, self.codes[0])
        done = self.redeem(self.second, self.codes[1])
        assert isinstance(done, Ceremony), done
        return done


@pytest.fixture
def two(country: Country) -> Two:
    """A ceremony that has begun."""
    return Two(country)


def code_of(outcome: object) -> Code | None:
    """Why it was refused, None where it was not."""
    return outcome.code if isinstance(outcome, Refusal) else None


def test_one_code_gives_nothing(two: Two) -> None:
    """After the first code nobody holds a role and nobody is let in below `nid:3`; after the second both do and are."""
    half = two.redeem(two.first, two.codes[0])
    assert isinstance(half, Ceremony)
    assert (half.state, half.redeemed, half.authority_until) == (CeremonyState.OPEN, (two.first,), None)
    now = two.country.clock.now()
    for founder in (two.first, two.second):
        assert code_of(two.country.staff.actor(founder, now)) is Code.ENR_ROLE
        assert not two.country.founding.admits(founder, now)
    done = two.redeem(two.second, two.codes[1])
    assert isinstance(done, Ceremony)
    assert (done.state, done.authority_until) == (CeremonyState.COMPLETE, now + AUTHORITY)
    for founder in (two.first, two.second):
        assert two.country.actor(founder).roles == FOUNDING_ROLES
        assert two.country.founding.admits(founder, now)


def test_authority_ends_by_the_clock(two: Two) -> None:
    """AC-134: after thirty days founders hold nothing and are let in no more, and no cleaner had to run."""
    two.both()
    last = two.country.clock.now() + AUTHORITY - SECOND
    assert two.country.founding.admits(two.first, last)
    assert code_of(two.country.staff.actor(two.first, last)) is None
    assert not two.country.founding.admits(two.first, last + SECOND)
    assert code_of(two.country.staff.actor(two.first, last + SECOND)) is Code.ENR_ROLE


def test_enrolled_founder_enters_as_everybody(two: Two) -> None:
    """Once enrolled a founder keeps the roles for their time, and is let in below `nid:3` no more."""
    two.both()
    enrolled = update(SubscriberRow).where(SubscriberRow.id == two.first).values(ial=3)
    two.country.session.execute(enrolled)
    now = two.country.clock.now()
    assert not two.country.founding.admits(two.first, now)
    assert two.country.founding.admits(two.second, now)
    assert two.country.actor(two.first).holds(Role.ADMIN)


def test_nobody_else_is_let_in(two: Two) -> None:
    """A member of staff with a granted role, whatever their level, is never let in below `nid:3` by the founding."""
    two.both()
    other = two.country.person(Role.ADMIN, ial=1)
    assert not two.country.founding.admits(other, two.country.clock.now())


def test_suspended_founder_is_let_in_no_more(two: Two) -> None:
    """A founder whose account is not active, or lost the policy group of staff, enters nowhere from that moment on."""
    two.both()
    now = two.country.clock.now()
    for founder, change in ((two.first, {"state": "suspended"}), (two.second, {"policy_group": "citizen"})):
        two.country.session.execute(update(SubscriberRow).where(SubscriberRow.id == founder).values(**change))
        assert not two.country.founding.admits(founder, now)
        assert code_of(two.country.staff.actor(founder, now)) is Code.ENR_ROLE


def test_each_code_is_for_its_own_account(two: Two) -> None:
    """Nobody gets through with the other's code, and somebody who is no founder with neither."""
    assert code_of(two.redeem(two.first, two.codes[1])) is Code.ENR_CHECKSUM
    assert code_of(two.redeem(two.second, two.codes[0])) is Code.ENR_CHECKSUM
    assert code_of(two.redeem(two.country.person(), two.codes[0])) is Code.ENR_UNKNOWN


def test_code_works_once(two: Two) -> None:
    """The same code a second time is refused, before and after the other one is used."""
    two.redeem(two.first, two.codes[0])
    assert code_of(two.redeem(two.first, two.codes[0])) is Code.ENR_STATE
    two.redeem(two.second, two.codes[1])
    assert code_of(two.redeem(two.first, two.codes[0])) is Code.ENR_UNKNOWN


def test_code_as_people_type_it(two: Two) -> None:
    """Small letters, spaces and no hyphens are the same code."""
    typed = two.codes[0].code.lower().replace("-", " ")
    assert isinstance(two.country.founding.redeem(two.first, typed), Ceremony)


def test_wrong_codes_stop_the_ceremony(two: Two) -> None:
    """The tenth wrong code of both together is the last: after it even the right ones are worth nothing."""
    people = [two.first, two.second]
    for number in range(MAX_TRIES):
        assert code_of(two.country.founding.redeem(people[number % 2], WRONG)) is Code.ENR_CHECKSUM
    assert code_of(two.redeem(two.first, two.codes[0])) is Code.ENR_UNKNOWN
    latest = two.country.founding.latest()
    assert latest is not None
    assert latest.state is CeremonyState.STOPPED
    assert len(two.country.audited("founding.refused")) == MAX_TRIES + 1


def test_codes_expire(two: Two) -> None:
    """AC-134: a code is good in its last second and not in the next; a new ceremony can begin then."""
    two.country.clock.advance(seconds=(CODE_LIFE - SECOND).total_seconds())
    assert isinstance(two.redeem(two.first, two.codes[0]), Ceremony)
    two.country.clock.advance(seconds=1)
    assert code_of(two.redeem(two.second, two.codes[1])) is Code.ENR_EXPIRED
    again = two.country.founding.start(two.first, two.second)
    assert not isinstance(again, Refusal)
    assert code_of(two.redeem(two.second, two.codes[1])) is Code.ENR_CHECKSUM


def test_without_a_passkey_no_founder(country: Country) -> None:
    """AC-101: whoever has no passkey cannot use the code; with one the same code still works."""
    first, second = country.person(ial=1), country.person(ial=1)
    made = country.founding.start(first, second)
    assert not isinstance(made, Refusal)
    refused = country.founding.redeem(first, made[0].code)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.about) == (Code.ENR_GUARD, "passkey")
    country.passkey(first)
    assert isinstance(country.founding.redeem(first, made[0].code), Ceremony)


def test_who_can_be_a_founder(country: Country) -> None:
    """Two different active accounts of staff, and nobody else."""
    member = country.person()
    assert code_of(country.founding.start(member, member)) is Code.ENR_FOUREYES
    assert code_of(country.founding.start(member, country.person(group="citizen"))) is Code.ENR_UNKNOWN
    assert code_of(country.founding.start(member, uuid.uuid4())) is Code.ENR_UNKNOWN


def test_one_ceremony_at_a_time(two: Two) -> None:
    """While codes are out no other ceremony begins, until this one is stopped, which ends its codes."""
    founding = two.country.founding
    assert code_of(founding.start(two.first, two.second)) is Code.ENR_STATE
    assert isinstance(founding.stop(), Ceremony)
    assert code_of(two.redeem(two.first, two.codes[0])) is Code.ENR_UNKNOWN
    assert not isinstance(founding.start(two.first, two.second), Refusal)


def test_no_ceremony_beside_an_admin(two: Two) -> None:
    """While anybody is an admin no ceremony begins; once the last one's time is over it does."""
    two.both()
    assert code_of(two.country.founding.start(two.first, two.second)) is Code.ENR_STATE
    two.country.clock.advance(days=AUTHORITY.days)
    assert not isinstance(two.country.founding.start(two.first, two.second), Refusal)


def test_ceremony_is_audited_without_its_codes(two: Two) -> None:
    """Start, each code and the end have their rows; none holds a code or its digest."""
    two.both()
    events = ["founding.started", "founding.code_used", "founding.completed"]
    assert [len(two.country.audited(event)) for event in events] == [1, 2, 1]
    written = str([row.body for event in events for row in two.country.audited(event)])
    assert not [one for one in two.codes if one.code in written or one.code.replace("-", "") in written]
    assert not [one for one in two.codes if one.code in repr(one)]
