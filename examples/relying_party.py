"""What both demo services need to let a person sign in with WanGov ID, on Authlib's Flask client.

Authorization code with S256 PKCE, state and nonce; the issuer of the answer is checked (RFC 9207), userinfo
must speak of the person of the ID token (OpenID Connect Core 5.3.2), sign-out goes through the provider
(RP-Initiated Logout 1.0). The browser holds a signed cookie with random values; tokens stay in this process.
"""

import functools
import hmac
import secrets
from collections.abc import Callable
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Blueprint, Flask, Response, abort, g, redirect, render_template, request, session, url_for
from joserfc.errors import JoseError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from examples.settings import DemoSettings
from examples.visits import Shelf, Visit

__all__ = ["ProviderError", "RelyingParty"]

PROVIDER_SECONDS = 10
OPEN_SIGN_INS = 5
# What a provider may answer in place of a code (RFC 6749 section 4.1.2.1, OpenID Connect Core 3.1.2.6).
ANSWERS = {
    "access_denied": "You chose not to continue. Nothing was shared with us.",
    "login_required": "WanGov ID could not sign you in without asking you something first.",
    "interaction_required": "WanGov ID could not sign you in without asking you something first.",
    "consent_required": "WanGov ID needs your agreement before it shares your details with us.",
    "temporarily_unavailable": "WanGov ID is busy. Wait a minute, then try again.",
    "server_error": "Something went wrong at WanGov ID. Nothing was shared with us.",
}
ProviderError = (AuthlibBaseError, JoseError, requests.RequestException, ValueError, KeyError, RuntimeError)


