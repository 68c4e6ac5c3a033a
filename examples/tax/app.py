"""The tax filing service: a start page, a return filled in from what was shared, a second look at it."""

import json
from typing import Any

from flask import Flask, abort, g, redirect, render_template, url_for

from examples.relying_party import ProviderError, RelyingParty
from examples.settings import DemoSettings

__all__ = ["create_app"]

SCOPE = "openid offline_access"
# What a return cannot do without, and what makes it easier; a scope would ask for more than either.
NEEDED, WELCOME = ("name", "birthdate"), ("email", "phone_number", "address")
CLAIMS = json.dumps({"userinfo": {name: {"essential": True} for name in NEEDED} | dict.fromkeys(WELCOME)})
LABELS = {
    "name": "Full name",
    "birthdate": "Date of birth",
    "email": "Email",
    "phone_number": "Phone",
    "address": "Address",
}
# An address names its country by its code (ISO 3166-1); a tax office writes out the one it serves.
COUNTRIES = {"SL": "Sierra Leone"}
# An invented return, in whole leones.
INCOME, TAXED_FREE, RATE_PERCENT, WITHHELD = 84_000, 7_200, 15, 9_800


def create_app(settings: DemoSettings) -> Flask:
    """Build the service for one registration at WanGov ID."""
    app = Flask(__name__, template_folder="pages")
    app.config.update(SESSION_COOKIE_NAME="tax_session", SESSION_COOKIE_SAMESITE="Lax", MAX_CONTENT_LENGTH=16 * 1024)
    party = RelyingParty(app, settings, scope=SCOPE, home="tax_return", claims=CLAIMS)

    @app.get("/")
    def start() -> str:
        return render_template("start.html")

    @app.get("/return")
    @party.signed_in_only
    def tax_return() -> str:
        due = (INCOME - TAXED_FREE) * RATE_PERCENT // 100
        return render_template(
            "return.html",
            details=[(label, shown(g.visit.shared.get(name))) for name, label in LABELS.items()],
            figures=[
                ("Income reported by your employer", INCOME),
                ("Tax-free allowance", -TAXED_FREE),
                (f"Tax at {RATE_PERCENT} %", due),
                ("Already paid by your employer", -WITHHELD),
            ],
            to_pay=due - WITHHELD,
        )

    @app.post("/read-again")
    @party.signed_in_only
    def read_again() -> Any:
        if not party.is_own_form():
            abort(400)
        try:
            held = party.refresh(g.visit)
        except ProviderError:
            return party.provider_problem()
        if held:
            return redirect(url_for("tax_return", updated=1))
        return party.problem(
            "Your sign-in has ended",
            "WanGov ID no longer shares your details with us: you signed out there, or took your agreement back.",
            401,
        )

    return app


def shown(value: object) -> str | None:
    """A claim as a person reads it; None when it was not shared."""
    if isinstance(value, dict):
        parts = ("street_address", "locality", "region", "postal_code", "country")
        named = value | {"country": COUNTRIES.get(str(value.get("country")), value.get("country"))}
        return value.get("formatted") or ", ".join(str(named[part]) for part in parts if named.get(part)) or None
    return str(value) if value else None
