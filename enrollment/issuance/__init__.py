"""Issuance: a case ends with a number, a person, an account and a slip; whoever holds the slip claims the account.

Public names: `AcceptedCase`, `Claimed`, `Claiming`, `GalleryEntries`, `Issuance`, `Issued`, `Means`, `Parts`,
`Rooms`, `Slip`, `Slips`.
"""

from enrollment.issuance.claiming import Claimed, Claiming
from enrollment.issuance.issue import AcceptedCase, GalleryEntries, Issuance, Issued, Parts
from enrollment.issuance.rooms import Means, Rooms
from enrollment.issuance.slips import Slip, Slips

__all__ = [
    "AcceptedCase",
    "Claimed",
    "Claiming",
    "GalleryEntries",
    "Issuance",
    "Issued",
    "Means",
    "Parts",
    "Rooms",
    "Slip",
    "Slips",
]
