"""How large text is shown: a choice kept in a cookie of this browser, for every page, without scripts."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, current_app, request

__all__ = ["SIZES", "current", "install", "remember"]

NORMAL = "normal"
SIZES = (NORMAL, "large", "larger")
COOKIE = "wangov_text"
COOKIE_SECONDS = 365 * 24 * 3600
_EXTENSION = "wangov_text_size"


@dataclass(frozen=True, slots=True)
class _Installed:
    cookie: str
    secure: bool


def install(app: Flask, *, secure_cookie: bool) -> None:
    """Let the pages of `app` ask for the size, by the Jinja name `text_size`."""
    name = f"__Host-{COOKIE}" if secure_cookie else COOKIE
    app.extensions[_EXTENSION] = _Installed(name, secure_cookie)
    app.jinja_env.globals["text_size"] = current


def current() -> str:
    """One of `SIZES`."""
    asked = request.cookies.get(_installed().cookie, NORMAL)
    return asked if asked in SIZES else NORMAL


def remember(response: Response, size: str) -> None:
    """Keep the choice for a year; the normal size needs no cookie. Raises ValueError for anything else."""
    if size not in SIZES:
        raise ValueError(size)
    held = _installed()
    if size == NORMAL:
        response.delete_cookie(held.cookie, path="/", secure=held.secure, httponly=True, samesite="Lax")
        return
    response.set_cookie(
        held.cookie, size, max_age=COOKIE_SECONDS, secure=held.secure, httponly=True, samesite="Lax", path="/"
    )


def _installed() -> _Installed:
    held: _Installed = current_app.extensions[_EXTENSION]
    return held
