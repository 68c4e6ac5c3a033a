"""The blueprint that the views of the dashboards are registered on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["statistics"]

statistics = Blueprint("statistics", __name__)
