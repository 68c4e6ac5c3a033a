"""Whatever anybody votes in whatever order: who decides what stays what it must be."""

import uuid
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from enrollment.adjudication import Choice, Ground, Vote, Voted
from enrollment.adjudication.models import AdjudicationRow, VoteRow
from enrollment.adjudication.votes import read
from enrollment.cases import Applicant, Moved, Reason, State
from enrollment.centres.actors import Actor, Role
from tests.factories.adjudication import DIFFERENT, FRAUD, MIX_UP, POOR, SAME, UNSURE, Chamber, person_hit
from tests.factories.cases import CENTRE, WORKER, staff
from tests.factories.keys import purpose_keys
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration

KEYS = purpose_keys()
BALLOTS = [
    {1: SAME, 2: DIFFERENT}, {1: DIFFERENT, 2: DIFFERENT}, {1: DIFFERENT, 2: FRAUD}, {1: MIX_UP, 2: UNSURE},
    {1: POOR, 2: DIFFERENT}, {1: SAME, 2: SAME}, {1: SAME}, {}, {1: Vote(Choice.GRANT), 2: DIFFERENT},
    {1: DIFFERENT, 2: Vote(Choice.DIFFERENT, Ground.RETRY)},
]  # fmt: skip
LEADS_TO = {
    "accept": State.ACCEPTED, "find_duplicate": State.REJECTED_DUPLICATE, "find_fraud": State.REJECTED_FRAUD,
    "recapture": State.RECAPTURE,
}  # fmt: skip


class Deciding(RuleBasedStateMachine):
    """One application, eight people, and what the rows must be like as far as we can tell from outside."""

    session: ClassVar[Session]

    def __init__(self) -> None:
        super().__init__()
        self.transaction = self.session.begin_nested()
        self.chamber = Chamber(self.session, KEYS)
        self.may = self.chamber.people
        self.people: list[Actor] = [*self.may, staff(Role.ADJUDICATOR, centre=CENTRE), self.chamber.counter.officer]
        self.applicant = Applicant(store_subscriber(self.session, KEYS, self.chamber.clock))
        self.cases: list[uuid.UUID] = []

    def teardown(self) -> None:
        """Undo it all."""
        self.transaction.rollback()

    @initialize()
    def begin(self) -> None:
        """Two people were found."""
        hits = [person_hit(uuid.uuid4()), person_hit(uuid.uuid4())]
        self.aid = self.chamber.referred(hits, owner=self.applicant.subscriber_id)
        self.cases.append(self.chamber.case_of(self.aid))

    @rule(who=st.integers(0, 7), ballot=st.sampled_from(BALLOTS), old=st.booleans())
    def vote(self, who: int, ballot: dict[int, Vote], *, old: bool) -> None:
        """Somebody votes, at times on a round that is over."""
        by, case_id = self.people[who], self.cases[0 if old else -1]
        before = self._voters(case_id)
        decided = self.chamber.state(self.aid) is not State.ADJUDICATION or case_id != self.cases[-1]
        answer = self.chamber.desk.vote(self.chamber.ballot(by, case_id, ballot))
        if not isinstance(answer, Voted) or answer.again:
            assert self._voters(case_id) == before
            assert not isinstance(answer, Voted) or by.subscriber_id in before
            return
        assert by in self.may
        assert by.subscriber_id not in before
        assert not decided
        assert set(ballot) == {1, 2}
        earlier = {voter for one in self.cases[:-1] for voter in self._voters(one)}
        assert by.subscriber_id not in earlier

    @rule(a=st.integers(0, 5), b=st.integers(0, 5), ballot=st.sampled_from(BALLOTS[:6]))
    def two(self, a: int, b: int, ballot: dict[int, Vote]) -> None:
        """Two vote alike, or one twice."""
        for who in (a, b):
            self.vote(who, ballot, old=False)

    @rule()
    def appeal(self) -> None:
        """The applicant disagrees; it goes on where there are people for it."""
        order = self.chamber.counter.order(self.applicant, self.aid)
        if not isinstance(self.chamber.counter.lifecycle.appeal(order, Reason.DISAGREES), Moved):
            return
        voters = {voter for case_id in self.cases for voter in self._voters(case_id)}
        enough = len({by.subscriber_id for by in self.may} - voters) >= 2
        moved = self.chamber.counter.lifecycle.reopen(self.chamber.counter.order(WORKER, self.aid))
        assert isinstance(moved, Moved) is enough
        if enough:
            self.cases.append(self.chamber.case_of(self.aid))

    @rule()
    def cancel(self) -> None:
        """A registrar gives it up, rarely."""
        if len(self.cases) > 1:
            counter = self.chamber.counter
            counter.lifecycle.cancel(counter.order(counter.registrar, self.aid), Reason.MISTAKE)

    @invariant()
    def every_decision_has_its_votes(self) -> None:
        """Closed by two who said the same, or by a third after two who did not; and the history says the same."""
        rows = self.session.scalars(select(AdjudicationRow).execution_options(populate_existing=True)).all()
        events = (
            [event.event for event in self.chamber.counter.events(self.aid) if event.event in LEADS_TO]
            if self.cases
            else []
        )
        assert sorted(events) == sorted(row.outcome for row in rows if row.outcome is not None)
        for row in rows:
            votes = self._votes(row.id)
            seats = [seat for seat, _, _ in votes]
            assert seats == list(range(1, len(seats) + 1))
            assert len({voter for _, voter, _ in votes}) == len(votes) <= 3
            if row.outcome is None:
                assert (row.stage == "lead") is (len(votes) == 2)
                continue
            assert row.closed_by == votes[-1][1]
            assert (row.stage == "lead") is (len(votes) == 3)
            assert not any(vote.choice is Choice.UNSURE for vote in votes[-1][2].values())

    @invariant()
    def rounds_follow_each_other(self) -> None:
        """Only the last round can be open, and only while the application waits."""
        if self.cases:
            still = [row.id for row in self.session.scalars(select(AdjudicationRow)) if row.outcome is None]
            assert still in ([], [self.cases[-1]])

    def _votes(self, case_id: uuid.UUID) -> list[tuple[int, uuid.UUID, dict[int, Vote]]]:
        rows = self.session.scalars(select(VoteRow).where(VoteRow.case_id == case_id).order_by(VoteRow.seat))
        return [(row.seat, row.voter_id, read(row.votes)) for row in rows]

    def _voters(self, case_id: uuid.UUID) -> set[uuid.UUID]:
        return {voter for _, voter, _ in self._votes(case_id)}


def test_who_decides_what(session: Session) -> None:
    """Any sequence of votes by anybody, with appeals between, keeps to the rules of two and a lead."""

    class Here(Deciding):
        pass

    Here.session = session
    run_state_machine_as_test(
        Here,
        settings=settings(
            settings.get_profile("run"),
            max_examples=8,
            stateful_step_count=18,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
