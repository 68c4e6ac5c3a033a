"""What a browser calls itself, in words that its owner knows."""

from __future__ import annotations

__all__ = ["described", "told"]

# Order matters: each of these also claims to be one that comes after it.
_BROWSERS = (
    ("EdgA/", "Edge"), ("EdgiOS/", "Edge"), ("Edg/", "Edge"),
    ("OPR/", "Opera"), ("Opera Mini", "Opera Mini"), ("OPiOS/", "Opera"), ("Opera", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"), ("UCBrowser/", "UC Browser"),
    ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("KAIOS", "KaiOS"), ("Android", "Android"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def described(user_agent: str) -> tuple[str | None, str | None]:
    """Browser and system by the names that their makers give them; None where it says nothing that is known."""
    return _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)


def told(user_agent: str, amr: tuple[str, ...] = ()) -> dict[str, str]:
    """The parameters by which a notice names a browser, and how somebody signed in there; no address and no place.

    A notice goes to every contact point, and where an address seems to be is often wrong and frightens for nothing.
    """
    browser, system = described(user_agent)
    named = {"browser": browser, "system": system, "proven": " ".join(amr)}
    return {name: value for name, value in named.items() if value}


def _first(known: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for sign, name in known if sign in user_agent), None)
