"""The blueprint that every module of this interface registers its views on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["abis"]

abis = Blueprint("abis", __name__, url_prefix="/abis/v1")
