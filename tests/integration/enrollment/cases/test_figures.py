"""Figures of officers: counted for whoever did it, in the days that were asked for, at the own centre alone."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from enrollment.capture.figures import CaptureFigures
from enrollment.capture.models import AttemptRow
from enrollment.cases import Moved, Reason, State
from enrollment.cases.figures import LONGEST, Figures, OfficerFigures
from enrollment.centres import Role
from enrollment.errors import Code
from tests.factories.cases import CENTRE, ELSEWHERE, Counter, code_of, staff
from tests.factories.keys import purpose_keys
from tests.factories.moments import StillClock

pytestmark = pytest.mark.integration

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> StillClock:
    """Time that the tests move."""
    return StillClock()


@pytest.fixture
def counter(session: Session, clock: StillClock) -> Counter:
    """Services and people of a centre."""
    return Counter(session, purpose_keys(), clock)


def of(counter: Counter, officer: uuid.UUID, span: timedelta = DAY) -> OfficerFigures | None:
    """One officer's, as the supervisor sees them."""
    found = Figures(counter.session, counter.clock).of_centre(counter.supervisor, span)
    assert isinstance(found, list), found
    return next((one for one in found if one.officer_id == officer), None)


def test_minutes_are_from_the_persons_coming_to_the_signature(counter: Counter, clock: StillClock) -> None:
    """The median of three: what is taken up again counts from then on."""
    for minutes in (4, 6, 30):
        aid = counter.opened()
        counter.fill(aid)
        clock.advance(minutes=minutes)
        counter.walk(aid, State.SIGNED)
    found = of(counter, counter.officer.subscriber_id)
    assert found is not None
    assert (found.opened, found.signed, found.minutes) == (3, 3, 6.0)


def test_return_counts_for_whoever_signed(counter: Counter) -> None:
    """A colleague takes a returned one up and signs: the return stays the first one's."""
    colleague = staff(Role.OFFICER)
    aid = counter.opened()
    counter.fill(aid)
    counter.walk(aid, State.IN_REVIEW)
    life = counter.lifecycle
    assert isinstance(life.send_back(counter.order(counter.supervisor, aid), Reason.PHOTO), Moved)
    assert isinstance(life.resume(counter.order(colleague, aid)), Moved)
    assert isinstance(life.sign(counter.order(colleague, aid)), Moved)
    first, second = of(counter, counter.officer.subscriber_id), of(counter, colleague.subscriber_id)
    assert first is not None
    assert second is not None
    assert (first.signed, first.returned) == (1, 1)
    assert (second.opened, second.signed, second.returned) == (0, 1, 0)


def test_only_the_days_and_the_centre_that_are_asked_for(counter: Counter, clock: StillClock) -> None:
    """What is older is left out; so is what happened elsewhere."""
    counter.opened()
    stranger = staff(Role.OFFICER, centre=ELSEWHERE)
    counter.opened(by=stranger)
    clock.advance(days=2)
    assert of(counter, counter.officer.subscriber_id) is None
    week = of(counter, counter.officer.subscriber_id, 7 * DAY)
    assert week is not None
    assert week.opened == 1
    assert of(counter, stranger.subscriber_id, 7 * DAY) is None


def test_who_may_not_see_them(counter: Counter) -> None:
    """No supervisor, no posting, no such span."""
    figures = Figures(counter.session, counter.clock)
    assert code_of(figures.of_centre(counter.officer, DAY)) is Code.ENR_ROLE
    assert code_of(figures.of_centre(staff(Role.SUPERVISOR, centre=None), DAY)) is Code.ENR_UNKNOWN
    for span in (timedelta(), -DAY, LONGEST + DAY):
        assert code_of(figures.of_centre(counter.supervisor, span)) is Code.ENR_SCHEMA


def test_quality_is_of_what_was_accepted(counter: Counter, session: Session) -> None:
    """Means of accepted fingers and faces; tries that could not be judged are none."""
    aid, officer, now = counter.opened(), counter.officer.subscriber_id, counter.clock.now()
    tries = [
        ("left_index", 1, 30, False),
        ("left_index", 2, 60, True),
        ("left_thumb", 1, 80, True),
        ("face", 1, 90, True),
    ]
    for position, number, quality, accepted in [*tries, ("face", None, None, False)]:
        row = AttemptRow(
            id=uuid.uuid4(), aid=aid, position=position, impression=1, counts=True, number=number, quality=quality,
            accepted=accepted, code=None, hints=[], algorithm="a", device="", at=now, by=officer,
        )  # fmt: skip
        session.add(row)
    session.flush()
    found = CaptureFigures(session).of_centre(CENTRE, now - DAY)[officer]
    assert (found.tries, found.accepted, found.at_once, found.fingers, found.face) == (4, 3, 2, 70.0, 90.0)
    assert CaptureFigures(session).of_centre(ELSEWHERE, now - DAY) == {}
    assert CaptureFigures(session).of_centre(CENTRE, now + DAY) == {}
