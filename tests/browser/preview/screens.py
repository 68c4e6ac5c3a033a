"""Every page of the product in its states, with made-up context, by the name of the state."""

from datetime import UTC, date, datetime
from typing import Any

from tests.browser.preview.adjudication_screens import ADJUDICATION_SCREENS
from tests.browser.preview.booking_screens import BOOKING_SCREENS
from tests.browser.preview.capture_screens import CAPTURE_SCREENS
from tests.browser.preview.citizen_screens import CITIZEN_SCREENS
from tests.browser.preview.code_screens import CODE_SCREENS
from tests.browser.preview.counter_screens import COUNTER_SCREENS
from tests.browser.preview.figure_screens import FIGURE_SCREENS
from tests.browser.preview.helping_screens import HELPING_SCREENS
from tests.browser.preview.level_screens import LEVEL_SCREENS
from tests.browser.preview.life_screens import LIFE_SCREENS
from tests.browser.preview.managing_screens import MANAGING_SCREENS
from tests.browser.preview.notice_screens import NOTICE_SCREENS
from tests.browser.preview.officer_screens import OFFICER_SCREENS
from tests.browser.preview.passkey_screens import PASSKEY_SCREENS
from tests.browser.preview.record_screens import RECORD_SCREENS, SERVICES
from tests.browser.preview.recovery_screens import RECOVERY_SCREENS
from tests.browser.preview.screen import Screen
from tests.browser.preview.secret_screens import SECRET_SCREENS
from tests.browser.preview.standing_screens import STANDING_SCREENS

PLAIN_CLIENT: dict[str, Any] = {
    "name": "Tax filing",
    "logo_url": None,
    "home_url": "https://tax.example/",
    "policy_url": "https://tax.example/privacy",
    "terms_url": "https://tax.example/terms",
}
LONG_CLIENT: dict[str, Any] = {
    **PLAIN_CLIENT,
    "name": "Directorate for Agricultural Extension, Certification and Seed Distribution (Northern Province)",
}
GRANTED = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
ENDS = datetime(2027, 5, 3, 9, 30, tzinfo=UTC)
REFERENCE = "4f8a-91c2"
NEEDED = [
    {"name": "given_name", "value": "Aminata", "essential": True, "checked": True},
    {"name": "family_name", "value": "Example", "essential": True, "checked": True},
    {"name": "birthdate", "value": date(1990, 4, 27), "essential": True, "checked": True},
]
OPTIONAL = [
    {"name": "email", "value": "aminata@example.test", "essential": False, "checked": True},
    {"name": "phone_number", "value": None, "essential": False, "checked": False},
    {"name": "address", "value": ["12 Made-up Street", "Freetown"], "essential": False, "checked": False},
    {"name": "email_verified", "value": True, "essential": False, "checked": False},
    {"name": "gender", "value": "female", "essential": False, "checked": False},
    {"name": "locale", "value": "fr-FR", "essential": False, "checked": False},
    {"name": "zoneinfo", "value": "Africa/Freetown", "essential": False, "checked": False},
]
ASK = {
    "client": PLAIN_CLIENT,
    "purpose": "To file your yearly tax return in your name.",
    "person": "Aminata Example",
    "switch_action": "/preview/post",
    "fields": [*NEEDED, *OPTIONAL],
    "long_access": {"days": 90, "essential": False, "checked": False},
    "lasts_until": ENDS,
}


SIGN_IN = {"client": PLAIN_CLIENT, "back_url": "https://tax.example/"}