class RelyingParty:
    """The sign-in half of a demo service.

    `scope` and `claims` are what the service asks for; `home` is the endpoint shown after sign-in.
    The service's pages folder must hold `problem.html` and `signed_out.html`.
    """

    def __init__(self, app: Flask, settings: DemoSettings, *, scope: str, home: str, claims: str | None = None) -> None:
        self._settings = settings
        self._home = home
        self._claims = claims
        self._shelf = Shelf()
        oauth = OAuth(app, cache=self._shelf)
        self._client = oauth.register(
            name="wangov",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": scope,
                "code_challenge_method": "S256",
                "default_timeout": PROVIDER_SECONDS,
                "verify": settings.ca_file or True,
            },
        )
        app.secret_key = secrets.token_bytes(32)
        app.before_request(self._open)
        app.after_request(self._protect)
        app.context_processor(lambda: {"visit": g.visit, "form_token": _form_token})
        app.register_error_handler(HTTPException, _refused)
        app.register_blueprint(self._routes())

    def _routes(self) -> Blueprint:
        routes = Blueprint("relying_party", __name__)
        routes.add_url_rule("/login", view_func=self._login, endpoint="login")
        routes.add_url_rule("/callback", view_func=self._callback, endpoint="callback")
        routes.add_url_rule("/sign-out", view_func=self._sign_out, endpoint="sign_out", methods=["POST"])
        routes.add_url_rule("/signed-out", view_func=self._signed_out, endpoint="signed_out")
        return routes

    def _open(self) -> None:
        g.visit = self._shelf.visit(session.get("visit"))

    def _protect(self, response: Response) -> Response:
        # Signing out is a form whose answer is a redirect to the provider, so its origin is named here.
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {self._settings.issuer}"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    def signed_in_only(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Send people who are not signed in to WanGov ID first."""

        @functools.wraps(view)
        def guarded(*args: object, **kwargs: object) -> object:
            if g.visit is None:
                return redirect(url_for("relying_party.login"))
            return view(*args, **kwargs)

        return guarded

    def still_signed_in(self, visit: Visit) -> bool:
        """Read userinfo again and keep what is shared now; on a refusal forget the visit and say False."""
        answer = self._client.get(self._metadata()["userinfo_endpoint"], token=visit.token)
        if answer.status_code == requests.codes.unauthorized:
            self._end_visit()
            return False
        answer.raise_for_status()
        visit.shared = _about(visit.subject, answer.json())
        return True

    def refresh(self, visit: Visit) -> bool:
        """Spend the refresh token on new tokens and read userinfo again; on a refusal as above."""
        metadata = self._metadata()
        settings = self._settings
        with OAuth2Session(
            settings.client_id,
            settings.client_secret,
            default_timeout=PROVIDER_SECONDS,
            verify=settings.ca_file or True,
        ) as provider:
            try:
                token = provider.refresh_token(
                    metadata["token_endpoint"], refresh_token=visit.token.get("refresh_token")
                )
            except AuthlibBaseError:
                self._end_visit()
                return False
        visit.renew(token)
        return self.still_signed_in(visit)

    def is_own_form(self) -> bool:
        """True when the posted form came from one of this service's own pages."""
        return hmac.compare_digest(request.form.get("form_token", "").encode(), _form_token().encode())

    def problem(self, title: str, text: str, status: int) -> tuple[str, int]:
        """A plain page that says what happened, with a way on."""
        return render_template("problem.html", title=title, text=text), status

    def provider_problem(self) -> tuple[str, int]:
        """The page for a provider that did not answer, or not as it should."""
        return self.problem(
            "We could not reach WanGov ID",
            "The sign-in service did not answer as expected. Wait a minute, then try again.",
            502,
        )

    def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = self._client.load_server_metadata()
        if metadata.get("issuer") != self._settings.issuer:
            message = "discovery names another issuer"
            raise ValueError(message)
        return metadata

    def _login(self) -> Any:
        asked = {"claims": self._claims} if self._claims else {}
        _make_room()
        try:
            self._metadata()
            return self._client.authorize_redirect(self._settings.redirect_uri, **asked)
        except ProviderError:
            return self.provider_problem()

    def _callback(self) -> Any:
        state = request.args.get("state", "")
        known = self._client.framework.get_state_data(session, state) if state else None
        if known is None:
            return self._out_of_date()
        if request.args.get("iss") != self._settings.issuer:
            return self.provider_problem()
        if "error" in request.args:
            self._client.framework.clear_state_data(session, state)
            text = ANSWERS.get(request.args["error"], "WanGov ID did not accept this sign-in.")
            return self.problem("You are not signed in", text, 400)
        try:
            token = self._client.authorize_access_token()
            subject = token["userinfo"]["sub"]
            shared = _about(subject, self._client.userinfo(token=token))
        except ProviderError:
            return self.provider_problem()
        session.clear()
        session["visit"] = self._shelf.open(Visit(subject=subject, token=dict(token), shared=shared))
        return redirect(url_for(self._home))

    def _end_visit(self) -> None:
        self._shelf.forget(session.pop("visit", None))
        g.visit = None

    def _out_of_date(self) -> Any:
        """Back, a second tab, or a restart of this service: nothing is wrong, the answer was just used."""
        if g.visit is not None:
            return redirect(url_for(self._home))
        return self.problem(
            "This page is out of date",
            "This sign-in was already used or is too old. Start again from here.",
            400,
        )

    def _sign_out(self) -> AnyResponse:
        if not self.is_own_form():
            abort(400)
        visit: Visit | None = g.visit
        self._end_visit()
        session.clear()
        if visit is None:
            return redirect(url_for("relying_party.signed_out"))
        try:
            self._metadata()
            answer: AnyResponse = self._client.logout_redirect(
                post_logout_redirect_uri=self._settings.signed_out_uri,
                id_token_hint=visit.token.get("id_token"),
                client_id=self._settings.client_id,
            )
        except ProviderError:
            return redirect(url_for("relying_party.signed_out"))
        return answer

    def _signed_out(self) -> Any:
        if g.visit is not None:
            return redirect(url_for(self._home))
        state = request.args.get("state")
        everywhere = bool(state and self._client.framework.get_state_data(session, state))
        if everywhere:
            self._client.framework.clear_state_data(session, state)
        return render_template("signed_out.html", everywhere=everywhere)


def _about(subject: str, shared: dict[str, Any]) -> dict[str, Any]:
    if shared.get("sub") != subject:
        message = "userinfo speaks of another person"
        raise ValueError(message)
    return {name: value for name, value in shared.items() if name != "sub"}


def _make_room() -> None:
    """Keep the cookie small: only the newest unfinished sign-ins of this browser stay open."""
    parked = sorted((key for key in session if key.startswith("_state_")), key=lambda key: session[key]["exp"])
    for key in parked[:-OPEN_SIGN_INS]:
        del session[key]


def _form_token() -> str:
    token: str = session.setdefault("form_token", secrets.token_urlsafe(32))
    return token


def _refused(error: HTTPException) -> tuple[str, int]:
    titles = {
        404: "Page not found",
        405: "Page not found",
        413: "That was too long",
        500: "Something went wrong here",
    }
    title = titles.get(error.code or 500, "This page is out of date")
    return render_template("problem.html", title=title, text="Go back to the start and try again."), error.code or 500
