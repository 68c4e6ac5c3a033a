import uuid

import pytest

from idp.audit import AuditEvent, Event
from idp.authenticators.methods import Methods
from idp.authenticators.numbers import Doubt, Numbers
from tests.factories.signin import Desk, Shared
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration
NUMBER = "+23276000001"


@pytest.fixture
def numbers(desk: Desk) -> Numbers:
    """Numbers over a transaction that is rolled back."""
    return Numbers(desk.session, desk.directory, desk.clock)


def somebody(shared: Shared, desk: Desk, *, proven: bool = True, number: str = NUMBER) -> uuid.UUID:
    """A person who has this number."""
    return store_subscriber(desk.session, shared.keys, desk.clock, phone_number=number, phone_number_verified=proven)


def changed(desk: Desk, person: uuid.UUID, channel: str = "sms", event: Event = Event.CONTACT_CHANGED) -> None:
    """The person changed a contact point just now."""
    desk.trail.append(AuditEvent(event, subscriber_id=person, body={"channel": channel}))


def test_a_number_of_one_s_own(shared: Shared, desk: Desk, numbers: Numbers) -> None:
    """Nothing speaks against it."""
    assert numbers.doubt(somebody(shared, desk), NUMBER) is None


def test_a_family_may_share_one(shared: Shared, desk: Desk, numbers: Numbers) -> None:
    """Three people with one number are a family; four are too many, however it is written."""
    people = [somebody(shared, desk) for _ in range(3)]
    assert numbers.doubt(people[0], NUMBER) is None
    somebody(shared, desk, number="+232 76 000 001")
    assert numbers.doubt(people[0], NUMBER) is Doubt.SHARED


def test_writing_down_a_number_takes_it_from_nobody(shared: Shared, desk: Desk, numbers: Numbers) -> None:
    """People who have not proven a number do not count."""
    owner = somebody(shared, desk)
    for _ in range(5):
        somebody(shared, desk, proven=False)
    assert numbers.doubt(owner, NUMBER) is None


@pytest.mark.parametrize("event", [Event.CONTACT_CHANGED, Event.CONTACT_STOPPED])
def test_a_new_number_settles_in_a_week(shared: Shared, desk: Desk, numbers: Numbers, event: Event) -> None:
    """For seven days after a change the number counts for nothing."""
    person = somebody(shared, desk)
    changed(desk, person, event=event)
    assert numbers.doubt(person, NUMBER) is Doubt.FRESH
    desk.clock.advance(days=6, hours=23)
    assert numbers.doubt(person, NUMBER) is Doubt.FRESH
    desk.clock.advance(hours=1)
    assert numbers.doubt(person, NUMBER) is None


def test_a_change_of_address_leaves_the_number_alone(shared: Shared, desk: Desk, numbers: Numbers) -> None:
    """A new e-mail address says nothing about the telephone, nor does another person's new number."""
    person, other = somebody(shared, desk), somebody(shared, desk)
    changed(desk, person, "email")
    changed(desk, other)
    assert numbers.doubt(person, NUMBER) is None


def test_a_doubtful_number_is_nothing_held(shared: Shared, desk: Desk, numbers: Numbers) -> None:
    """What a person has counts the number only while nothing speaks against it."""
    person = somebody(shared, desk)
    methods = Methods(desk.session, desk.directory, serves=numbers.serves)
    assert methods.held_by(person).phone
    changed(desk, person)
    assert not methods.held_by(person).phone
