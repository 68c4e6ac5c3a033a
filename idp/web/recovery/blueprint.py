"""The blueprint that every module of the recovery pages registers its views on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["recovery"]

recovery = Blueprint("recovery", __name__)