SCREENS: dict[str, Screen] = {
    "password": Screen("signin/password.html", {**SIGN_IN, "steps": 2}),
    "password-logo": Screen("signin/password.html", SIGN_IN, logo=True),
    "password-alone": Screen("signin/password.html"),
    "password-again": Screen("signin/password.html", {**SIGN_IN, "again": True, "identifier": "aminata"}),
    "password-ended": Screen("signin/password.html", {"notice": "session_ended"}),
    "password-restarted": Screen("signin/password.html", {**SIGN_IN, "notice": "restarted"}),
    "password-signed-out": Screen("signin/password.html", {"notice": "signed_out"}),
    "password-empty": Screen(
        "signin/password.html",
        {**SIGN_IN, "errors": [("identifier", "identifier_missing"), ("password", "password_missing")]},
        400,
    ),
    "password-wrong": Screen(
        "signin/password.html",
        {**SIGN_IN, "identifier": "aminata", "errors": [("identifier", "credentials_wrong"), ("password", "")]},
        400,
    ),
    "password-stale": Screen("signin/password.html", {**SIGN_IN, "errors": [("", "form_expired")]}, 400),
    "password-long-names": Screen("signin/password.html", {**SIGN_IN, "client": LONG_CLIENT, "identifier": "a" * 120}),
    "code": Screen("signin/code.html", {**SIGN_IN, "account": "aminata", "restart_action": "/preview/post"}),
    "code-wrong": Screen(
        "signin/code.html",
        {**SIGN_IN, "restart_action": "/preview/post", "errors": [("code", "code_wrong")]},
        400,
    ),
    "expired": Screen("signin/expired.html", {**SIGN_IN, "restart_url": "/preview/password"}, 400),
    "expired-lost": Screen("signin/expired.html", {}, 400),
    "cookies": Screen("signin/cookies.html", SIGN_IN, 400),
    "cookies-alone": Screen("signin/cookies.html", {"retry_url": "/preview/password"}, 400),
    "throttled": Screen(
        "signin/throttled.html",
        {
            **SIGN_IN,
            "kind": "password",
            "minutes": 5,
            "retry_url": "/preview/password",
            "reference": REFERENCE,
        },
        429,
    ),
    "throttled-code": Screen("signin/throttled.html", {**SIGN_IN, "kind": "code", "minutes": 1}, 429),
    "throttled-place": Screen("signin/throttled.html", {"kind": "place", "minutes": 2}, 429),
    "already": Screen("signin/already.html", {"client": PLAIN_CLIENT, "continue_url": "/preview/code"}, 409),
    "busy": Screen(
        "signin/busy.html",
        {"client": PLAIN_CLIENT, "retry_url": "/preview/password", "seconds": 5, "reference": REFERENCE},
        503,
    ),
    "consent": Screen("consent/ask.html", ASK, logo=True),
    "consent-needed-only": Screen(
        "consent/ask.html", {**ASK, "fields": NEEDED, "long_access": None, "lasts_until": None}
    ),
    "consent-optional-only": Screen("consent/ask.html", {**ASK, "fields": OPTIONAL, "subject_kind": "public"}),
    "consent-nothing": Screen(
        "consent/ask.html",
        {**ASK, "fields": [], "purpose": None, "long_access": {"days": 90, "essential": True}},
    ),
    "consent-undecided": Screen("consent/ask.html", {**ASK, "errors": [("", "decision_missing")]}, 400),
    "consent-long-names": Screen(
        "consent/ask.html",
        {
            **ASK,
            "client": LONG_CLIENT,
            "fields": [{"name": "land_register_reference", "value": "X" * 90, "essential": True}],
        },
    ),
    "account": Screen(
        "account/home.html",
        {"person": "Aminata Example", "signed_in_at": GRANTED, "sign_out_action": "/preview/post"},
    ),
    "account-kept": Screen(
        "account/home.html",
        {"person": "Aminata Example", "kept": True, "sign_out_action": "/preview/post"},
    ),
    "withdraw": Screen("account/withdraw.html", {"service": SERVICES[0]}),
    "withdraw-reference": Screen("account/withdraw.html", {"service": SERVICES[1]}),
    "logout-confirm": Screen(
        "logout/confirm.html",
        {
            "client": PLAIN_CLIENT,
            "person": "Aminata Example",
            "services": ["Tax filing", "Clinic appointments"],
        },
    ),
    "logout-confirm-alone": Screen("logout/confirm.html"),
    "logout-done": Screen(
        "logout/done.html",
        {
            "client": PLAIN_CLIENT,
            "back_url": "https://tax.example/",
            "services": [
                {"name": "Tax filing", "told": True},
                {"name": "Clinic appointments", "told": False},
                {"name": "Land register", "told": None},
            ],
        },
    ),
    "logout-done-alone": Screen("logout/done.html"),
    "stopped-redirect": Screen(
        "authorize/stopped.html",
        {
            "reason": "redirect_mismatch",
            "reference": REFERENCE,
            "oauth_error": "invalid_request",
            "oauth_detail": "redirect_uri is not one that is registered for this client.",
        },
        400,
    ),
    "stopped-used": Screen(
        "authorize/stopped.html",
        {
            "reason": "request_used",
            "reference": REFERENCE,
            "client": PLAIN_CLIENT,
            "back_url": "https://tax.example/",
        },
        400,
    ),
    "home": Screen("home.html"),
    "home-demo": Screen(
        "home.html",
        {
            "signed_in": "Aminata Example",
            "demo": {
                "people": [
                    {
                        "name": "Aminata Example",
                        "identifier": "aminata",
                        "password": "made-up pass phrase",
                        "code": "123 456",
                        "code_seconds": 17,
                        "what": "Has an authenticator app, so a code is asked for.",
                    },
                    {
                        "name": "Mohamed Example",
                        "identifier": "mohamed",
                        "password": "another pass phrase",
                        "code": None,
                        "what": "Has a password alone.",
                    },
                ],
                "services": [
                    {"name": "Tax filing", "url": "https://tax.example/", "what": "sign in here first"},
                    {
                        "name": "Clinic appointments",
                        "url": "https://clinic.example/",
                        "what": "then here, without a password",
                    },
                ],
            },
        },
    ),
    "help": Screen("help.html"),
    "text-size": Screen("text_size.html", {"sizes": ["normal", "large", "larger"], "size": "large", "saved": True}),
    "privacy": Screen("privacy.html"),
    "accessibility": Screen("accessibility.html"),
}
STOPPED_REASONS = (
    "client_missing",
    "client_unknown",
    "client_disabled",
    "redirect_missing",
    "request_invalid",
    "request_too_long",
    "request_expired",
)
SCREENS |= {
    f"stopped-{reason.replace('_', '-')}": Screen(
        "authorize/stopped.html", {"reason": reason, "reference": REFERENCE}, 400
    )
    for reason in STOPPED_REASONS
}
SCREENS |= {
    f"error-{status}": Screen("errors/error.html", {"status": status, "reference": REFERENCE}, status)
    for status in (400, 403, 404, 405, 409, 413, 414, 415, 418, 421, 500)
}
SCREENS |= {
    "error-429": Screen("errors/error.html", {"status": 429, "minutes": 2, "reference": REFERENCE}, 429),
    "error-503": Screen(
        "errors/error.html",
        {"status": 503, "retry_url": "/preview/home", "reference": REFERENCE, **SIGN_IN},
        503,
    ),
}
SCREENS |= RECORD_SCREENS
SCREENS |= HELPING_SCREENS
SCREENS |= CODE_SCREENS
SCREENS |= PASSKEY_SCREENS
SCREENS |= LEVEL_SCREENS
SCREENS |= SECRET_SCREENS
SCREENS |= NOTICE_SCREENS
SCREENS |= RECOVERY_SCREENS
SCREENS |= OFFICER_SCREENS
SCREENS |= LIFE_SCREENS
SCREENS |= STANDING_SCREENS
SCREENS |= MANAGING_SCREENS
SCREENS |= FIGURE_SCREENS
SCREENS |= COUNTER_SCREENS
SCREENS |= CAPTURE_SCREENS
SCREENS |= ADJUDICATION_SCREENS
SCREENS |= CITIZEN_SCREENS
SCREENS |= BOOKING_SCREENS
