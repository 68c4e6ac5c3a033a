"""The blueprint that every module of these pages registers its views on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["records"]

records = Blueprint("records", __name__)
