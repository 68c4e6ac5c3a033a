"""Furnishes the Flask app: headers, languages, CSRF, pages, health and metrics, error pages."""

from __future__ import annotations

from pathlib import Path

import structlog
from flask import Flask
from flask_wtf.csrf import CSRFError

from idp.web import error_pages, guards, headers, home, language, naming, observation, text_size
from idp.web.account import account
from idp.web.authorize import authorize, logout
from idp.web.consent import consent
from idp.web.health import health
from idp.web.notice import notice
from idp.web.recovery import recovery
from idp.web.registration import registration
from idp.web.services import Services
from idp.web.signin import signin
from idp.web.signin.pages import form_refused

__all__ = ["install"]

# Reading these addresses parks, issues or ends something: HEAD, which scanners and previews send, is not served.
ACTING = frozenset({"authorize", "logout", "signin", "consent"})
# Where nobody is served for real.
TRIED_OUT = frozenset({"development", "test"})
_log = structlog.get_logger(__name__)


def install(app: Flask, services: Services, *, languages: list[str]) -> None:
    """Register everything a browser meets."""
    options = services.options
    app.config["LANGUAGES"] = languages
    language.install(
        app,
        translations=Path(app.root_path) / "translations",
        timezone="Africa/Freetown",
        secure_cookie=options.secure,
    )
    text_size.install(app, secure_cookie=options.secure)
    headers.install(app, policy=headers.policy_for(options.issuer), nonce=lambda: services.entropy.bytes(16).hex())
    observation.install(app)
    guards.install(app)
    error_pages.install(app)
    app.register_error_handler(CSRFError, form_refused)
    naming.install(app)
    _tell_whom_to_ask(app, services)
    for blueprint in (authorize, logout, signin, consent, account, notice, recovery, registration, health, home.home):
        app.register_blueprint(blueprint)
    for rule in app.url_map.iter_rules():
        if rule.methods is not None and rule.endpoint.partition(".")[0] in ACTING:
            rule.methods.discard("HEAD")


def _tell_whom_to_ask(app: Flask, services: Services) -> None:
    """Whom people can turn to, for every page that may be the last one somebody sees."""
    options = services.options
    app.jinja_env.globals.update(help_contact=options.help_contact, demonstration=options.development)
    if not options.help_contact and options.environment not in TRIED_OUT:
        _log.warning("nobody_to_turn_to", setting="WANGOV_HELP_CONTACT")
