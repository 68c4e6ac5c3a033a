"""The steps of a recovery up to the new password. Each is counted before it is checked, once, and audited.

Until something is proven, known and unknown people cost the same and hear the same: nothing is sent here (a worker
does, `idp.recovery.errands`), and every wrong proof is one refusal. From the first proof on the case is stored and
every contact point of the person is told, with a link that stops it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.methods import STAFF, Methods
from idp.authenticators.one_time_code import CodePurpose, OneTimeCodes, Sent
from idp.authenticators.recovery_codes import RecoveryCodes
from idp.authenticators.throttling import Factor, Reserved, Throttle
from idp.authenticators.totp import Totp
from idp.clock import Clock
from idp.errors import Code, Refusal
from idp.notices import LinkKind, Links, Notice, Notices, verified_contacts
from idp.outbox import Channel
from idp.recovery.attempts import Attempt
from idp.recovery.cases import Case, Cases
from idp.recovery.known import Known
from idp.recovery.ladder import (
    CONTACTS,
    LONG_WAIT,
    RIPE_FOR,
    Circumstances,
    Move,
    Proof,
    Rung,
    State,
    cooling_off,
    offered,
    reached,
)
from idp.recovery.visits import VISIT_LIFE
from idp.subscribers.directory import Directory, Subscriber
from idp.subscribers.usernames import fold_username

__all__ = ["CHANNELS", "CLAIMS", "Checks", "Recovery", "may_recover"]

CHANNELS = {Proof.EMAIL: Channel.EMAIL, Proof.SMS: Channel.SMS}
CLAIMS = {Proof.EMAIL: "email", Proof.SMS: "phone_number"}
# The stop link must outlive the longest wait and the time after it.
LINK_LIFE = LONG_WAIT + RIPE_FOR
# Messages after a first proof: what strangers asked for before one takes nothing from them.
PROVEN = "recovery-proven"


@dataclass(frozen=True, slots=True)
class Checks:
    """What checks the proofs, and what counts the guesses."""

    message_codes: OneTimeCodes = field(repr=False)
    recovery_codes: RecoveryCodes = field(repr=False)
    totp: Totp = field(repr=False)
    throttle: Throttle = field(repr=False)
    methods: Methods = field(repr=False)


class Recovery:
    """Takes the steps, in the caller's transaction; commit after a refusal too, since it is counted and audited."""

    def __init__(
        self,
        directory: Directory,
        known: Known,
        checks: Checks,
        cases: Cases,
        notices: Notices,
        links: Links,
        clock: Clock,
        trail: Trail,
    ) -> None:
        self._directory = directory
        self._known = known
        self._checks = checks
        self._cases = cases
        self._notices = notices
        self._links = links
        self._clock = clock
        self._trail = trail

    def first_proof(self, attempt: Attempt, proof: Proof, typed: str, browser_secret: str) -> Case | Refusal:
        """The first proof of somebody who typed a user name: `EMAIL`, `SMS` (six digits) or `PAPER` (as typed).

        Refused alike for known and unknown people: `MESSAGE_CODE_WRONG`, `MESSAGE_CODE_OVER`, `RECOVERY_CODE_WRONG`,
        `THROTTLED`; `RECOVERY_CHANGED` where the account changed since; `RECOVERY_STATE` for any other proof.
        """
        if proof is Proof.APP:
            return Refusal(Code.RECOVERY_STATE, "an address comes first")
        whose = f"name|{fold_username(attempt.typed) or ''}"
        # Nobody guesses 60 random bits: counted by browser, so that a stranger's tries do not use up the owner's.
        counted = f"{proof}|{whose}|{attempt.browser}" if proof is Proof.PAPER else f"{proof}|{whose}"
        reserved = self._checks.throttle.reserve(Factor.RECOVERY, counted, attempt.device_id)
        if isinstance(reserved, Refusal):
            self._refused(None, proof, reserved, self._checks.throttle.pseudonym(whose))
            return reserved
        refusal = self._first_checked(attempt, proof, typed)
        if refusal is not None:
            self._refused(None, proof, refusal, reserved.subject)
            return refusal
        self._checks.throttle.clear(reserved)
        return self._opened(attempt, proof, browser_secret)

    def further_proof(self, case: Case, proof: Proof, typed: str, device_id: UUID | None) -> Case | Refusal:
        """Another proof for a case: the next of a rung, or the fresh one at the end of a cooling-off time.

        Refused: as `first_proof`, `TOTP_WRONG`, `TOTP_REPLAYED`, and `RECOVERY_STATE` where this is not asked for.
        """
        person = self.person(case)
        if person is None or proof not in self.asked(case, person):
            return Refusal(Code.RECOVERY_STATE, f"{case.state} {proof}")
        if not self._cases.unchanged(person.id, case.opened_at):
            return Refusal(Code.RECOVERY_CHANGED)
        subject = f"{proof}|case|person|{person.id}"
        reserved = self._checks.throttle.reserve(Factor.RECOVERY, subject, device_id)
        if isinstance(reserved, Refusal):
            self._refused(person.id, proof, reserved, self._checks.throttle.pseudonym(subject))
            return reserved
        patient = self._patience(person, proof, device_id)
        if isinstance(patient, Refusal):
            self._refused(person.id, proof, patient, reserved.subject)
            return patient
        refusal = self._checked(case, person, proof, typed)
        if refusal is not None:
            self._refused(person.id, proof, refusal, reserved.subject)
            return refusal
        for counted in (reserved, patient):
            if counted is not None:
                self._checks.throttle.clear(counted)
        return self._advanced(case, person, proof)

    def settle(self, case: Case) -> Case | Refusal:
        """Go on with what was proven, for somebody who has nothing more: a wait where a rung allows it.

        `RECOVERY_STATE`: no rung is reached, and a visit is the way on.
        """
        person = self.person(case)
        rung = None if person is None else reached(case.proofs, self.circumstances(person))
        if person is None or rung is None or case.state is not State.PROVING:
            return Refusal(Code.RECOVERY_STATE, "no rung")
        return self._climbed(case, person, rung)

    def send(self, case: Case, proof: Proof, locale: str) -> Sent | Refusal:
        """Send a code to an address of the person, who has proven something already.

        Refused: `RECOVERY_STATE` where it is not asked for, and as `OneTimeCodes.send`.
        """
        person = self.person(case)
        if person is None or proof not in CONTACTS or proof not in self.asked(case, person):
            return Refusal(Code.RECOVERY_STATE, f"{case.state} {proof}")
        address = self.address(person, proof)
        codes = self._checks.message_codes
        bound_to, channel = case.bound_to(proof), CHANNELS[proof]
        return codes.send(CodePurpose.RECOVERY, bound_to, channel, address, person.id, locale, budget=PROVEN)

    def under_way(self, case: Case, proof: Proof) -> Sent | None:
        """The code that was sent last for this step, while it can be right."""
        return self._checks.message_codes.under_way(CodePurpose.RECOVERY, case.bound_to(proof))

    def ask_visit(self, subscriber_id: UUID) -> UUID:
        """The case under which a centre will find this person, who has proven something here."""
        held = self._cases.visit_of(subscriber_id)
        if held is not None:
            return held.id
        case_id = self._cases.new_visit(subscriber_id, VISIT_LIFE)
        self._trail.append(
            AuditEvent(Event.RECOVERY_VISIT_ASKED, subscriber_id=subscriber_id, body={"case": str(case_id)})
        )
        return case_id

    def stop(self, subscriber_id: UUID, case_id: UUID, how: str) -> bool:
        """Stop a case about this person; `how` is `link`, `page` or `owner`. False where none is open."""
        stopped = self._cases.stop(subscriber_id, case_id)
        if stopped:
            body = {"case": str(case_id), "how": how}
            self._trail.append(AuditEvent(Event.RECOVERY_STOPPED, subscriber_id=subscriber_id, body=body))
        return stopped

    def asked(self, case: Case, person: Subscriber) -> tuple[Proof, ...]:
        """What can be proven next in this case, quickest first."""
        account = self.circumstances(person)
        if case.ripe(self._clock.now()):
            return tuple(proof for proof in offered(frozenset(), account) if proof in CONTACTS & case.proofs)
        return offered(case.proofs, account) if case.state is State.PROVING else ()

    def circumstances(self, person: Subscriber) -> Circumstances:
        """What the rules ask about this person."""
        held, identity = self._checks.methods.held_by(person), self._directory.identity(person)
        contacts = {contact.channel for contact in verified_contacts({} if identity is None else identity.claims)}
        return Circumstances(person.ial, replace(held, phone=Channel.SMS in contacts))

    def person(self, case: Case) -> Subscriber | None:
        """Whom a case is about, while they may recover."""
        person = self._directory.get(case.subscriber_id)
        return person if person is not None and may_recover(person) else None

    def address(self, person: Subscriber, proof: Proof) -> str:
        """The recorded address; empty where there is none."""
        identity = self._directory.identity(person)
        return "" if identity is None else str(identity.claims.get(CLAIMS[proof], ""))

    def _opened(self, attempt: Attempt, proof: Proof, browser_secret: str) -> Case | Refusal:
        person = self._known.person(attempt.typed)
        if person is None or not may_recover(person):
            return Refusal(Code.RECOVERY_CHANGED)
        if not self._cases.unchanged(person.id, attempt.started_at):
            return Refusal(Code.RECOVERY_CHANGED)
        case = self._cases.open(person.id, browser_secret, proof)
        body = {"case": str(case.id), "proof": proof.value}
        self._trail.append(AuditEvent(Event.RECOVERY_STARTED, subscriber_id=person.id, body=body))
        self._tell(case)
        return case

    def _first_checked(self, attempt: Attempt, proof: Proof, typed: str) -> Refusal | None:
        """Whom a message's code is about is not even looked up before it is right."""
        if proof is not Proof.PAPER:
            return self._checks.message_codes.spend(CodePurpose.RECOVERY, attempt.bound_to(proof), typed)
        person = self._known.person(attempt.typed)
        subscriber_id = person.id if person is not None and may_recover(person) else None
        return self._checks.recovery_codes.spend(subscriber_id, typed)

    def _checked(self, case: Case, person: Subscriber, proof: Proof, typed: str) -> Refusal | None:
        if proof is Proof.APP:
            return self._checks.totp.check(person.id, typed)
        if proof is Proof.PAPER:
            return self._checks.recovery_codes.spend(person.id, typed)
        address = self.address(person, proof)
        codes = self._checks.message_codes
        return codes.spend(CodePurpose.RECOVERY, case.bound_to(proof), typed, address, budget=PROVEN)

    def _patience(self, person: Subscriber, proof: Proof, device_id: UUID | None) -> Reserved | Refusal | None:
        """Guesses at a code generator are counted over a month, too: it shows codes for ever, a message shows one."""
        if proof is not Proof.APP:
            return None
        reserved = self._checks.throttle.reserve(Factor.CODE_PATIENCE, f"person|{person.id}|recovery", device_id)
        return replace(reserved, detail=Factor.RECOVERY.value) if isinstance(reserved, Refusal) else reserved

    def _advanced(self, case: Case, person: Subscriber, proof: Proof) -> Case | Refusal:
        if case.state is State.COOLING:
            rung = reached(case.proofs, self.circumstances(person))
            waited = case.ready_at is not None and case.ready_at >= case.opened_at + LONG_WAIT
            # The account got another way back while this waited: what was enough is so no more.
            if rung is None or (rung.slow and not waited):
                return Refusal(Code.RECOVERY_CHANGED, "no rung any more")
            moved = self._cases.move(case, Move.CONFIRM, level=min(case.level, rung.worth))
            return moved if isinstance(moved, Refusal) else self._noted(moved, proof, None)
        proven = self._cases.move(case, Move.PROVE, proofs=case.proofs | {proof})
        if isinstance(proven, Refusal):
            return proven
        rung = reached(proven.proofs, self.circumstances(person))
        if rung is None or rung.alone:
            return self._noted(proven, proof, None)
        moved = self._climbed(proven, person, rung)
        return moved if isinstance(moved, Refusal) else self._noted(moved, proof, rung)

    def _climbed(self, case: Case, person: Subscriber, rung: Rung) -> Case | Refusal:
        level = min(rung.worth, person.ial)
        if not rung.waits:
            return self._cases.move(case, Move.ENOUGH, level=level)
        wait = cooling_off(person.ial, slow=rung.slow)
        ready_at = self._clock.now() + wait
        moved = self._cases.move(case, Move.WAIT, level=level, ready_at=ready_at, life=wait + RIPE_FOR)
        if isinstance(moved, Case):
            self._tell(moved, ready_at=ready_at.isoformat())
        return moved

    def _tell(self, case: Case, **more: str) -> None:
        """Tell every contact point, with a link that stops the case."""
        link = self._links.make(LinkKind.STOP_RECOVERY, case.subscriber_id, case.id, LINK_LIFE)
        self._notices.tell(case.subscriber_id, Notice.RECOVERY_STARTED, {"link": link, **more})

    def _noted(self, case: Case, proof: Proof, rung: Rung | None) -> Case:
        body = {
            "case": str(case.id),
            "proof": proof.value,
            "state": case.state.value,
            "rung": None if rung is None else rung.name,
        }
        self._trail.append(AuditEvent(Event.RECOVERY_PROVEN, subscriber_id=case.subscriber_id, body=body))
        return case

    def _refused(self, subscriber_id: UUID | None, proof: Proof, refusal: Refusal, subject: str) -> None:
        body = {"proof": proof.value, "reason": refusal.code.value, "subject": subject[:16]}
        self._trail.append(AuditEvent(Event.RECOVERY_REFUSED, subscriber_id=subscriber_id, body=body))


def may_recover(person: Subscriber) -> bool:
    """Staff do not: an operator gives them a new activation link, for the passkey that they need."""
    return person.active and person.group != STAFF
