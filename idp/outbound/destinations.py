"""Where a request may go: public addresses only, checked after the name was resolved and used as checked.

A name that resolves to a public address now and to a private one a moment later gains nothing: the connection goes to
the very address that was looked at (DNS rebinding; OWASP SSRF prevention).
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

__all__ = ["Destination", "destination_of", "is_public", "resolved"]

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in IPv6 clothes
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL taken apart."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def host_header(self) -> str:
        """What the Host header says (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def destination_of(url: str, *, allow_http: bool) -> Destination | None:
    """The URL taken apart, or None: not https, with a user name in it, without a host, or with anything unprintable."""
    if len(url) > 2000 or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ({"https", "http"} if allow_http else {"https"}) or not host or "@" in parts.netloc:
        return None
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(secure, host, port or (443 if secure else 80), target)


def resolved(host: str, port: int, *, allow_loopback: bool) -> list[str]:
    """The addresses of `host`, all of them allowed; empty where one is not, or there is none.

    One private address among public ones refuses the name: nobody publishes such a record by mistake.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    return addresses if all(is_public(address, allow_loopback=allow_loopback) for address in addresses) else []


def is_public(address: str, *, allow_loopback: bool = False) -> bool:
    """True for an address of the public internet, and for loopback where tests allow it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped
        if parsed in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        elif parsed in _SIX_TO_FOUR:
            inner = parsed.sixtofour
        if inner is not None:
            return is_public(str(inner), allow_loopback=allow_loopback)
    if parsed.is_loopback:
        return allow_loopback
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved
