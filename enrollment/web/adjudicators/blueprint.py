"""The blueprint that every module of the adjudicators' pages registers its views on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["adjudicators"]

adjudicators = Blueprint("adjudicators", __name__)
