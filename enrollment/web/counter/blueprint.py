"""The blueprint that the counter's views are registered on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["counter"]

counter = Blueprint("counter", __name__)
