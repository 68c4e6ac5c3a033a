"""The closed catalogue of notices. Each has a page `templates/mail/<value>.txt`, for mail and for text messages."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["CODES", "LINKED", "LinkKind", "Notice"]


class Notice(StrEnum):
    """Everything that people are ever told outside of a page."""

    NEW_DEVICE = "new_device"
    PASSWORD_CHANGED = "password_changed"
    METHOD_ADDED = "method_added"
    METHOD_REMOVED = "method_removed"
    PASSKEY_COPIED = "passkey_copied"
    RECOVERY_STARTED = "recovery_started"
    RECOVERY_WAITS = "recovery_waits"
    RECOVERY_READY = "recovery_ready"
    RECOVERY_DONE = "recovery_done"
    CONTACT_CHANGED = "contact_changed"
    CONTACT_REMOVED = "contact_removed"
    CONTACT_UNDONE = "contact_undone"
    CLOSING_ASKED = "closing_asked"
    CLOSING_STOPPED = "closing_stopped"
    CLOSED = "closed"
    RECORD_ERASED = "record_erased"
    MANDATE_PROPOSED = "mandate_proposed"
    MANDATE_AGREED = "mandate_agreed"
    MANDATE_ENDED = "mandate_ended"
    EXPORT_READY = "export_ready"
    CODE = "code"
    REGISTRATION_CODE = "registration_code"
    WELCOME = "welcome"
    ALREADY_REGISTERED = "already_registered"
    USERNAME_REMINDER = "username_reminder"
    GUESSING = "guessing"
    CORRECTION_DECIDED = "correction_decided"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    APPLICATION = "application"
    APPOINTMENT = "appointment"
    LIFE_EVENT = "life_event"
    COME_AGAIN = "come_again"


class LinkKind(StrEnum):
    """What the link of a notice does."""

    NOT_ME = "not_me"
    STOP_RECOVERY = "stop_recovery"
    STOP_CONTACT_CHANGE = "stop_contact_change"
    STOP_CLOSING = "stop_closing"
    REMOVE_METHOD = "remove_method"
    GO_ON_RECOVERY = "go_on_recovery"


# Notices that hold a code: never kept once sent, never sent once it has expired.
CODES = frozenset({Notice.CODE, Notice.REGISTRATION_CODE})
# The link that a notice must carry (parameter `link`).
LINKED = {
    Notice.NEW_DEVICE: LinkKind.NOT_ME,
    Notice.METHOD_ADDED: LinkKind.REMOVE_METHOD,
    Notice.RECOVERY_STARTED: LinkKind.STOP_RECOVERY,
    Notice.RECOVERY_WAITS: LinkKind.STOP_RECOVERY,
    Notice.RECOVERY_READY: LinkKind.GO_ON_RECOVERY,
    Notice.CONTACT_CHANGED: LinkKind.STOP_CONTACT_CHANGE,
    Notice.CONTACT_REMOVED: LinkKind.STOP_CONTACT_CHANGE,
    Notice.CLOSING_ASKED: LinkKind.STOP_CLOSING,
}
