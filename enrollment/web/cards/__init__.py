"""Pages of cards: checked by anybody, made and printed by whoever they are of, printed by officers.

Public name: `card_pages` (blueprint). Each module registers the views of one group of pages on it.
"""

from enrollment.web.cards import checking, holding, printing
from enrollment.web.cards.blueprint import card_pages

__all__ = ["card_pages", "checking", "holding", "printing"]
