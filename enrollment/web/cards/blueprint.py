"""The blueprint that every module of the pages of cards registers its views on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["card_pages"]

card_pages = Blueprint("cards", __name__)
