"""What a worker does for somebody who wants back in: whom an attempt is about shows only here, never on the page.

Every errand bears repeating: at worst another message goes out, within the limits for that address.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.one_time_code import CodePurpose, OneTimeCodes
from idp.errors import Refusal
from idp.notices import Contact, LinkKind, Links, Notice, Notices, verified_contacts
from idp.outbox import Channel
from idp.outbox.addresses import phone_number
from idp.recovery.attempts import Attempt, Attempts
from idp.recovery.cases import Cases
from idp.recovery.ladder import CONTACTS, Proof
from idp.recovery.steps import CHANNELS, may_recover
from idp.recovery.visits import VISIT_LIFE
from idp.subscribers.directory import Directory, Subscriber

__all__ = ["REMIND", "SEND_CODE", "VISIT", "RecoveryErrands"]

# Jobs, by name.
REMIND = "recovery.remind"
SEND_CODE = "recovery.send_code"
VISIT = "recovery.visit"
MAX_NAMES = 5


@dataclass(frozen=True, slots=True)
class RecoveryErrands:
    """Runs errands over one database session; the caller commits."""

    directory: Directory
    attempts: Attempts
    cases: Cases
    codes: OneTimeCodes
    notices: Notices
    links: Links
    trail: Trail
    home_region: str

    def remind(self, attempt_name: str) -> None:
        """Tell the user names of an address, at that address and nowhere else."""
        attempt = self.attempts.named(attempt_name)
        if attempt is None:
            return
        number = None if "@" in attempt.typed else phone_number(attempt.typed, self.home_region)
        typed = attempt.typed if number is None else number.e164
        for claim, channel in (("email", Channel.EMAIL), ("phone_number", Channel.SMS)):
            for person, address in self._known_by(claim, channel, typed):
                identity = self.directory.identity(person)
                if identity is None:
                    continue
                contact = Contact(channel, address)
                parameters = {"username": identity.username}
                locale = person.locale or attempt.locale
                self.notices.write(
                    contact, Notice.USERNAME_REMINDER, parameters, locale=locale, subscriber_id=person.id
                )
                self.trail.append(AuditEvent(Event.USERNAME_REMINDED, subscriber_id=person.id))

    def send_code(self, attempt_name: str, proof: str) -> None:
        """Send a code for the first proof; for nobody, and where there is no such address, only seem to."""
        attempt = self.attempts.named(attempt_name)
        if attempt is None or Proof(proof) not in CONTACTS:
            return
        channel = CHANNELS[Proof(proof)]
        bound_to = attempt.bound_to(Proof(proof))
        person = self._person(attempt)
        address = None if person is None else self._address(person, channel)
        if person is not None and address is not None:
            sent = self.codes.send(
                CodePurpose.RECOVERY,
                bound_to,
                channel,
                address,
                person.id,
                attempt.locale,
                budget="recovery" if attempt.device_id is None else "recovery-known",
            )
            if not isinstance(sent, Refusal) or self.codes.under_way(CodePurpose.RECOVERY, bound_to) is not None:
                return
        self.codes.pretend(CodePurpose.RECOVERY, bound_to, channel, attempt.name)

    def visit(self, attempt_name: str, case_id: str) -> None:
        """Keep the reference of a visit, and tell every contact point of the first one that is open."""
        attempt = self.attempts.named(attempt_name)
        person = None if attempt is None else self._person(attempt)
        if person is None:
            return
        first = self.cases.open_visit(UUID(case_id), person.id, VISIT_LIFE)
        body = {"case": case_id}
        self.trail.append(AuditEvent(Event.RECOVERY_VISIT_ASKED, subscriber_id=person.id, body=body))
        if first:
            link = self.links.make(LinkKind.STOP_RECOVERY, person.id, UUID(case_id), VISIT_LIFE)
            self.notices.tell(person.id, Notice.RECOVERY_STARTED, {"link": link})

    def _known_by(self, claim: str, channel: Channel, typed: str) -> list[tuple[Subscriber, str]]:
        found = []
        for subscriber_id in self.directory.search(claim, typed)[:MAX_NAMES]:
            person = self.directory.get(subscriber_id)
            identity = None if person is None else self.directory.identity(person)
            if person is None or identity is None or not person.active:
                continue
            address = next((one.address for one in verified_contacts(identity.claims) if one.channel is channel), None)
            if address is not None:
                found.append((person, address))
        return found

    def _person(self, attempt: Attempt) -> Subscriber | None:
        person = self.directory.by_username(attempt.typed)
        return person if person is not None and may_recover(person) else None

    def _address(self, person: Subscriber, channel: Channel) -> str | None:
        identity = self.directory.identity(person)
        contacts = [] if identity is None else verified_contacts(identity.claims)
        return next((contact.address for contact in contacts if contact.channel is channel), None)
