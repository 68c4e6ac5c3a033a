"""The blueprint that every module of the account pages registers its views on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["account"]

account = Blueprint("account", __name__)
