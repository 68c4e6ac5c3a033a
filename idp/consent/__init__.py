"""Consent: what a request would share, what a person granted to a client, and how it is taken back.

Public names: `Asked`, `Consent`, `Consents`, `Offer`, `OfferedField`, `Status`, `asked_claims`, `make_offer`.
"""

from idp.consent.decisions import Consents
from idp.consent.offer import Asked, Offer, OfferedField, asked_claims, make_offer
from idp.consent.record import Consent, Status

__all__ = [
    "Asked",
    "Consent",
    "Consents",
    "Offer",
    "OfferedField",
    "Status",
    "asked_claims",
    "make_offer",
]
