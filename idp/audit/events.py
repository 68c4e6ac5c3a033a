"""The closed catalogue of audit events. `docs/events.md` explains each; a test keeps the two equal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

__all__ = ["AuditEvent", "Event"]

BodyValue = str | int | bool | list[str] | None
MAX_TEXT = 200
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Event(StrEnum):
    """Everything that is ever audited."""

    CLIENT_CREATED = "client.created"
    CLIENT_UPDATED = "client.updated"
    CLIENT_DISABLED = "client.disabled"
    CLIENT_ENABLED = "client.enabled"
    CLIENT_SECRET_ROTATED = "client.secret_rotated"
    CLIENT_AUTHENTICATION_FAILED = "client.authentication_failed"
    CLIENT_REDIRECT_MISMATCH = "client.redirect_mismatch"
    RESOURCE_CREATED = "resource.created"
    SUBSCRIBER_CREATED = "subscriber.created"
    SUBSCRIBER_UPDATED = "subscriber.updated"
    SUBSCRIBER_STATE_CHANGED = "subscriber.state_changed"
    SUBSCRIBER_ERASED = "subscriber.erased"
    CONTACT_ASKED = "contact.asked"
    CONTACT_CHANGED = "contact.changed"
    CONTACT_STOPPED = "contact.stopped"
    CORRECTION_PROPOSED = "correction.proposed"
    CORRECTION_WITHDRAWN = "correction.withdrawn"
    CORRECTION_DECIDED = "correction.decided"
    CONCERN_REPORTED = "concern.reported"
    CONCERN_ANSWERED = "concern.answered"
    RECORD_READ = "record.read"
    EXPORT_ASKED = "export.asked"
    EXPORT_FETCHED = "export.fetched"
    CLOSING_ASKED = "closing.asked"
    CLOSING_STOPPED = "closing.stopped"
    MANDATE_PROPOSED = "mandate.proposed"
    MANDATE_CONFIRMED = "mandate.confirmed"
    MANDATE_DECLINED = "mandate.declined"
    MANDATE_ENDED = "mandate.ended"
    MANDATE_USED = "mandate.used"
    DEVICE_FORGOTTEN = "device.forgotten"
    AUTHENTICATOR_BOUND = "authenticator.bound"
    AUTHENTICATOR_REMOVED = "authenticator.removed"
    RECOVERY_CODE_SPENT = "recovery_code.spent"
    MESSAGE_CODE_SENT = "message_code.sent"
    PASSKEY_RENAMED = "passkey.renamed"
    PASSKEY_REFUSED = "passkey.refused"
    BIOMETRIC_CHECKED = "biometric.checked"
    BIOMETRIC_LOCKED = "biometric.locked"
    BIOMETRIC_UNLOCKED = "biometric.unlocked"
    RECOVERY_STARTED = "recovery.started"
    RECOVERY_PROVEN = "recovery.proven"
    RECOVERY_REFUSED = "recovery.refused"
    RECOVERY_STOPPED = "recovery.stopped"
    RECOVERY_VISIT_ASKED = "recovery.visit_asked"
    RECOVERY_VISIT_SEEN = "recovery.visit_seen"
    RECOVERY_VISIT_SHOWN = "recovery.visit_shown"
    RECOVERY_VISIT_DECIDED = "recovery.visit_decided"
    RECOVERY_VISIT_CODE = "recovery.visit_code"
    RECOVERY_VISIT_REFUSED = "recovery.visit_refused"
    RECOVERY_DONE = "recovery.done"
    USERNAME_REMINDED = "username.reminded"
    SUBSCRIBER_LEVEL_CHANGED = "subscriber.level_changed"
    SIGNIN_FAILED = "signin.failed"
    SIGNIN_THROTTLED = "signin.throttled"
    SIGNIN_FIRST_FACTOR = "signin.first_factor"
    SIGNIN_CODE_REPLAYED = "signin.code_replayed"
    SIGNIN_DISOWNED = "signin.disowned"
    STAFF_LINK_MADE = "staff.link_made"
    STAFF_ACTIVATED = "staff.activated"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"
    CONSENT_GRANTED = "consent.granted"
    CONSENT_DECLINED = "consent.declined"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    AUTHORIZATION_GRANTED = "authorization.granted"
    AUTHORIZATION_REFUSED = "authorization.refused"
    TOKEN_ISSUED = "token.issued"
    TOKEN_REFRESHED = "token.refreshed"
    TOKEN_REFUSED = "token.refused"
    TOKEN_REUSED = "token.reused"
    TOKEN_FOREIGN = "token.foreign"
    TOKEN_INTROSPECTED = "token.introspected"
    TOKEN_REVOKED = "token.revoked"
    USERINFO_RELEASED = "userinfo.released"
    PERSON_CHANGED = "person.changed"
    PERSON_STATUS_CHANGED = "person.status_changed"
    PERSON_SUSPENDED = "person.suspended"
    PERSON_RETURN_ASKED = "person.return_asked"
    PERSON_RETURN_DECIDED = "person.return_decided"
    PERSON_APPEALED = "person.appealed"
    PERSON_APPEAL_DECIDED = "person.appeal_decided"
    ERASURE_ASKED = "erasure.asked"
    ERASURE_APPROVED = "erasure.approved"
    ERASURE_STOPPED = "erasure.stopped"
    ERASURE_DONE = "erasure.done"
    ERASURE_FAILED = "erasure.failed"
    ERASURE_REPLAYED = "erasure.replayed"
    SERVICE_TOLD = "service.told"
    NUMBER_ISSUED = "number.issued"
    NUMBER_ALIAS_MADE = "number.alias_made"
    NUMBER_ALIAS_USED = "number.alias_used"
    NUMBER_ALIAS_REVOKED = "number.alias_revoked"
    CARD_ISSUED = "card.issued"
    CARD_SHOWN = "card.shown"
    CARD_REPLACED = "card.replaced"
    CARD_REVOKED = "card.revoked"
    CARD_KEY_MADE = "card.key_made"
    CARD_KEY_REVOKED = "card.key_revoked"
    SLIP_MADE = "slip.made"
    SLIP_SPENT = "slip.spent"
    SLIP_REFUSED = "slip.refused"
    MESSAGE_FAILED = "message.failed"
    MESSAGE_RETRIED = "message.retried"
    NOTICE_LINK_USED = "notice.link_used"
    IMPORT_BEGUN = "import.begun"
    IMPORT_DONE = "import.done"
    IMPORT_READ = "import.read"
    IMPORT_DISCARDED = "import.discarded"
    CENTRE_DIVISIONS_LOADED = "centre.divisions_loaded"
    CENTRE_OPENED = "centre.opened"
    CENTRE_CHANGED = "centre.changed"
    STATION_ADDED = "station.added"
    STATION_REVOKED = "station.revoked"
    STATION_GAP = "station.gap"
    STAFF_POSTED = "staff.posted"
    STAFF_POSTING_ENDED = "staff.posting_ended"
    STAFF_HAND_OVER_OFFERED = "staff.hand_over_offered"
    STAFF_HAND_OVER_ENDED = "staff.hand_over_ended"
    STAFF_ROLE_ASKED = "staff.role_asked"
    STAFF_ROLE_DECIDED = "staff.role_decided"
    STAFF_ROLE_ENDED = "staff.role_ended"
    STAFF_REFUSED = "staff.refused"
    FOUNDING_STARTED = "founding.started"
    FOUNDING_CODE_USED = "founding.code_used"
    FOUNDING_REFUSED = "founding.refused"
    FOUNDING_COMPLETED = "founding.completed"
    FOUNDING_STOPPED = "founding.stopped"
    PEOPLE_SEARCHED = "people.searched"
    PERSON_FOUND = "person.found"
    IDENTITY_ASKED = "identity.asked"
    IDENTITY_CHECKED = "identity.checked"
    ENGINE_CHANGED = "engine.changed"
    OBJECT_DAMAGED = "object.damaged"
    OBJECT_SWEPT = "object.swept"
    ENROLMENT_MOVED = "enrolment.moved"
    ENROLMENT_REFUSED = "enrolment.refused"
    ENROLMENT_STUCK = "enrolment.stuck"
    ENROLMENT_READ = "enrolment.read"
    ENROLMENT_SECTION_CHANGED = "enrolment.section_changed"
    ENROLMENT_CONSENTED = "enrolment.consented"
    ENROLMENT_CONSENT_WITHDRAWN = "enrolment.consent_withdrawn"
    ENROLMENT_EXCEPTION_NOTED = "enrolment.exception_noted"
    ENROLMENT_EXCEPTION_REMOVED = "enrolment.exception_removed"
    ENROLMENT_EXCEPTION_GRANTED = "enrolment.exception_granted"
    ENROLMENT_VOUCHED = "enrolment.vouched"
    ENROLMENT_CAPTURED = "enrolment.captured"
    ENROLMENT_MIXED_UP = "enrolment.mixed_up"
    ENROLMENT_CAPTURES_DROPPED = "enrolment.captures_dropped"
    ENROLMENT_SEARCHED = "enrolment.searched"
    ENROLMENT_TOLD = "enrolment.told"
    ENROLMENT_FORGOTTEN = "enrolment.forgotten"
    ENROLMENT_FACT_TOLD = "enrolment.fact_told"
    LIFE_ASKED = "life.asked"
    LIFE_DONE = "life.done"
    LIFE_DECLINED = "life.declined"
    LIFE_WITHDRAWN = "life.withdrawn"
    LIFE_REFUSED = "life.refused"
    CHILD_CALLED = "child.called"
    GUARDIAN_LINKED = "guardian.linked"
    ADJUDICATION_COMPARED = "adjudication.compared"
    ADJUDICATION_LOOKED = "adjudication.looked"
    ADJUDICATION_VOTED = "adjudication.voted"
    ABIS_ANSWERED = "abis.answered"
    KEY_CREATED = "key.created"
    KEY_DESTROYED = "key.destroyed"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One fact. References only: identifiers of our own, never a name, an address or a secret.

    `subscriber_id` is whom it concerns, `actor` who did it when that is somebody else (`operator`, `system`,
    a staff reference). Texts in `body` are cut at 200 characters and stripped of control characters.
    """

    event: Event
    subscriber_id: UUID | None = None
    client_id: str | None = None
    session_id: UUID | None = None
    actor: str | None = None
    body: Mapping[str, BodyValue] = field(default_factory=dict)

    def cleaned_body(self) -> dict[str, BodyValue]:
        """The body as it is stored: safe for a JSON line and for PostgreSQL."""
        return {name: _cleaned(value) for name, value in self.body.items()}


def _cleaned(value: BodyValue) -> BodyValue:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_text(item) for item in value[:50]]
    return value


def _text(value: str) -> str:
    cut = value[:MAX_TEXT]
    return cut if cut.isprintable() else _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", cut)
