"""Sessions: a browser that stays signed in, its limits, and the devices a person is known on.

Public names: `Device`, `Devices`, `EndReason`, `Session`, `SessionPolicy`, `SessionStart`, `Sessions`, `Started`.
"""

from idp.sessions.devices import Device, Devices
from idp.sessions.session import EndReason, Session, SessionPolicy
from idp.sessions.store import Sessions, SessionStart, Started

__all__ = ["Device", "Devices", "EndReason", "Session", "SessionPolicy", "SessionStart", "Sessions", "Started"]
