"""The clinic: the signed-in person's next appointments, as long as the sign-in at WanGov ID holds."""

import datetime as dt
import hashlib
import json
from typing import Any

from flask import Flask, g, redirect, render_template, url_for

from examples.relying_party import ProviderError, RelyingParty
from examples.settings import DemoSettings

__all__ = ["create_app"]

SCOPE = "openid"
# Only what a clinic needs, by name; a scope would ask for a dozen things more.
CLAIMS = json.dumps({"userinfo": {"name": {"essential": True}, "phone_number": None}})
VISITS = (
    ("General check-up", "Dr Koroma's room, ground floor"),
    ("Blood pressure", "Nurses' station, first floor"),
    ("Eye test", "Room 12, second floor"),
    ("Vaccination", "Room 3, ground floor"),
    ("Dentist", "Room 20, second floor"),
)
HOURS = ("08:30", "09:15", "10:45", "13:30", "15:00")


def create_app(settings: DemoSettings) -> Flask:
    """Build the service for one registration at WanGov ID."""
    app = Flask(__name__, template_folder="pages")
    app.config.update(SESSION_COOKIE_NAME="clinic_session", SESSION_COOKIE_SAMESITE="Lax", MAX_CONTENT_LENGTH=16 * 1024)
    party = RelyingParty(app, settings, scope=SCOPE, home="appointments", claims=CLAIMS)

    @app.get("/")
    def start() -> str:
        return render_template("start.html")

    @app.get("/appointments")
    @party.signed_in_only
    def appointments() -> Any:
        visit = g.visit
        if visit.is_stale:
            return redirect(url_for("relying_party.login"))
        try:
            held = party.still_signed_in(visit)
        except ProviderError:
            return party.provider_problem()
        if not held:
            return party.problem(
                "Your sign-in has ended",
                "You signed out of WanGov ID at another service. Sign in to see your appointments.",
                401,
            )
        today = dt.datetime.now(dt.UTC).date()
        return render_template("appointments.html", appointments=booked(visit.subject, today), person=visit.shared)

    return app


def booked(subject: str, today: dt.date) -> list[tuple[dt.date, str, str, str]]:
    """Three invented appointments of a person (day, hour, what, where), always ahead."""
    lots = hashlib.sha256(subject.encode()).digest()
    first = lots[0] % len(VISITS)
    days = (2 + lots[1] % 5, 12 + lots[2] % 7, 33 + lots[3] % 20)
    return [
        (
            today + dt.timedelta(days=days[turn]),
            HOURS[lots[4 + turn] % len(HOURS)],
            *VISITS[(first + turn) % len(VISITS)],
        )
        for turn in range(3)
    ]
