"""The blueprint that the views of searches are registered on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["people"]

people = Blueprint("people", __name__)
