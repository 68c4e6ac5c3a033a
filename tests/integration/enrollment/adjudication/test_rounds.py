"""What the worker does for adjudicators, and the room as pages get it, in an application of this process."""

import uuid
from collections.abc import Callable

import pytest

from enrollment.adjudication import Ballot, Vote, Voted
from enrollment.cases import Applicant, Moved, Order, Reason, State
from enrollment.centres.actors import Actor, Role
from enrollment.cli.adjudication_tasks import ROUNDS
from enrollment.web.rooms import adjudication, cases
from idp.web.extensions import db, services
from tests.factories.adjudication import DIFFERENT, SAME, Chamber, person_hit
from tests.factories.cases import Counter
from tests.factories.centres import Country
from tests.factories.subscribers import store_subscriber
from tests.integration.subscribers.conftest import Commands

pytestmark = pytest.mark.integration


def test_from_the_list_to_an_appeal(install: Callable[..., Commands]) -> None:
    """Cases come into the list by themselves; votes move the application under the real conditions; an appeal waits."""
    commands = install()
    keys, clock = commands.services.purpose_keys, commands.services.clock
    with commands.session() as session:
        country = Country(session, keys=keys)
        country.clock = clock  # type: ignore[assignment]  # the machine's own time
        people = [country.worker(Role.ADJUDICATOR) for _ in range(3)]
        applicant = store_subscriber(session, keys, country.clock)
        aid = Chamber(session, keys, country.clock).referred([person_hit(uuid.uuid4())], owner=applicant)
        session.commit()
        with commands.app.app_context():
            assert [ROUNDS["adjudication.cases"][1]() for _ in range(2)] == [1, 0]
            outcomes = [_vote(by, SAME) for by in people[:2]]
            assert [one.outcome for one in outcomes] == [None, State.REJECTED_DUPLICATE.value]
            version = Counter(session, keys).case(aid).version
            order = Order(Applicant(applicant), aid, version, str(services().entropy.uuid()))
            made = cases().lifecycle.appeal(order, Reason.DISAGREES)
            assert isinstance(made, Moved)
            db.session.commit()
            assert ROUNDS["adjudication.appeals"][1]() == 0
        fresh = [country.worker(Role.ADJUDICATOR) for _ in range(2)]
        session.commit()
        with commands.app.app_context():
            assert ROUNDS["adjudication.appeals"][1]() == 1
            assert adjudication().desk.queue(people[0]) == []
            outcomes = [_vote(by, DIFFERENT) for by in fresh]
            assert outcomes[1].outcome == State.ACCEPTED.value
        assert Counter(session, keys).case(aid).state is State.ACCEPTED


def _vote(by: Actor, vote: Vote) -> Voted:
    """On the one case that waits for this person, as an edge does it."""
    desk = adjudication().desk
    [waiting] = desk.queue(by)
    held = services()
    voted = desk.vote(Ballot(by, waiting.case_id, {1: vote}, str(held.entropy.uuid()), held.clock.now()))
    assert isinstance(voted, Voted), voted
    db.session.commit()
    return voted
