"""The adjudicators' floor: cases to decide, the workbench with its pictures, the votes, and what came of them.

Public name: `adjudicators` (blueprint). Each module registers the views of one group of pages on it.
"""

from enrollment.web.adjudicators import agreement, bench, listing, papers, pictures, voting
from enrollment.web.adjudicators.blueprint import adjudicators

__all__ = ["adjudicators", "agreement", "bench", "listing", "papers", "pictures", "voting"]
