"""The keyed hashes under which accounts are found: useless without the key for blind indexes."""

from __future__ import annotations

from idp.keys import Purpose, PurposeKeys
from idp.subscribers.usernames import skeleton

__all__ = ["search_token", "username_blind"]


def username_blind(keys: PurposeKeys, username: str) -> bytes:
    """Of a folded user name: the same for all names that look the same."""
    return keys.mac(Purpose.BLIND_INDEX, f"username|{skeleton(username)}")


def search_token(keys: PurposeKeys, name: str, form: str) -> bytes:
    """Of the claim `name` in the form in which it is searched for."""
    return keys.mac(Purpose.BLIND_INDEX, f"{name}|{form}")
