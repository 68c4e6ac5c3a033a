"""The blueprint that every module of these pages registers its views on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["registrars"]

registrars = Blueprint("registrars", __name__)
