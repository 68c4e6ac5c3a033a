"""The audit trail: a closed catalogue of events, written in the transaction of what they report.

Public names: `AuditEvent`, `Event`, `Trail`, `audit_operation`.
"""

from idp.audit.events import AuditEvent, Event
from idp.audit.trail import Trail, audit_operation

__all__ = ["AuditEvent", "Event", "Trail", "audit_operation"]
