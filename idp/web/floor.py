"""Furnishes the Flask app: headers, languages, CSRF, pages, health and metrics, error pages."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from idp.web import error_pages, guards, headers, home, language, observation
from idp.web.account import account
from idp.web.authorize import authorize, logout
from idp.web.consent import consent
from idp.web.health import health
from idp.web.services import Services
from idp.web.signin import signin

__all__ = ["install"]

# Reading these addresses parks, issues or ends something: HEAD, which scanners and previews send, is not served.
ACTING = frozenset({"authorize", "logout", "signin", "consent"})


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
    headers.install(app, policy=headers.policy_for(options.issuer), nonce=lambda: services.entropy.bytes(16).hex())
    observation.install(app)
    guards.install(app)
    error_pages.install(app)
    for blueprint in (authorize, logout, signin, consent, account, health, home.home):
        app.register_blueprint(blueprint)
    for rule in app.url_map.iter_rules():
        if rule.methods is not None and rule.endpoint.partition(".")[0] in ACTING:
            rule.methods.discard("HEAD")
