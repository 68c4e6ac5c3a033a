"""What people are told about their account, at every address they have, and the links that answer such a notice.

Public names: `Contact`, `LinkKind`, `Links`, `Notice`, `Notices`, `SecurityLink`, `Told`, `verified_contacts`.
"""

from idp.notices.catalogue import LinkKind, Notice
from idp.notices.links import Links, SecurityLink
from idp.notices.notices import Contact, Notices, Told, verified_contacts

__all__ = ["Contact", "LinkKind", "Links", "Notice", "Notices", "SecurityLink", "Told", "verified_contacts"]
