"""The pages of recovery and registration in their states, with made-up context."""

from datetime import UTC, datetime
from typing import Any

from tests.browser.preview.screen import Screen

READY = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
FORM: dict[str, Any] = {
    "action": "/preview/post",
    "send_action": "/preview/post",
    "stop_action": "/preview/post",
    "ways_url": "/preview/recover-ways",
    "signin_url": "/preview/password",
    "typed": "",
}
CODE: dict[str, Any] = {**FORM, "step": 1, "known": False, "wait": 0}
SENT = {"state": "waiting", "expires_at": READY}
KNOWN: dict[str, Any] = {**CODE, "step": 2, "known": True, "sent": SENT, "wait": 30}
NEXT: dict[str, Any] = {
    **FORM,
    "ways": ["app", "paper", "sms"],
    "addresses": {"sms": "01", "email": "a***@mail.example"},
    "ripe": False,
    "alone": "visit",
    "waits": True,
}
PASSWORD: dict[str, Any] = {
    **FORM,
    "account": "aminata.koroma",
    "losses": ["app", "passkeys", "paper"],
    "lost": ["app"],
    "level": 2,
    "level_kept": 2,
    "level_lost": 1,
}

RECOVERY_SCREENS: dict[str, Screen] = {
    "recover": Screen("recovery/start.html", {"case_url": None}),
    "recover-again": Screen("recovery/start.html", {"case_url": "/preview/recover-waiting"}),
    "recover-name": Screen("recovery/name.html", FORM),
    "recover-name-empty": Screen("recovery/name.html", {**FORM, "errors": [("contact", "contact_missing")]}, 400),
    "recover-name-sent": Screen("recovery/name_sent.html"),
    "recover-account": Screen("recovery/account.html", FORM),
    "recover-ways": Screen("recovery/ways.html", FORM),
    "recover-ways-none": Screen("recovery/ways.html", {**FORM, "errors": [("", "choice_missing")]}, 400),
    "recover-email": Screen("recovery/code.html", {**CODE, "kind": "email"}),
    "recover-sms-wrong": Screen(
        "recovery/code.html",
        {**CODE, "kind": "sms", "typed": "123 456", "errors": [("code", "message_code.wrong")]},
        400,
    ),
    "recover-email-known": Screen("recovery/code.html", {**KNOWN, "kind": "email", "address": "a***@mail.example"}),
    "recover-app": Screen("recovery/code.html", {**CODE, "step": 2, "kind": "app", "send_action": None}),
    "recover-paper": Screen("recovery/paper.html", {**FORM, "step": 1}),
    "recover-next": Screen("recovery/next.html", NEXT),
    "recover-next-bare": Screen("recovery/next.html", {**NEXT, "ways": [], "alone": "day", "waits": False}),
    "recover-next-week": Screen("recovery/next.html", {**NEXT, "ways": ["sms"], "alone": "week", "waits": True}),
    "recover-ripe": Screen("recovery/next.html", {**NEXT, "ways": ["email", "sms"], "ripe": True, "waits": False}),
    "recover-waiting": Screen("recovery/waiting.html", {**FORM, "ready_at": READY, "expires_at": LATER}),
    "recover-password": Screen("recovery/password.html", PASSWORD),
    "recover-password-short": Screen(
        "recovery/password.html",
        {**PASSWORD, "losses": [], "level_kept": 1, "errors": [("password", "password_short")]},
        400,
    ),
    "recover-done": Screen("recovery/done.html", FORM),
    "recover-unknown": Screen("recovery/over.html", {"why": "unknown"}, 400),
    "recover-stopped": Screen("recovery/over.html", {"why": "stopped"}, 409),
    "recover-expired": Screen("recovery/over.html", {"why": "expired"}, 409),
    "recover-changed": Screen("recovery/over.html", {"why": "changed"}, 409),
    "recover-locked": Screen("recovery/over.html", {"why": "locked", "until": READY}, 403),
    "recover-visit": Screen("recovery/visit.html", {"reference": "7KQM-2F9D"}),
    "recover-centre": Screen("recovery/visit.html", {"reference": None}),
    "recover-wait": Screen("recovery/wait.html", {"minutes": 12, "retry_url": "/preview/recover"}, 429),
    "register": Screen("registration/contact.html", {**FORM, "transaction": "", "begun_url": None}),
    "register-again": Screen(
        "registration/contact.html",
        {**FORM, "begun_url": "/preview/register-name", "typed": "x", "errors": [("contact", "contact_format")]},
        400,
    ),
    "register-code": Screen(
        "registration/code.html",
        {**FORM, "channel": "email", "address": "f***@mail.example", "again_url": "/preview/register"},
    ),
    "register-code-wrong": Screen(
        "registration/code.html",
        {
            **FORM,
            "channel": "sms",
            "address": "01",
            "again_url": "/preview/register",
            "errors": [("code", "message_code.wrong")],
        },
        400,
    ),
    "register-code-wait": Screen(
        "registration/code.html",
        {
            **FORM,
            "again_url": "/preview/register",
            "channel": "email",
            "address": "a…@people.example",
            "errors": [("", "contact_wait")],
            "minutes": 42,
        },
        429,
    ),
    "register-wait": Screen("registration/wait.html", {"minutes": 42, "retry_url": "/preview/register"}, 429),
    "register-name": Screen("registration/name.html", {**FORM, "given": "", "family": ""}),
    "register-account": Screen(
        "registration/account.html",
        {**FORM, "name_action": "/preview/post", "name": "Fatmata Kɔrɔma", "username": "fatmata.koroma"},
    ),
    "register-account-taken": Screen(
        "registration/account.html",
        {
            **FORM,
            "name_action": "/preview/post",
            "name": "Fatmata Kɔrɔma",
            "username": "fatmata",
            "errors": [("username", "subscriber.exists"), ("password", "password_short")],
        },
        400,
    ),
    "register-done": Screen(
        "registration/done.html",
        {
            "client": {"name": "Tax filing"},
            "username": "fatmata.koroma",
            "go_on_url": "/preview/password",
            "methods_url": "/preview/methods",
        },
    ),
    "register-over": Screen("registration/over.html", {"why": "unknown"}, 400),
    "register-taken": Screen("registration/over.html", {"why": "taken"}, 400),
}
