"""The blueprint that every module of the staff's pages registers its views on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["staff"]

staff = Blueprint("staff", __name__)
