"""Issuance: a case ends with a number, a person, an account and a slip; whoever holds the slip claims the account.

Public names: `AcceptedCase`, `Claimed`, `Claiming`, `Conditions`, `GalleryEntries`, `Issuance`, `Issued`, `Issuing`,
`KnownCase`, `Means`, `Parts`, `Renewal`, `Rooms`, `Slip`, `Slips`, `Written`.
"""

from enrollment.issuance.chain import Issuing, Written
from enrollment.issuance.claiming import Claimed, Claiming
from enrollment.issuance.conditions import Conditions
from enrollment.issuance.issue import AcceptedCase, GalleryEntries, Issuance, Issued, Parts
from enrollment.issuance.renewal import KnownCase, Renewal
from enrollment.issuance.rooms import Means, Rooms
from enrollment.issuance.slips import Slip, Slips

__all__ = [
    "AcceptedCase",
    "Claimed",
    "Claiming",
    "Conditions",
    "GalleryEntries",
    "Issuance",
    "Issued",
    "Issuing",
    "KnownCase",
    "Means",
    "Parts",
    "Renewal",
    "Rooms",
    "Slip",
    "Slips",
    "Written",
]
