"""The blueprint that every module of these pages registers its views on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["importing"]

importing = Blueprint("importing", __name__)
