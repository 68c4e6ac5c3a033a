"""What a new passkey may be called until its owner says better: its maker's name for it, or the kind of device.

The model number (AAGUID) proves nothing without attestation; here it only spares people typing.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

__all__ = ["Kind", "suggested"]

MAX_USER_AGENT = 300


class Kind(StrEnum):
    """What a passkey is on, where no maker is known. Pages have words for it."""

    ANDROID = "android"
    APPLE_MOBILE = "apple-mobile"
    MAC = "mac"
    WINDOWS = "windows"
    COMPUTER = "computer"
    SECURITY_KEY = "security-key"
    OTHER_DEVICE = "other-device"


# Model numbers as their makers publish them.
_MAKERS = {
    "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
    "fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "Apple Passwords",
    "dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "Apple Passwords",
    "adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
    "08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
    "9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
    "6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
    "53414d53-554e-4700-0000-000000000000": "Samsung Pass",
    "bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
    "d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
    "531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
    "50726f74-6f6e-5061-7373-50726f746f6e": "Proton Pass",
    "fdb141b2-5d84-443e-8a35-4698c205a502": "KeePassXC",
    "cb69481e-8ff7-4039-93ec-0a2729a154a8": "YubiKey 5",
    "ee882879-721c-4913-9775-3dfcce97072a": "YubiKey 5",
    "fa2b99dc-9e39-4257-8f92-4a30d23c4118": "YubiKey 5 NFC",
    "2fc0579f-8113-47ea-b116-bb5a8db9202a": "YubiKey 5 NFC",
    "c5ef55ff-ad9a-4b9f-b580-adebafe026d0": "YubiKey 5Ci",
}
# Looked for in this order: an iPad says that it is a Mac, Android that it is Linux.
_SYSTEMS = (
    ("Android", Kind.ANDROID),
    ("iPhone", Kind.APPLE_MOBILE),
    ("iPad", Kind.APPLE_MOBILE),
    ("Windows", Kind.WINDOWS),
    ("Macintosh", Kind.MAC),
)


def suggested(aaguid: UUID, transports: Iterable[str], user_agent: str) -> str | Kind:
    """The maker's name, or the kind of device.

    `user_agent` is the browser's that the passkey was made in, which is the passkey's own device if it is built in.
    """
    maker = _MAKERS.get(str(aaguid))
    if maker is not None:
        return maker
    known = set(transports)
    if known and "internal" not in known:
        return Kind.OTHER_DEVICE if "hybrid" in known else Kind.SECURITY_KEY
    agent = user_agent[:MAX_USER_AGENT]
    return next((kind for sign, kind in _SYSTEMS if sign in agent), Kind.COMPUTER)
