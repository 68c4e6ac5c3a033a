"""An appeal goes to people who had no hand in it before, or waits until there are some (design section 2)."""

from dataclasses import replace

import pytest

from enrollment.adjudication import Asked, Sheet, Vote
from enrollment.cases import Applicant, Moved, Reason, State
from enrollment.centres.actors import Role
from enrollment.errors import Code
from tests.factories.adjudication import DENY, DIFFERENT, GRANT, SAME, Chamber, person_hit
from tests.factories.cases import CENTRE, WORKER, code_of, staff
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration


def turned_away(chamber: Chamber) -> str:
    """An application that two people found to be a duplicate, and against which the applicant appealed."""
    applicant = store_subscriber(chamber.session, chamber.keys, chamber.clock)
    aid = chamber.referred([person_hit(chamber.office.person())], owner=applicant)
    chamber.decided(aid, SAME)
    appeal = chamber.counter.lifecycle.appeal(chamber.counter.order(Applicant(applicant), aid), Reason.DISAGREES)
    assert isinstance(appeal, Moved)
    return aid


def test_an_appeal_is_decided_by_others(chamber: Chamber) -> None:
    """Whoever voted before neither sees it nor votes; two others decide."""
    aid = turned_away(chamber)
    assert chamber.opening.reopen_appeals() == 1
    case_id = chamber.case_of(aid)
    for by in chamber.people[:2]:
        assert chamber.desk.queue(by) == []
        assert code_of(chamber.desk.open(by, case_id)) is Code.ENR_FOUREYES
        assert code_of(chamber.desk.vote(chamber.ballot(by, case_id, {1: SAME}))) is Code.ENR_FOUREYES
    [waiting] = chamber.desk.queue(chamber.people[2])
    assert waiting.appeal
    assert chamber.decided(aid, DIFFERENT, people=chamber.people[2:4]).outcome == State.ACCEPTED.value


def test_an_appeal_waits_for_people(chamber: Chamber) -> None:
    """With fewer than two others it stays where it is, whoever asks; nothing is audited at every round."""
    aid = turned_away(chamber)
    del chamber.people[3:]
    before = len(chamber.counter.audited("enrolment.refused"))
    assert (chamber.opening.reopen_appeals(), chamber.opening.stuck_appeals()) == (0, 1)
    assert len(chamber.counter.audited("enrolment.refused")) == before
    refused = chamber.counter.lifecycle.reopen(chamber.counter.order(WORKER, aid))
    assert (code_of(refused), getattr(refused, "about", "")) == (Code.ENR_GUARD, "new_people")
    chamber.people.append(staff(Role.ADJUDICATOR, centre=CENTRE))
    assert chamber.opening.stuck_appeals() == 1
    chamber.people.append(replace(chamber.counter.officer, roles=frozenset({Role.ADJUDICATOR}), centre_id=None))
    assert chamber.opening.stuck_appeals() == 1
    chamber.people.append(staff(Role.ADJUDICATOR, centre=None))
    assert (chamber.opening.reopen_appeals(), chamber.state(aid)) == (1, State.ADJUDICATION)


def test_a_second_appeal_wants_people_again(chamber: Chamber) -> None:
    """Of six people, two decide each time; who decided any round is out of the next."""
    aid = turned_away(chamber)
    applicant = Applicant(chamber.counter.case(aid).subscriber_id)  # type: ignore[arg-type]  # set above
    chamber.opening.reopen_appeals()
    chamber.decided(aid, SAME, people=chamber.people[2:4])
    assert isinstance(chamber.counter.lifecycle.appeal(chamber.counter.order(applicant, aid), Reason.OTHER), Moved)
    assert chamber.opening.reopen_appeals() == 1
    case_id = chamber.case_of(aid)
    answers = [code_of(chamber.desk.open(by, case_id)) for by in chamber.people]
    assert answers == [Code.ENR_FOUREYES] * 4 + [None] * 2


@pytest.mark.parametrize(("vote", "state"), [(DENY, State.REJECTED_CENTRE), (GRANT, State.RECAPTURE)])
def test_a_centres_rejection(chamber: Chamber, vote: Vote, state: State) -> None:
    """It stands, or the person is captured again under the same number; an old search is not shown."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    chamber.put(aid, state=State.APPEAL.value, searched=False)
    assert chamber.opening.reopen_appeals() == 1
    case_id = chamber.case_of(aid)
    sheet = chamber.desk.open(chamber.people[0], case_id)
    assert isinstance(sheet, Sheet)
    assert list(sheet.questions().values()) == [Asked.REJECTION]
    assert chamber.decided(aid, vote).outcome == state.value
    assert chamber.state(aid) is state
