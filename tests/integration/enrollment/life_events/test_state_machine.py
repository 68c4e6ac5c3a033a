"""Any sequence of life events: one version holds, history stays, no number is freed, what is merged can be split."""

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from enrollment.cases import Reason, State
from enrollment.cases.models import ApplicationRow
from enrollment.errors import Refusal
from enrollment.issuance import KnownCase
from enrollment.life_events import Kind, LifeEvent, absorbed
from enrollment.register import Facts, Status
from idp.subscribers import MoveReason
from idp.subscribers import State as AccountState
from tests.factories.life import Village
from tests.factories.register import an_aid, facts
from tests.factories.standing import Standing

pytestmark = pytest.mark.integration

PEOPLE = st.integers(0, 5)
NAMES = st.sampled_from(["Aminata", "Binta", "Christiana", "Dauda"])


@dataclass
class Model:
    """What must be so of one person."""

    status: Status
    versions: list[str]
    number: str = ""
    into: int | None = None
    before: Status = Status.ACTIVE
    died: Any = None
    doomed: bool = False


@dataclass
class Held:
    """What must be so of one account: shut for a reason of its own, or with the record that it was in."""

    own: bool = False
    with_record: bool = False


class Lives(RuleBasedStateMachine):
    """Everything that may happen to some people, in any order; whatever the model does not foresee is refused."""

    village: Village

    @initialize()
    def begin(self) -> None:
        """Four people."""
        self.people: list[uuid.UUID] = []
        self.accounts: list[uuid.UUID] = []
        self.models: list[Model] = []
        self.held: list[Held] = []
        self.standing = Standing(self.village)
        self.given: dict[bytes, uuid.UUID] = {}
        for name in ("Aminata", "Binta", "Christiana", "Dauda"):
            self.enrol(name)

    @rule(name=NAMES)
    def enrol(self, name: str) -> None:
        """Somebody new."""
        if len(self.people) >= 6:
            return
        person, account = self.village.settled(given_names=name, consent=len(self.people) == 0)
        self.people.append(person)
        self.accounts.append(account)
        self.models.append(Model(Status.ACTIVE, [name], self.village.identifiers.nin_of(person) or ""))
        self.held.append(Held())

    @rule(who=PEOPLE, name=NAMES)
    def change(self, who: int, name: str) -> None:
        """An update or a correction, of whoever is active and of nobody else."""
        self._recorded(who, facts(given_names=name), name)

    @rule(who=PEOPLE)
    def hand_out(self, who: int) -> None:
        """A number that was lost: a slip, and nothing recorded."""
        if not (person := self._of(who)):
            return
        outcome = self.village.renewal.again(self._known(person, None))
        good = self._model(who).status is Status.ACTIVE
        assert isinstance(outcome, Refusal) is not good

    @rule(who=PEOPLE)
    def suspend(self, who: int) -> None:
        """Of the active, by a registrar; of nobody else."""
        if self._of(who):
            done = not isinstance(self.standing.suspend(self._model(who).number), Refusal)
            assert done is (self._model(who).status is Status.ACTIVE)
            if done:
                self._model(who).status = Status.SUSPENDED
                for held in self._accounts_of(who):
                    held.with_record = not held.own

    @rule(who=PEOPLE)
    def reinstate(self, who: int) -> None:
        """Of the suspended, by two."""
        if person := self._of(who):
            done = self.standing.reinstate(person)
            assert done is (self._model(who).status is Status.SUSPENDED)
            if done:
                self._model(who).status = Status.ACTIVE
                for held in self._accounts_of(who):
                    held.with_record = False

    @rule(which=PEOPLE)
    def shut_account(self, which: int) -> None:
        """An account in use is suspended, and nothing else of its person."""
        place = which % len(self.accounts) if self.accounts else 0
        if self.accounts and self.village.account(self.accounts[place]) is AccountState.ACTIVE:
            why = MoveReason.SUSPECTED_MISUSE
            moved = self.village.lifecycle.move(self.accounts[place], AccountState.SUSPENDED, why, actor="operator")
            assert moved is None
            self.held[place].own = True

    @rule(who=PEOPLE)
    def doom(self, who: int) -> None:
        """The whole record is to be erased in a week."""
        if person := self._of(who):
            model = self._model(who)
            done = not isinstance(self.standing.ask_to_erase(person), Refusal)
            assert done is (model.status not in {Status.MERGED, Status.ERASED} and not model.doomed)
            model.doomed = model.doomed or done

    @rule(who=PEOPLE)
    def erase(self, who: int) -> None:
        """Its day has come: the record goes, with those that were merged into it."""
        if (person := self._of(who)) and self._model(who).doomed:
            self.standing.erase(person)
            self._model(who).status, self._model(who).doomed = Status.ERASED, False

    @rule(who=PEOPLE)
    def die(self, who: int) -> None:
        """Once, of the living."""
        if not (person := self._of(who)):
            return
        model = self._model(who)
        outcome = self.village.life.deaths.record(self.village.reported(person))
        if model.status in {Status.ACTIVE, Status.SUSPENDED}:
            assert isinstance(outcome, LifeEvent)
            model.before, model.status, model.died = model.status, Status.DECEASED, self.village.clock.now()
        else:
            assert isinstance(outcome, Refusal)
            self._cancel(person)

    @rule(who=PEOPLE)
    def live(self, who: int) -> None:
        """A death taken back, within its time."""
        if not (person := self._of(who)):
            return
        model = self._model(who)
        done = self._both(Kind.DEATH_UNDONE, person)
        assert done is (model.status is Status.DECEASED and (self.village.clock.now() - model.died).days < 90)
        if done:
            model.status, model.doomed = model.before, False

    @rule(who=PEOPLE, other=PEOPLE)
    def merge(self, who: int, other: int) -> None:
        """Of two who are active, and two, neither of whom is about to be erased."""
        if not (person := self._of(who)) or not (closed := self._of(other)):
            return
        kept, gone = self._model(who), self._model(other)
        done = self._both(Kind.MERGE, person, closed)
        good = kept.status is gone.status is Status.ACTIVE and not kept.doomed and not gone.doomed
        assert done is (kept is not gone and good)
        if done:
            gone.status, gone.into = Status.MERGED, self.people.index(person)

    @rule(who=PEOPLE, other=PEOPLE)
    def split(self, who: int, other: int) -> None:
        """Of what was merged, in the opposite order."""
        if not (person := self._of(who)) or not (closed := self._of(other)):
            return
        kept, gone = self._model(who), self._model(other)
        merged = gone.into == self.people.index(person) and gone.status is Status.MERGED
        done = self._both(Kind.SPLIT, person, closed)
        assert done is (merged and kept.status in {Status.ACTIVE, Status.DECEASED})
        if done:
            gone.status, gone.into, kept.doomed = Status.ACTIVE, None, False
            for held in self._accounts_of(other):
                held.with_record = False

    @rule(who=PEOPLE, other=PEOPLE, shut=st.booleans())
    def one_died_and_the_other_came(self, who: int, other: int, shut: bool) -> None:
        """Two were one record; perhaps something was wrong with the account of whoever lives."""
        if shut:
            self.shut_account(other)
        self.merge(who, other)
        self.die(who)
        self.everything_belongs_to_whoever_goes_on()
        self.split(who, other)

    @rule(days=st.sampled_from([1, 40, 95]))
    def wait(self, days: int) -> None:
        """Time passes."""
        self.village.clock.advance(days=days)

    @invariant()
    def one_version_holds_and_history_stays(self) -> None:
        """Of everybody, whatever happened; and every version says what it said."""
        for person, model in zip(self.people, self.models, strict=True):
            assert self.village.currents(person) == 1
            said = [one.facts.given_names for one in self.village.register.history(person)]
            assert said == ([] if self._gone(person) else model.versions)
            assert self.village.versions(person) == len(model.versions)

    @invariant()
    def the_record_is_where_it_should_be(self) -> None:
        """Status, and whom a merge leads to."""
        for person, model in zip(self.people, self.models, strict=True):
            held = self.village.register.get(person)
            assert held is not None
            assert held.status is model.status
            assert held.merged_into == (None if model.into is None else self.people[model.into])

    @invariant()
    def no_number_is_freed(self) -> None:
        """Whoever got one has it, for ever; good is only that of an active or suspended record."""
        held = self.village.numbers()
        for blind, owner in self.given.items():
            assert held[blind][0] == owner
        self.given = {blind: owner for blind, (owner, _) in held.items()}
        for person, model in zip(self.people, self.models, strict=True):
            good = [state for owner, state in held.values() if owner == person and state == "active"]
            assert len(good) == (1 if model.status in {Status.ACTIVE, Status.SUSPENDED} else 0)

    @invariant()
    def everything_belongs_to_whoever_goes_on(self) -> None:
        """Accounts and what is searched are those of the record at the end of the merges, and nothing is lost."""
        for place, account in enumerate(self.accounts):
            end = self._end(place)
            assert self.village.accounts.person_of(account) == self.people[end]
            assert self.village.account(account) is self._state(self.held[place], self.models[end].status)
        assert sum(self.village.searched(person) for person in self.people) == len(self.people)

    def teardown(self) -> None:
        """What is merged can be split: all of it, the last first; what was erased as one stays one."""
        if not hasattr(self, "people"):
            return
        for place in reversed(range(len(self.people))):
            if self.models[place].status is Status.SUSPENDED:
                self.reinstate(place)
        waiting = True
        while waiting:
            waiting = False
            for place, model in enumerate(self.models):
                kept = model.into
                if kept is not None and self.models[kept].status not in {Status.MERGED, Status.ERASED}:
                    self.split(kept, place)
                    waiting = True
        for person, model in zip(self.people, self.models, strict=True):
            if model.into is not None:
                assert self._gone(person)
            if not self._gone(person):
                assert absorbed(self.village.session, person) == []
        self.everything_belongs_to_whoever_goes_on()
        self.no_number_is_freed()

    def _both(self, kind: Kind, person: uuid.UUID, other: uuid.UUID | None = None) -> bool:
        asked = self.village.ask(kind, person, other)
        if isinstance(asked, Refusal):
            return False
        decided = self.village.decide(asked)
        if isinstance(decided, Refusal):
            assert isinstance(self.village.decide(asked, agreed=False), LifeEvent)
            return False
        return True

    def _recorded(self, who: int, told: Facts, name: str) -> None:
        if not (person := self._of(who)):
            return
        refused = self.village.renewal.record(self._known(person, told))
        good = self._model(who).status is Status.ACTIVE
        assert (refused is None) is good
        if good:
            self._model(who).versions.append(name)

    def _known(self, person: uuid.UUID, told: Facts | None) -> KnownCase:
        self.village.clock.advance(seconds=1)
        return KnownCase(an_aid(), person, uuid.uuid4(), self.village.clock.now(), told)

    def _cancel(self, person: uuid.UUID) -> None:
        """A report that came to nothing is given up, as a registrar would."""
        held = ApplicationRow.person_id == person, ApplicationRow.state == State.HELD.value
        for aid in self.village.session.scalars(select(ApplicationRow.aid).where(*held)).all():
            order = self.village.counter.order(self.village.first, aid)
            assert not isinstance(self.village.counter.lifecycle.cancel(order, Reason.MISTAKE), Refusal)

    def _of(self, who: int) -> uuid.UUID | None:
        return self.people[who % len(self.people)] if self.people else None

    def _model(self, who: int) -> Model:
        return self.models[who % len(self.people)]

    def _accounts_of(self, who: int) -> list[Held]:
        """What is held of each account of a record."""
        owner = who % len(self.people)
        return [held for place, held in enumerate(self.held) if self._end(place) == owner]

    def _gone(self, person: uuid.UUID) -> bool:
        """Whether nothing of it can be read any more."""
        return self.models[self._end(self.people.index(person))].status is Status.ERASED

    @staticmethod
    def _state(held: Held, record: Status) -> AccountState:
        ended = {Status.DECEASED: AccountState.DECEASED, Status.ERASED: AccountState.CLOSED}
        shut = AccountState.SUSPENDED if held.own or held.with_record else AccountState.ACTIVE
        return ended.get(record, shut)

    def _end(self, place: int) -> int:
        into = self.models[place].into
        return place if into is None else self._end(into)


def test_any_sequence_of_events(session: Session) -> None:
    """See the invariants; each run in a savepoint of its own."""

    class Here(Lives):
        """Over this session."""

        def __init__(self) -> None:
            super().__init__()
            self.here = session.begin_nested()
            self.village = Village(session)

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                self.here.rollback()

    few = settings(max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Here, settings=few)
