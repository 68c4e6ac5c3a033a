"""Messages to people, written with the change they tell of and delivered later by a worker.

Public names: `Channel`, `Message`, `Outbox`, `SmsBudget`.
"""

from idp.outbox.budget import SmsBudget
from idp.outbox.message import Channel, Message
from idp.outbox.outbox import Outbox

__all__ = ["Channel", "Message", "Outbox", "SmsBudget"]
