"""What stands before every view: size and kind of a form, its token, and who is signed in.

The form token (CSRF) belongs to the browser's cookie, not to a session, so that it holds before, during and
after a sign-in, and never times out: sign-in transactions have a time of their own.
"""

from __future__ import annotations

import hmac
from io import BytesIO
from typing import IO, Any, cast

from flask import Flask, Request, g, request
from flask import session as form_session
from flask.sessions import SessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.wrappers import Response

from idp.sessions import Session
from idp.web import cookies, language
from idp.web.extensions import db
from idp.web.rooms import directory, sessions

__all__ = ["current_session", "form_token", "install", "sessions"]

MAX_FORM_BYTES = 65_536
# The view that takes a file, and the size of its whole form in bytes.
FILE_FORMS = {
    "counter.capture": 10_200_000,
    "registrars.paper": 5_300_000,
    "importing.bring": 21_100_000,
    "signin.biometric": 5_100_000,
    "staff.look": 1_000_000,
    "staff.photograph": 5_300_000,
    "staff.put_blocks": 8_000_000,
    "staff.put_picture": 5_300_000,
    "staff.shown_exception": 5_300_000,
}
# Werkzeug reads a form with files in pieces of 64 kB, and holds a piece and what is left of the one before, a line end
# or the head of a part, against the limit of the fields.
_LEFT_OVER = 2_048
_FILES = "multipart/form-data"
_FORM = "application/x-www-form-urlencoded"
_TOKEN = "csrf_token"
# Views that other systems call with a bearer token: JSON, and no cookie counts.
TOKEN_POSTS = {"abis.ask": "enrollment.web.abis.asking.ask"}
# A gallery of a thousand names of 64 letters, however it is indented.
TOKEN_BYTES = 262_144
_JSON = "application/json"
# Posts that come from other sites' pages by specification; neither acts on the cookie alone.
FOREIGN_POSTS = ("idp.web.authorize.views.endpoint", "idp.web.authorize.logout_views.endpoint")


class _Request(Request):
    """A request whose files stay in memory: a face or a fingerprint never touches a disk."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        del total_content_length, content_type, filename, content_length  # Werkzeug's signature
        return BytesIO()


class _FormSession(dict[str, Any], SessionMixin):
    """Flask's session, of which only the form token is used; nothing of it is ever sent or stored."""


class _FormSessions(SessionInterface):
    """Derives the form token from the browser's cookie."""

    def open_session(self, app: Flask, request: Request) -> _FormSession:  # noqa: ARG002 - Flask's signature
        """What the browser's forms must carry; nothing where it has no cookie."""
        secret = cookies.browser()
        return _FormSession() if secret is None else _FormSession({_TOKEN: _token_of(secret)})

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing is saved: the browser's cookie is all there is."""


def install(app: Flask) -> None:
    """Guard every view of `app`. Comes before its blueprints."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    # Browsers that send no Referer would be locked out; the token is bound to a SameSite cookie.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    app.request_class = _Request
    app.session_interface = _FormSessions()
    app.before_request(_only_small_forms)
    app.before_request(_only_whole_forms)
    protection = CSRFProtect()
    protection.init_app(app)
    for view in (*FOREIGN_POSTS, *TOKEN_POSTS.values()):
        protection.exempt(view)
    app.jinja_env.globals["csrf_token"] = form_token
    app.context_processor(lambda: {"csrf_token": form_token})
    app.after_request(cookies.send_new_browser)


def form_token() -> str:
    """The token for the forms of this page."""
    form_session[_TOKEN] = _token_of(cookies.ensure_browser())
    return str(generate_csrf())


def current_session() -> Session | None:
    """The live session of this browser, looked up once a request.

    Pages speak the language of its person from here on. Commits what the look-up wrote (last use, or the end of a
    session that was over), so that nothing of it waits in the view's transaction; call it before the view writes.
    """
    if "wangov_session" not in g:
        g.wangov_session = found = sessions().find(cookies.session())
        person = None if found is None else directory().get(found.subscriber_id)
        db.session.commit()
        if person is not None:
            language.of_person(person.locale)
    return cast("Session | None", g.wangov_session)


def _only_small_forms() -> None:
    """Refuse by length and kind before anything is parsed."""
    if request.method != "POST":
        return
    most = TOKEN_BYTES if request.endpoint in TOKEN_POSTS else FILE_FORMS.get(request.endpoint or "")
    if (request.content_length or 0) > (most or MAX_FORM_BYTES):
        raise RequestEntityTooLarge
    if request.mimetype not in _kinds(request.endpoint or ""):
        raise UnsupportedMediaType
    if most:
        request.max_content_length = most
        request.max_form_memory_size = MAX_FORM_BYTES + _LEFT_OVER


def _kinds(view: str) -> set[str]:
    """What kinds of body the view takes."""
    if view in TOKEN_POSTS:
        return {_JSON}
    return {_FILES} if view in FILE_FORMS else {_FORM, ""}


def _only_whole_forms() -> None:
    """Read the form now: each server has errors of its own for a body that is cut off or badly chunked."""
    if request.method != "POST":
        return
    try:
        request.form  # noqa: B018 - reading it parses the body, and keeps what was parsed
    except HTTPException:
        raise
    except Exception as error:
        raise BadRequest from error


def _token_of(secret: str) -> str:
    return hmac.digest(secret.encode(), b"form token", "sha256").hex()
