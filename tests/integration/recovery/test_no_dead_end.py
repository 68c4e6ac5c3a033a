"""Whatever people lose, and whatever is done to them, there is a way back in: against the real rooms, any sequence."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from idp.authorization.disowning import Disowning
from idp.entropy import SecretKind
from idp.errors import Refusal
from idp.keys.person_keys import PersonKeys
from idp.notices import LinkKind, Links, Notice, Notices, SecurityLink
from idp.outbox import Channel, Outbox
from idp.outbox.models import MessageRow
from idp.outbox.outbox import open_content
from idp.recovery import Case, Proof, State
from idp.recovery.visits import Visits, reference_of
from idp.selfservice.contacts import CLAIMS, ContactChanges, Ground, Messages
from idp.selfservice.sealed_words import SealedWords
from tests.factories.keys import sealer
from tests.factories.recovery import RecoveryDesk
from tests.factories.signin import PASSWORD, Desk
from tests.integration.recovery.judge import VISIT, Life, Undoable

pytestmark = pytest.mark.integration
NEW = "four wet umbrellas sing to nobody"
NONSENSE = "xxxxxx"
HOLD = timedelta(hours=72)
CHANNELS = ("email", "sms")
_HAS = st.booleans()
_channel, _by_thief = st.sampled_from(CHANNELS), st.booleans()


class Living(RuleBasedStateMachine):
    """One person, a thief, and time. What the person truly has is kept in `life`, beside the product."""

    def __init__(self, desk: Desk, seen: set[str]) -> None:
        super().__init__()
        self.desk, self.seen = desk, seen
        self.room = RecoveryDesk(desk)
        self.sealing = sealer(desk.shared.keys)
        outbox = Outbox(desk.session, self.sealing, desk.clock, desk.entropy)
        notices, self.links = (
            Notices(outbox, desk.directory, desk.clock),
            Links(desk.session, desk.clock, desk.entropy),
        )
        words = SealedWords(PersonKeys(desk.session, self.sealing, desk.clock))
        messages = Messages(self.room.codes, notices, self.links)
        self.contacts = ContactChanges(
            desk.session, desk.directory, words, messages, desk.clock, desk.entropy, desk.trail
        )
        self.disowning = Disowning(desk.session, desk.sessions, desk.devices, desk.clock, desk.trail)
        self.case: Case | None = None
        self.visit_asked = False
        self.owner, self.thief = (desk.entropy.secret(SecretKind.BROWSER) for _ in range(2))

    @initialize(level=st.sampled_from([1, 2]), mail=_HAS, phone=_HAS, app=_HAS, paper=_HAS)
    def enrol(self, *, level: int, mail: bool, phone: bool, app: bool, paper: bool) -> None:
        """Somebody with these things, who has them all at hand."""
        record = {"email": self._address("email") if mail else None, "sms": self._address("sms") if phone else None}
        claims: dict[str, Any] = {}
        for channel, address in record.items():
            name = CLAIMS[Channel(channel)]
            claims |= {name: address, f"{name}_verified": None if address is None else True}
        self.person = self.room.person(ial=level, **claims)
        self.life = Life(level, record, reads={address for address in record.values() if address})
        self.binding = self.desk.bind(self.person) if app else None
        self.life.app_bound = self.life.app_in_hand = app
        if paper:
            self.make_paper()

    @rule(what=st.sampled_from(["password", "app", "paper", "email", "sms"]))
    def lose(self, what: str) -> None:
        """Something is forgotten, lost or taken; the product does not hear of it."""
        if what == "password":
            self.life.knows_password = False
        elif what == "app":
            self.life.app_in_hand = False
        elif what == "paper":
            self.life.sheet_in_hand = False
        else:
            self.life.reads.discard(self.life.record[what] or "")

    @precondition(lambda self: self._may_change())
    @rule()
    def make_paper(self) -> None:
        """A new sheet, in place of any older one."""
        self.life.sheet, self.life.sheet_in_hand = self.room.paper.make(self.person), True

    @precondition(lambda self: self._may_change() and not self.life.app_bound)
    @rule()
    def add_app(self) -> None:
        """A code generator."""
        self.binding = self.desk.bind(self.person)
        self.life.app_bound = self.life.app_in_hand = True

    @precondition(lambda self: not self._held())
    @rule(what=st.sampled_from(["app", "paper"]))
    def remove(self, what: str) -> None:
        """Whoever is in the account takes a factor out of it."""
        if what == "paper":
            self.room.paper.drop(self.person)
            self.life.sheet = []
        for generator in self.desk.totp.held_by(self.person) if what == "app" else ():
            self.desk.totp.remove(self.person, generator.id)
            self.life.app_bound = False

    @precondition(lambda self: not self._held())
    @rule(channel=_channel, by_thief=_by_thief)
    def change_address(self, channel: str, *, by_thief: bool) -> None:
        """Whoever is in the account puts an address of their own there, and proves it."""
        self._moment()
        new, old = self._address(channel), self.life.record[channel]
        begun = self.contacts.begin(self.person, Channel(channel), new, "en")
        if isinstance(begun, Refusal):
            return
        code = self.room.sent(self.person, Proof(channel))
        assert code is not None
        assert isinstance(self.contacts.prove(self.person, begun.id, code), Ground)
        self.life.record[channel] = new
        if not by_thief:
            self.life.reads.add(new)
        if old is not None:
            link = self._told(old, Notice.CONTACT_CHANGED)["link"]
            self.life.undoable.append(Undoable(begun.id, link, channel, old, self.desk.clock.epoch()))

    @precondition(lambda self: not self._held())
    @rule(channel=_channel)
    def remove_address(self, channel: str) -> None:
        """Whoever is in the account: the last address stays, whoever asks."""
        others = [one for one in CHANNELS if one != channel and self.life.record[one]]
        refusal = self.contacts.remove(self.person, Channel(channel))
        assert (refusal is None) == bool(self.life.record[channel] and others)
        if refusal is None:
            self.life.record[channel] = None

    @rule()
    def undo(self) -> None:
        """The owner presses a link that came to an address that was replaced; it holds changes back, too."""
        for change in self.life.undoable:
            if change.old in self.life.reads and self.desk.clock.epoch() - change.at < HOLD.total_seconds():
                self._press(change)
                return

    @rule()
    def not_me(self) -> None:
        """A sign-in that was not theirs: nothing may be changed for 72 hours."""
        self.life.held_until = self.disowning.disown(self.person, None).locked_until.timestamp()

    @rule(proof=st.sampled_from([Proof.EMAIL, Proof.SMS, Proof.PAPER]))
    def thief_guesses(self, proof: Proof) -> None:
        """A stranger who knows the user name, as often as they like."""
        attempt = self.room.attempt(self.person, self.thief)
        if proof is not Proof.PAPER:
            self.room.errands.send_code(attempt.name, proof.value)
        assert isinstance(self.room.recovery.first_proof(attempt, proof, NONSENSE, self.thief), Refusal)

    @rule()
    def thief_asks_for_a_visit(self) -> None:
        """A stranger takes a number at a centre: it proves nothing and takes nothing."""
        attempt = self.room.attempt(self.person, self.thief)
        self.room.errands.visit(attempt.name, str(uuid.uuid4()))
        self.visit_asked = True

    @rule()
    def begin(self) -> None:
        """The owner begins a recovery."""
        self.case = self._first(self.owner)

    @precondition(lambda self: self.case is not None)
    @rule(cancel=st.booleans())
    def go_on_or_cancel(self, *, cancel: bool) -> None:
        """And goes on with it, or gives it up."""
        found = None if self.case is None else self.room.cases.find(self.case.id, self.owner)
        if isinstance(found, Case) and cancel:
            self.room.recovery.stop(self.person, found.id, "page")
        elif isinstance(found, Case) and found.state is State.PROVING:
            self._next(found)

    @rule(hours=st.sampled_from([1, 25, 73]))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.desk.clock.advance(hours=hours)

    @invariant()
    def what_is_recorded_is_what_was_done(self) -> None:
        """The judge's record and the product's are the same."""
        if not hasattr(self, "life"):
            return
        profile = self.desk.directory.profile(self.person)
        recorded = {
            channel: profile.get(name) if profile.get(f"{name}_verified") is True else None
            for channel, name in ((channel, CLAIMS[Channel(channel)]) for channel in CHANNELS)
        }
        assert recorded == self.life.record

    def teardown(self) -> None:
        """The end of every story: the way back is there, is offered, is told, and is climbed."""
        if not hasattr(self, "life"):
            return
        while any(self._good(change) for change in self.life.undoable):
            self.undo()
        self._visit_is_open()
        self.desk.clock.advance(hours=HOLD.total_seconds() / 3600 + 25)
        ways = self.life.ways_back()
        self.seen |= ways
        if self.life.signs_in():
            assert self.desk.passwords.check(self.person, PASSWORD) is True
        if ways != {VISIT}:
            self._climbed()
        else:
            assert not self._climbs()

    def _visit_is_open(self) -> None:
        """With nothing in hand, from a browser nobody knows; a centre finds the number, and the owner hears of it."""
        attempt, case_id = self.room.attempt(self.person, self.desk.entropy.secret(SecretKind.BROWSER)), uuid.uuid4()
        self.room.errands.visit(attempt.name, str(case_id))
        found = Visits(self.room.cases).find(reference_of(case_id))
        assert found is not None
        assert found.subscriber_id == self.person
        # Whoever took the first number, it was told of: further ones say nothing new.
        for address in () if self.visit_asked else self.life.proven():
            assert self._told(address, Notice.RECOVERY_STARTED)["link"]

    def _climbed(self) -> None:
        before = self._messages()
        assert self._climbs()
        assert self.desk.passwords.check(self.person, NEW) is True
        # The beginning and the end, each at every address.
        assert self._messages() >= before + 2 * len(self.life.proven())

    def _climbs(self) -> bool:
        case = self._first(self.desk.entropy.secret(SecretKind.BROWSER))
        if case is None:
            return False
        while case.state is State.PROVING:
            moved = self._next(case) or self._settled(case)
            if moved is None:
                return False
            case = moved
        if case.state is State.COOLING:
            assert case.ready_at is not None
            self.desk.clock.advance(seconds=(case.ready_at - self.desk.clock.now()).total_seconds())
            fresh = self._next(case)
            assert fresh is not None
            case = fresh
        return isinstance(self.room.finishing.finish(case, NEW, ()), Case)

    def _first(self, browser: str) -> Case | None:
        for proof in (Proof.EMAIL, Proof.SMS, Proof.PAPER):
            attempt = self.room.attempt(self.person, browser)
            typed = self._typed(proof, attempt)
            outcome = None if typed is None else self.room.recovery.first_proof(attempt, proof, typed, browser)
            if isinstance(outcome, Case):
                return outcome
        return None

    def _next(self, case: Case) -> Case | None:
        found = self.desk.directory.get(self.person)
        assert found is not None
        for proof in self.room.recovery.asked(case, found):
            typed = self._typed(proof, case)
            outcome = None if typed is None else self.room.recovery.further_proof(case, proof, typed, None)
            if isinstance(outcome, Case):
                return outcome
        return None

    def _settled(self, case: Case) -> Case | None:
        outcome = self.room.recovery.settle(case)
        return outcome if isinstance(outcome, Case) else None

    def _typed(self, proof: Proof, where: Any) -> str | None:
        """What the owner can truly show now: only what is in hand, only messages to an address that they read."""
        if proof is Proof.APP and not (self.life.app_bound and self.life.app_in_hand):
            return None
        if proof is Proof.PAPER and not self.life.sheet_in_hand:
            return None
        if proof.value in CHANNELS and not self.life.can_show(proof.value):
            return None
        self._moment()
        return self.room.right(self.person, proof, {"binding": self.binding, "sheet": self.life.sheet}, where)

    def _press(self, change: Undoable) -> None:
        spent = self.links.spend(change.link)
        assert isinstance(spent, SecurityLink)
        assert spent.kind is LinkKind.STOP_CONTACT_CHANGE
        stopped = self.contacts.stop(self.person, uuid.UUID(str(change.change)))
        assert isinstance(stopped, Channel)
        self.not_me()
        self.life.record[change.channel] = change.old
        later = [one for one in self.life.undoable if one.channel == change.channel and one.at >= change.at]
        self.life.undoable = [one for one in self.life.undoable if one not in later]

    def _good(self, change: Undoable) -> bool:
        return change.old in self.life.reads and self.desk.clock.epoch() - change.at < HOLD.total_seconds()

    def _held(self) -> bool:
        return not hasattr(self, "life") or self.desk.clock.epoch() < self.life.held_until

    def _moment(self) -> None:
        """No two messages of one moment: the newest is the one that was sent last."""
        self.desk.clock.advance(seconds=1)

    def _may_change(self) -> bool:
        return not self._held() and self.life.signs_in()

    def _told(self, address: str, notice: Notice) -> dict[str, str]:
        """What the newest message of this kind to this address says."""
        wanted = select(MessageRow).where(MessageRow.subscriber_id == self.person, MessageRow.notice == notice.value)
        for row in self.desk.session.scalars(wanted.order_by(MessageRow.created_at.desc(), MessageRow.id.desc())):
            assert row.sealed is not None
            held = open_content(self.desk.session, self.sealing, self.desk.clock, row.id, self.person, row.sealed)
            if held is not None and held.to == address:
                return dict(held.parameters)
        raise AssertionError(f"nobody told {address} of {notice}")

    def _messages(self) -> int:
        about = (Notice.RECOVERY_STARTED.value, Notice.RECOVERY_DONE.value)
        wanted = select(func.count()).where(MessageRow.subscriber_id == self.person, MessageRow.notice.in_(about))
        return self.desk.session.scalar(wanted) or 0

    def _address(self, channel: str) -> str:
        number = uuid.uuid4().int % 10**5
        return f"p{uuid.uuid4().hex}@people.example" if channel == "email" else f"+232762{number:05}"


def test_there_is_always_a_way_back(desk: Desk) -> None:
    """AC-082, AC-083: people who forget, lose, change, remove, are robbed, held, and begin and cancel recoveries."""
    seen: set[str] = set()

    class Here(Living):
        def __init__(self) -> None:
            super().__init__(desk, seen)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=20,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
    assert seen >= {VISIT, "app", "paper", "both addresses"}
