"""The pages behind the links of notices in their states, with made-up context."""

from datetime import UTC, datetime
from typing import Any

from tests.browser.preview.screen import Screen

__all__ = ["NOTICE_SCREENS"]

KINDS = ("not_me", "stop_recovery", "stop_contact_change", "stop_closing", "remove_method")
LOCKING = ("not_me", "stop_contact_change", "remove_method")
UNTIL = datetime(2026, 11, 26, 18, 5, tzinfo=UTC)
REMOVED = [
    {"method": "passkey", "name": "Windows Hello", "added_at": datetime(2026, 11, 23, 17, 40, tzinfo=UTC)},
    {"method": "recovery-code", "name": "", "added_at": datetime(2026, 11, 23, 17, 52, tzinfo=UTC)},
]
ACCOUNT: dict[str, Any] = {
    "account_url": "/preview/account",
    "password_url": "/preview/account-password",
    "recover_url": "/preview/start",
}

NOTICE_SCREENS: dict[str, Screen] = {
    **{
        f"notice-ask-{kind}": Screen(
            "notice/ask.html",
            {"kind": kind, "action": "/preview/post", "methods": REMOVED if kind == "remove_method" else []},
        )
        for kind in (*KINDS, "go_on_recovery")
    },
    **{
        f"notice-done-{kind}": Screen(
            "notice/done.html",
            {
                **ACCOUNT,
                "kind": kind,
                "until": UNTIL if kind in LOCKING else None,
                "removed": REMOVED if kind in LOCKING else [],
            },
        )
        for kind in KINDS
    },
    "notice-over": Screen("notice/over.html", ACCOUNT, status=404),
}
