"""The card: a signed QR code (claim 169) with a small picture, its keys, and the list of cards that are not good.

Public names: `Asked`, `Card`, `CardKeys`, `CardLists`, `Cards`, `Checked`, `Reason`, `Standings`, `check`,
`forget_cards`.
"""

from enrollment.card.cards import Asked, Card, Cards, forget_cards
from enrollment.card.checking import Checked, Reason, check
from enrollment.card.keys import CardKeys
from enrollment.card.listing import CardLists
from enrollment.card.standing import Standings

__all__ = [
    "Asked",
    "Card",
    "CardKeys",
    "CardLists",
    "Cards",
    "Checked",
    "Reason",
    "Standings",
    "check",
    "forget_cards",
]
