"""Which addresses a relying party may register, and what an address says about its owner.

RFC 3986 for the spelling, RFC 8252 for native applications, RFC 9700 section 2.1 for the rest. An address is
compared byte for byte when it is used, so everything that browsers or servers might read in two ways is
refused when it is registered: wildcards, user information, dot segments, encoded slashes, numbers that
browsers take for IPv4 addresses.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

__all__ = [
    "MAX_ADDRESS_CHARS",
    "WebAddress",
    "origin_fault",
    "page_fault",
    "portless_loopback",
    "redirect_fault",
    "resource_fault",
    "web_address",
]

MAX_ADDRESS_CHARS = 2000
MAX_AUDIENCE_CHARS = 500
MAX_HOST_CHARS = 253  # RFC 1035 section 2.3.4

_URI = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HIDDEN_ESCAPE = re.compile(r"%(?:2f|5c|0[0-9a-f]|1[0-9a-f]|7f)", re.IGNORECASE)
_ABSOLUTE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*):(?P<rest>.+)")
_WEB = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?]*)?(?:\?(?P<query>.*))?"
)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_LOOPBACK = re.compile(r"(?P<head>http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(?P<tail>(?:[/?].*)?)")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_RESPONSE_MEMBERS = frozenset({"code", "state", "iss", "error", "response"})


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An http or https address taken apart; `host` is in lower case, an IPv6 address in brackets."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str

    @property
    def loopback(self) -> bool:
        """True when the host is the machine of whoever follows the address."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def origin(self) -> str:
        """The origin as a browser sends it (RFC 6454 section 6.2): no default port."""
        port = "" if self.port in {None, _DEFAULT_PORTS[self.scheme]} else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def web_address(uri: str) -> WebAddress | None:
    """The parts of an http or https address; None when it is none or its host could be read in two ways."""
    matched = _WEB.fullmatch(uri)
    if matched is None:
        return None
    host = _host(matched["host"])
    port = int(matched["port"]) if matched["port"] else None
    if host is None or (port is not None and not 0 < port <= 65535):
        return None
    return WebAddress(matched["scheme"], host, port, matched["path"] or "", matched["query"] or "")


def redirect_fault(uri: str, *, native: bool, loopback_http: bool) -> str | None:
    """Why this may not be a redirect URI, in plain words; None when it may.

    `native` allows private-use schemes that contain a dot and http on 127.0.0.1 and [::1] (RFC 8252 sections
    7.1, 7.3); `loopback_http` allows http on any loopback host to anybody and is for development and tests.
    """
    fault = _spelling_fault(uri)
    if fault:
        return fault
    address = web_address(uri)
    if address is None:
        return _private_scheme_fault(uri, native=native)
    if _RESPONSE_MEMBERS & {name for name, _ in parse_qsl(address.query, keep_blank_values=True)}:
        return "its query must not carry a parameter of the authorization response"
    native_loopback = native and _LOOPBACK.fullmatch(uri) is not None
    return _web_fault(address, plain_http=loopback_http or native_loopback)


def page_fault(uri: str, *, loopback_http: bool) -> str | None:
    """Why this may not be the address of a page or an image shown to people; None when it may."""
    fault = _spelling_fault(uri)
    if fault:
        return fault
    address = web_address(uri)
    return "must be an https address" if address is None else _web_fault(address, plain_http=loopback_http)


def origin_fault(origin: str, *, loopback_http: bool) -> str | None:
    """Why this may not be an origin that calls with CORS; None when it may."""
    fault = page_fault(origin, loopback_http=loopback_http)
    if fault:
        return fault
    address = web_address(origin)
    if address is None or address.origin != origin:
        return "must be written as browsers send it: scheme, host in small letters, no default port"
    return None


def resource_fault(audience: str) -> str | None:
    """Why this may not name a resource server; None when it may (RFC 8707: absolute, no fragment)."""
    if len(audience) > MAX_AUDIENCE_CHARS:
        return f"must not be longer than {MAX_AUDIENCE_CHARS} characters"
    return _spelling_fault(audience)


def portless_loopback(uri: str) -> str | None:
    """The address without its port when it is http on 127.0.0.1 or [::1] (RFC 8252 7.3), else None."""
    matched = _LOOPBACK.fullmatch(uri)
    return None if matched is None else matched["head"] + matched["tail"]


def _spelling_fault(uri: str) -> str | None:
    if len(uri) > MAX_ADDRESS_CHARS:
        return f"must not be longer than {MAX_ADDRESS_CHARS} characters"
    if "#" in uri:
        return "must not have a fragment"
    if "*" in uri:
        return "must not have a wildcard"
    if _URI.fullmatch(uri) is None or _BAD_ESCAPE.search(uri):
        return "has characters that an address may not have"
    if _ABSOLUTE.fullmatch(uri) is None:
        return "must be absolute: scheme, colon and the rest"
    return None


def _private_scheme_fault(uri: str, *, native: bool) -> str | None:
    scheme = uri.partition(":")[0]
    if scheme.lower() in _DEFAULT_PORTS:
        return "must begin with https:// and a plain host: no user information, no odd number or port"
    if not native:
        return "must be an https address"
    if "." not in scheme:
        return "a private-use scheme must contain a dot, such as com.example.app"
    return None


def _web_fault(address: WebAddress, *, plain_http: bool) -> str | None:
    if address.scheme == "http" and not (plain_http and address.loopback):
        return "must be an https address"
    if _HIDDEN_ESCAPE.search(address.path):
        return "its path must not hide a slash or a control character behind an escape"
    if any(unquote(segment).partition(";")[0] in {".", ".."} for segment in address.path.split("/")):
        return "its path must not have dot segments"
    return None


def _host(text: str) -> str | None:
    if text.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(text[1:-1])}]"
        except ValueError:
            return None
    labels = text.split(".")
    if _NUMBER.fullmatch(labels[-1]):  # browsers read such a host as an IPv4 address, in many spellings
        try:
            return str(ipaddress.IPv4Address(text))
        except ValueError:
            return None
    plain = len(text) <= MAX_HOST_CHARS and all(_LABEL.fullmatch(label) for label in labels)
    return text.lower() if plain else None
