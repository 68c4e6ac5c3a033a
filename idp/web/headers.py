"""Headers that every page carries: what a browser may load, send, frame and keep.

The policy starts from `default-src 'none'`. A view widens it for one response: `allow_form_redirect` for the
relying party at the end of a form (browsers hold the whole redirect chain against `form-action`),
`allow_image` for the logo of the service that asks, `allow_own_requests` for a script that asks us,
`allow_requests` for one that asks a device beside the browser, `allow_camera` for one that takes pictures,
`allow_worker` for one that works off the network. Scripts need the nonce of the
response; a page that never asks for the nonce may run none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request, url_for

__all__ = [
    "HeaderPolicy",
    "allow_camera",
    "allow_form_redirect",
    "allow_image",
    "allow_own_requests",
    "allow_requests",
    "allow_worker",
    "csp_nonce",
    "install",
    "policy_for",
    "redirect_headers",
    "source_expression",
    "transport_headers",
]

MAX_URI = 2000
_EXTENSION = "wangov_headers"
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
# Schemes that run or read in the browser itself; none of them is anybody's redirect target.
_UNSAFE_SCHEMES = frozenset({"about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_FIXED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: browsers would then send `Origin: null` even with our own forms (Fetch standard).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), usb=(), xr-spatial-tracking=()"
    ),
}


@dataclass(frozen=True, slots=True)
class HeaderPolicy:
    """What differs between deployments. `strict_transport_seconds` of 0 leaves HSTS out (RFC 6797)."""

    strict_transport_seconds: int


@dataclass(frozen=True, slots=True)
class _Installed:
    policy: HeaderPolicy
    nonce: Callable[[], str]
    digests: dict[str, str]


@dataclass(slots=True)
class _Widened:
    """What the view of this one response asked for."""

    nonce: str = ""
    form_action: set[str] = field(default_factory=set)
    images: set[str] = field(default_factory=set)
    own_requests: bool = False
    requests: set[str] = field(default_factory=set)
    camera: bool = False
    worker: bool = False


def policy_for(issuer: str) -> HeaderPolicy:
    """HSTS for one year under https, except on a loopback name, where it would bind every port."""
    parts = urlsplit(issuer)
    lasting = parts.scheme == "https" and (parts.hostname or "") not in _LOOPBACK
    return HeaderPolicy(strict_transport_seconds=365 * 24 * 3600 if lasting else 0)


def transport_headers(policy: HeaderPolicy) -> tuple[tuple[str, str], ...]:
    """What every answer says about transport, those of the machine endpoints too."""
    seconds = policy.strict_transport_seconds
    return (("Strict-Transport-Security", f"max-age={seconds}; includeSubDomains"),) if seconds else ()


def redirect_headers(policy: HeaderPolicy) -> tuple[tuple[str, str], ...]:
    """What a redirect carries that is answered without a page: the same protection, and nothing may be loaded."""
    return (
        ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        *_FIXED.items(),
        *transport_headers(policy),
    )


def install(app: Flask, policy: HeaderPolicy, nonce: Callable[[], str]) -> None:
    """Send the headers with every response of `app`.

    `nonce` returns a fresh URL-safe text of at least 128 random bits (CSP 3 section 7.1).
    Adds the Jinja names `csp_nonce` and `static_url`.
    """
    digests = _digests(Path(app.static_folder)) if app.static_folder else {}
    app.extensions[_EXTENSION] = _Installed(policy=policy, nonce=nonce, digests=digests)
    app.jinja_env.globals.update(csp_nonce=csp_nonce, static_url=_static_url)
    app.after_request(_apply)


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in folder.rglob("*")
        if path.is_file()
    }


def csp_nonce() -> str:
    """The nonce of this response. Asking for it is what allows scripts that carry it."""
    widened = _widened()
    widened.nonce = widened.nonce or _installed().nonce()
    return widened.nonce


def allow_form_redirect(*uris: str) -> bool:
    """Let forms of this response end at the origins of `uris`; False when one of them is not safe."""
    sources = [source_expression(uri) for uri in uris]
    _widened().form_action.update(source for source in sources if source)
    return all(sources)


def allow_image(uri: str) -> bool:
    """Let this response show images from the origin of `uri`; False, and no change, unless http or https."""
    source = source_expression(uri)
    if not source or "//" not in source:
        return False
    _widened().images.add(source)
    return True


def allow_own_requests() -> None:
    """Let the script of this response ask this site, and nobody else."""
    _widened().own_requests = True


def allow_requests(*origins: str) -> None:
    """Let the script of this response ask these origins; ValueError for what is no origin of http or https."""
    for origin in origins:
        if source_expression(origin) != origin or "//" not in origin:
            raise ValueError(origin)
    _widened().requests.update(origins)


def allow_worker() -> None:
    """Let this response's script leave a worker of this site's own in the browser, which answers off the network."""
    _widened().worker = True


def allow_camera() -> None:
    """Let this response ask for the camera; the browser asks the person as well."""
    _widened().camera = True


def source_expression(uri: str) -> str | None:
    """The CSP source that covers the origin of `uri`, or None where there is no safe one.

    `https://host:port` for web URIs, `scheme:` for private-use schemes (RFC 8252 section 7.1).
    CSP has no way to write an IPv6 address: the loopback one becomes its scheme, any other is refused.
    """
    try:
        parts = urlsplit(uri) if len(uri) <= MAX_URI and uri.isprintable() else None
        port = parts.port if parts else None
    except ValueError:
        return None
    if parts is None or not _SCHEME.fullmatch(parts.scheme) or parts.scheme in _UNSAFE_SCHEMES:
        return None
    if parts.scheme not in {"http", "https"}:
        return f"{parts.scheme}:"
    host = parts.hostname or ""
    if host == "::1":
        return f"{parts.scheme}:"
    if not _HOST.fullmatch(host):
        return None
    return f"{parts.scheme}://{host}" if port is None else f"{parts.scheme}://{host}:{port}"


def _content_security_policy(widened: _Widened) -> str:
    directives = {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'", *sorted(widened.form_action)],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'", "data:", *sorted(widened.images)],
        "style-src": ["'self'"],
    }
    if widened.nonce:
        directives["script-src"] = [f"'nonce-{widened.nonce}'"]
    asked = [*(["'self'"] if widened.own_requests else []), *sorted(widened.requests)]
    if asked:
        directives["connect-src"] = asked
    if widened.worker:
        directives["worker-src"] = ["'self'"]
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def _apply(response: Response) -> Response:
    """A header that the view has set is left alone, except the policy, which only the calls above widen."""
    installed = _installed()
    response.headers["Content-Security-Policy"] = _content_security_policy(_widened())
    if _widened().camera:
        response.headers["Permissions-Policy"] = _FIXED["Permissions-Policy"].replace("camera=()", "camera=(self)")
    for name, value in _FIXED.items():
        response.headers.setdefault(name, value)
    for name, value in transport_headers(installed.policy):
        response.headers.setdefault(name, value)
    if request.endpoint == "static" and response.status_code in {200, 206, 304}:
        known = installed.digests.get((request.view_args or {}).get("filename", ""))
        lasting = known is not None and request.args.get("v") == known
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _static_url(name: str) -> str:
    """The address of a static file with its digest, so that browsers may keep it for a year."""
    return url_for("static", filename=name, v=_installed().digests[name])


def _widened() -> _Widened:
    if "wangov_widened" not in g:
        g.wangov_widened = _Widened()
    widened: _Widened = g.wangov_widened
    return widened


def _installed() -> _Installed:
    installed: _Installed = current_app.extensions[_EXTENSION]
    return installed
