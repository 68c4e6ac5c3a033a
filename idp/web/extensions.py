"""Flask extensions, made without an app; `wsgi.create_app` binds them."""

from __future__ import annotations

from typing import cast

from flask import current_app
from flask_sqlalchemy import SQLAlchemy

from idp.database import Base
from idp.web.services import Services

__all__ = ["db", "services"]

db = SQLAlchemy(model_class=Base)


def services() -> Services:
    """The services of the running app."""
    return cast("Services", current_app.extensions["wangov"])
