"""The pages of codes in their states, with made-up context: ways to sign in, apps, printed codes, codes by message."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from idp.web.account.qr import qr_code
from tests.browser.preview.screen import Screen

MADE = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
USED = datetime(2026, 11, 20, 18, 5, tzinfo=UTC)
KEY = ["ABCD", "EFGH", "IJKL", "MNOP", "QRST", "UVWX", "YZ23", "4567"]
URI = f"otpauth://totp/WanGov%20ID:aminata?secret={''.join(KEY)}&issuer=WanGov%20ID"
CODES = [f"{number}KQM-2F9D-XW3{'ABCDEFGHJK'[number]}" for number in range(10)]
PAGES = {"action": "/preview/post", "methods_url": "/preview/methods", "codes_url": "/preview/recovery-codes"}
APP: dict[str, Any] = {"name": "My old phone", "added_at": MADE, "used_at": USED, "remove_url": "/preview/totp-remove"}
PAPER = {"added_at": MADE, "left": 8}
METHODS: dict[str, Any] = {
    "password": {"added_at": MADE},
    "passkeys": [{"name": "Office key", "added_at": MADE, "used_at": None}],
    "generators": [APP, {**APP, "name": "", "used_at": None}],
    "recovery": PAPER,
    "contacts": {"email": "a***@mail.example", "sms": "01"},
    "gaps": set(),
    "few": 3,
    "all_codes": 10,
    "add_totp_url": "/preview/totp",
    "codes_url": "/preview/recovery-codes",
}
BARE: dict[str, Any] = {
    **METHODS,
    "passkeys": [],
    "generators": [],
    "recovery": None,
    "contacts": {},
    "gaps": {"second_step", "level", "way_back"},
}
GENERATOR = SimpleNamespace(name="My old phone", created_at=MADE, used_at=USED)
ALL_LOSSES = ["way_in", "second_step", "level", "way_back"]
MESSAGE: dict[str, Any] = {
    "client": {"name": "Tax filing", "logo_url": None, "home_url": "https://tax.example/"},
    "back_url": "https://tax.example/",
    "action": "/preview/post",
    "send_action": "/preview/post",
    "step_url": "/preview/sms",
    "ways_url": "/preview/sms",
    "restart_action": "/preview/post",
    "account": "aminata",
    "by": "sms",
    "address": "01",
    "sent": None,
    "wait": 0,
}
SENT: dict[str, Any] = {**MESSAGE, "sent": {"state": "waiting", "expires_at": USED}, "wait": 30}
MAIL = {"by": "email", "address": "a***@mail.example"}

CODE_SCREENS: dict[str, Screen] = {
    "methods": Screen("account/methods.html", METHODS),
    "methods-bare": Screen("account/methods.html", BARE),
    "methods-shared": Screen("account/methods.html", {**METHODS, "contacts": {"sms": "01", "doubt": "shared"}}),
    "methods-wait": Screen("account/methods_wait.html", {**PAGES, "minutes": 40}, 429),
    "totp": Screen("account/totp.html", {**PAGES, "max_name": 40}),
    "totp-full": Screen("account/totp.html", {**PAGES, "full": True}),
    "totp-scan": Screen(
        "account/totp_confirm.html",
        {**PAGES, "again_url": "/preview/totp", "picture": qr_code(URI), "key": KEY, "app_url": URI},
    ),
    "totp-confirm-wrong": Screen(
        "account/totp_confirm.html",
        {**PAGES, "again_url": "/preview/totp", "key": [], "typed": "123 456", "errors": [("code", "code_wrong")]},
        400,
    ),
    "totp-over": Screen("account/totp_over.html", {**PAGES, "again_url": "/preview/totp"}, 409),
    "totp-remove-last": Screen("account/totp_remove.html", {**PAGES, "generator": GENERATOR, "losses": ALL_LOSSES}),
    "recovery-codes-few": Screen(
        "account/recovery_codes.html",
        {**PAGES, "few": 3, "all_codes": 10, "remove_url": "/preview/post", "held": {"added_at": MADE, "left": 2}},
    ),
    "recovery-codes-made": Screen(
        "account/recovery_codes_made.html",
        {
            "codes": CODES,
            "made_at": MADE,
            "issuer": "https://id.example",
            "file": "data:text/plain;charset=utf-8,made%20up",
            "kept_url": "/preview/methods",
        },
    ),
    "recovery-codes-remove": Screen(
        "account/recovery_codes_remove.html", {**PAGES, "held": PAPER, "losses": ["way_back"]}
    ),
    "sms": Screen("signin/message.html", MESSAGE),
    "sms-wrong": Screen(
        "signin/message.html", {**SENT, "wait": 0, "typed": "123 456", "errors": [("code", "message_code.wrong")]}, 400
    ),
    "sms-too-often": Screen("signin/message.html", {**MESSAGE, "wait": 2400, "errors": [("", "message_wait")]}, 429),
    "email-sent": Screen("signin/message.html", {**SENT, **MAIL, "sent": {"state": "sent", "expires_at": USED}}),
    "recovery-code-wrong": Screen(
        "signin/recovery_code.html",
        {**MESSAGE, "codes_left": 9, "typed": "7KQM-2F9D", "errors": [("recovery_code", "recovery_code.wrong")]},
        400,
    ),
}
