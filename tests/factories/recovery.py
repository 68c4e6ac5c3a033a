"""The services of a recovery over one database session, and what its worker and its mailbox would do."""

import uuid
from typing import Any

from sqlalchemy import select

from idp.authenticators.methods import Methods
from idp.authenticators.one_time_code import CodePurpose, OneTimeCodes
from idp.authenticators.passkey_store import PasskeyStore
from idp.authenticators.recovery_codes import RecoveryCodes
from idp.authenticators.totp import Binding
from idp.notices import Links, Notices
from idp.outbox import Outbox
from idp.outbox.models import MessageRow
from idp.outbox.outbox import open_content
from idp.recovery import Attempt, Attempts, Case, Cases, Proof, Recovery
from idp.recovery.errands import RecoveryErrands
from idp.recovery.finishing import Bound, Finishing
from idp.recovery.known import Known
from idp.recovery.steps import CHANNELS, Checks
from idp.subscribers.levels import Levels
from tests.factories.keys import sealer
from tests.factories.signin import PASSWORD, Desk
from tests.factories.subscribers import store_subscriber

__all__ = ["RecoveryDesk"]


class RecoveryDesk:
    """Everything of a recovery, over the session of `desk`."""

    def __init__(self, desk: Desk) -> None:
        shared, session = desk.shared, desk.session
        self.desk = desk
        sealing = sealer(shared.keys)
        outbox = Outbox(session, sealing, desk.clock, desk.entropy)
        notices, links = Notices(outbox, desk.directory, desk.clock), Links(session, desk.clock, desk.entropy)
        self.codes = OneTimeCodes(session, shared.keys, outbox, desk.clock, desk.entropy, desk.trail)
        self.paper = RecoveryCodes(session, shared.keys, desk.clock, desk.entropy, desk.trail)
        self.attempts = Attempts(shared.ephemeral, sealing, desk.clock, desk.entropy)
        self.cases = Cases(session, desk.clock, desk.entropy)
        self.methods = Methods(session, desk.directory)
        checks = Checks(self.codes, self.paper, desk.totp, desk.throttle, self.methods)
        known = Known(session, desk.directory, sealing, desk.clock)
        self.recovery = Recovery(desk.directory, known, checks, self.cases, notices, links, desk.clock, desk.trail)
        self.levels = Levels(session, desk.trail)
        passkeys = PasskeyStore(session, sealing, desk.clock, desk.entropy, desk.trail)
        bound = Bound(
            desk.passwords, desk.totp, passkeys, self.paper, desk.throttle, desk.sessions, self.levels, self.methods
        )
        self.finishing = Finishing(session, desk.directory, bound, self.cases, notices, desk.clock, desk.trail)
        self.errands = RecoveryErrands(
            desk.directory, self.attempts, self.cases, self.codes, notices, links, desk.trail, "SL"
        )

    def person(self, **changes: Any) -> uuid.UUID:
        """Somebody with a password; `changes` as for `store_subscriber`."""
        person = store_subscriber(self.desk.session, self.desk.shared.keys, self.desk.clock, **changes)
        assert self.desk.passwords.set(person, PASSWORD) is None
        return person

    def attempt(self, person: uuid.UUID, browser: str) -> Attempt:
        """An attempt for this person."""
        found = self.desk.directory.get(person)
        identity = None if found is None else self.desk.directory.identity(found)
        assert identity is not None
        return self.attempts.open(browser, identity.username, "en")

    def sent(self, person: uuid.UUID, proof: Proof) -> str | None:
        """The newest code in this person's mailbox, or on their phone; None where none came."""
        newest = (
            select(MessageRow)
            .where(
                MessageRow.subscriber_id == person,
                MessageRow.channel == CHANNELS[proof].value,
                MessageRow.notice == "code",
            )
            .order_by(MessageRow.created_at.desc(), MessageRow.id.desc())
            .limit(1)
        )
        row = self.desk.session.scalar(newest)
        if row is None or row.sealed is None:
            return None
        sealing = sealer(self.desk.shared.keys)
        content = open_content(self.desk.session, sealing, self.desk.clock, row.id, person, row.sealed)
        return None if content is None else content.parameters["code"]

    def right(self, person: uuid.UUID, proof: Proof, held: dict[str, Any], case: Case | Attempt) -> str | None:
        """What the owner would type for this proof now, having asked for a message where it takes one."""
        if proof is Proof.PAPER:
            sheet: list[str] = held["sheet"]
            return sheet.pop() if sheet else None
        if proof is Proof.APP:
            binding: Binding | None = held["binding"]
            return None if binding is None else self.desk.code(binding)
        if isinstance(case, Attempt):
            self.errands.send_code(case.name, proof.value)
        else:
            self.recovery.send(case, proof, "en")
        bound_to = case.bound_to(proof)
        return self.sent(person, proof) if self.codes.under_way(CodePurpose.RECOVERY, bound_to) else None
