import uuid
from dataclasses import replace

import pytest
from sqlalchemy import update

from idp.sessions.models import DeviceRow
from tests.factories.signin import Desk

pytestmark = pytest.mark.integration


@pytest.fixture
def person(desk: Desk) -> uuid.UUID:
    """Somebody."""
    return desk.person("testa")


def test_a_device_is_known_to_its_person_only(desk: Desk, person: uuid.UUID) -> None:
    """The cookie says nothing about anybody else."""
    one = desk.devices.remember(None, person)
    assert desk.devices.find(one.cookie, person) == one.device_id
    assert desk.devices.find(one.cookie, desk.person("other")) is None


def test_signing_in_again_keeps_the_device(desk: Desk, person: uuid.UUID) -> None:
    """Same browser, same device, same cookie."""
    one = desk.devices.remember(None, person)
    assert one.new
    assert desk.devices.remember(one.cookie, person) == replace(one, new=False)


def test_a_household_shares_a_browser(desk: Desk, person: uuid.UUID) -> None:
    """Four people are known on one browser; the fifth takes the place of the first."""
    people = [person, *(desk.person(f"other{number}") for number in range(4))]
    cookie = None
    for one in people:
        cookie = desk.devices.remember(cookie, one).cookie
    known = [desk.devices.find(cookie, one) is not None for one in people]
    assert known == [False, True, True, True, True]


def test_a_device_is_forgotten_after_a_year(desk: Desk, person: uuid.UUID) -> None:
    """Counted from the last sign-in there."""
    one = desk.devices.remember(None, person)
    desk.clock.advance(days=364)
    assert desk.devices.remember(one.cookie, person).device_id == one.device_id
    desk.clock.advance(days=364)
    assert desk.devices.find(one.cookie, person) == one.device_id
    desk.clock.advance(days=1)
    assert desk.devices.find(one.cookie, person) is None


def test_a_revoked_device_is_unknown(desk: Desk, person: uuid.UUID) -> None:
    """And it becomes a new one at the next sign-in."""
    one = desk.devices.remember(None, person)
    desk.session.execute(update(DeviceRow).values(revoked_at=desk.clock.now()))
    assert desk.devices.find(one.cookie, person) is None
    assert desk.devices.remember(one.cookie, person).device_id != one.device_id


@pytest.mark.parametrize(
    "cookie", [None, "", ".", "wd_", "wd_" + "A" * 43, "wn_" + "A" * 43, "." * 200, "x" * 100_000, "\0.\ud800"]
)
def test_rubbish_is_passed_over(desk: Desk, person: uuid.UUID, cookie: str | None) -> None:
    """A cookie that never was ours finds nothing and breaks nothing."""
    desk.devices.remember(None, person)
    assert desk.devices.find(cookie, person) is None
    assert desk.devices.find(desk.devices.remember(cookie, person).cookie, person) is not None


def test_devices_are_listed_and_forgotten_by_their_owner_only(desk: Desk, person: uuid.UUID) -> None:
    """AC-090: last used first; another person's, an unknown and a revoked one cannot be revoked."""
    other = desk.person("testb")
    first = desk.devices.remember(None, person, "Browser\x00 one" + "x" * 300)
    desk.clock.advance(minutes=1)
    second = desk.devices.remember(None, person, "Browser two")
    listed = desk.devices.list_for(person)
    assert [device.id for device in listed] == [second.device_id, first.device_id]
    assert listed[0].user_agent == "Browser two"
    assert len(listed[1].user_agent) == 200
    assert "\x00" not in listed[1].user_agent
    assert not desk.devices.revoke(other, first.device_id)
    assert not desk.devices.revoke(person, uuid.uuid4())
    assert desk.devices.revoke(person, first.device_id)
    assert not desk.devices.revoke(person, first.device_id)
    assert [device.id for device in desk.devices.list_for(person)] == [second.device_id]
    assert desk.devices.list_for(other) == []
