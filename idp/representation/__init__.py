"""People who act for somebody else: mandates with limits and an end, agreed to by both, and seen by both.

Public names: `CARER`, `Acting`, `Invitation`, `Invited`, `Mandate`, `Mandates`, `Power`, `Side`.
"""

from idp.representation.acting import CARER, Acting
from idp.representation.invitations import Invitation, Invitations, Invited
from idp.representation.mandate import Mandate, Power, Side
from idp.representation.mandates import Mandates

__all__ = ["CARER", "Acting", "Invitation", "Invitations", "Invited", "Mandate", "Mandates", "Power", "Side"]
