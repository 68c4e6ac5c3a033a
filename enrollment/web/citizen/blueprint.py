"""The blueprint that every module of the citizens' pages registers its views on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["citizen"]

citizen = Blueprint("citizen", __name__)
