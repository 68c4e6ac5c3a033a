"""The three cookies: which browser, which session, which known device. None is readable by a script.

Under https their names begin with `__Host-`, which binds them to this host and to `Path=/` (RFC 6265bis
4.1.3.2).
"""

from __future__ import annotations

from flask import g, request
from werkzeug.wrappers import Response

from idp.entropy import SecretKind, has_kind
from idp.web.extensions import services

__all__ = [
    "browser",
    "clear_session",
    "device",
    "ensure_browser",
    "send_new_browser",
    "session",
    "session_name",
    "set_browser",
    "set_device",
    "set_session",
]

BROWSER = "wangov_browser"
SESSION = "wangov_session"
DEVICE = "wangov_device"
DEVICE_SECONDS = 365 * 24 * 3600


def browser() -> str | None:
    """The browser's secret, which sign-in transactions and form tokens are bound to; None before it has one."""
    held = request.cookies.get(_name(BROWSER))
    return held if held is not None and has_kind(SecretKind.BROWSER, held) else None


def ensure_browser() -> str:
    """The browser's secret; a new one leaves with this response where there was none."""
    known = browser() or g.get("wangov_new_browser")
    if known is None:
        known = g.wangov_new_browser = services().entropy.secret(SecretKind.BROWSER)
    return str(known)


def send_new_browser(response: Response) -> Response:
    """After the view: send a secret that `ensure_browser` made."""
    made = g.get("wangov_new_browser")
    if made is not None:
        set_browser(response, made)
    return response


def set_browser(response: Response, secret: str, max_age: int | None = None) -> None:
    """Send the browser's secret; it ends with the browser, or after `max_age` seconds where a wait is bound to it."""
    _set(response, BROWSER, secret, max_age)


def session() -> str | None:
    """The session's secret as sent; nothing is known of it yet."""
    return request.cookies.get(_name(SESSION))


def set_session(response: Response, secret: str) -> None:
    """Send a session's new secret; it ends with the browser."""
    _set(response, SESSION, secret)


def clear_session(response: Response) -> None:
    """Take the session's secret back."""
    response.delete_cookie(_name(SESSION), path="/", secure=services().options.secure, httponly=True, samesite="Lax")


def device() -> str | None:
    """What a known device sent."""
    return request.cookies.get(_name(DEVICE))


def set_device(response: Response, value: str) -> None:
    """Send what makes this device known for a year."""
    _set(response, DEVICE, value, DEVICE_SECONDS)


def session_name(*, secure: bool) -> str:
    """The name under which the session's secret is sent."""
    return _prefixed(SESSION, secure=secure)


def _name(name: str) -> str:
    return _prefixed(name, secure=services().options.secure)


def _prefixed(name: str, *, secure: bool) -> str:
    return f"__Host-{name}" if secure else name


def _set(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    response.set_cookie(
        _name(name),
        value,
        max_age=max_age,
        path="/",
        secure=services().options.secure,
        httponly=True,
        samesite="Lax",
    )
