"""What both web servers do to their processes, before the fork and in a new worker."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import sys
from typing import Any
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults

from babel import localedata
from babel.core import get_global

__all__ = ["LIBRARIES", "READY_PATH", "forget_settings", "load_libraries", "settle_memory", "warm_up"]

# What the product imports, and what those import late. Not the product itself: a reload must read it anew.
LIBRARIES = (
    "argon2",
    "authlib.oauth2.rfc6749",
    "authlib.oauth2.rfc7636",
    "babel",
    "babel.messages",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "cryptography.hazmat.primitives.asymmetric.padding",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.serialization",
    "cryptography.x509.verification",
    "flask",
    "flask.sessions",
    "flask_babel",
    "flask_sqlalchemy",
    "flask_wtf.csrf",
    "prometheus_client",
    "prometheus_client.multiprocess",
    "psycopg.types.json",
    "pydantic_settings",
    "pyotp",
    "redis",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.ext.compiler",
    "sqlalchemy.orm",
    "structlog",
    "werkzeug.routing",
)

# Tables of names and formats that pages need: megabytes, read at first use.
_LOCALES = ("root", "en", "fr")

# structlog loads it wherever development tools have brought it along: a tenth of a worker's memory for nothing.
_UNWANTED = ("rich",)

# mallopt(3). A block of this size is a mapping of its own and goes back to the system when freed.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BLOCK = 256 * 1024
_ARENAS = 2

_OURS = "WANGOV_"
READY_PATH = "/health/ready"


def settle_memory() -> None:
    """Tell the C library how to keep memory; children inherit it. Does nothing where it has no such setting.

    Left alone, glibc raises its bound for large blocks once a password check has freed its 19 MiB, and from then on
    each process holds that much for ever; and it makes one arena per thread, each with holes of its own.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for name, value in (
        (_M_MMAP_THRESHOLD, _LARGE_BLOCK),
        (_M_TRIM_THRESHOLD, _LARGE_BLOCK),
        (_M_ARENA_MAX, _ARENAS),
    ):
        mallopt(name, value)


def load_libraries() -> None:
    """Import `LIBRARIES` before the fork, so that workers share their pages.

    Opens nothing and starts no thread. New versions of libraries need a restart; new code of ours a reload only.
    """
    for name in _UNWANTED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None: "not to be imported" (import system, 5.3.1)
    gc.disable()
    try:
        for name in LIBRARIES:
            importlib.import_module(name)
        for locale in _LOCALES:
            localedata.load(locale)
        get_global("language_aliases")
    finally:
        gc.enable()
    gc.collect()
    # What is there now stays; a collector that visits it would write to every page of it.
    gc.freeze()


def forget_settings() -> None:
    """Take our settings, secrets among them, out of a worker's environment once the application has read them.

    granian copies the environment into every request, and a child process would inherit it.
    """
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]


def warm_up(application: WSGIApplication) -> bool:
    """Ask a new worker's application whether it is ready, before anybody else asks it anything; whether it is.

    That opens its first connections and reads its keys once. Left to the first requests, all of which find nothing
    there, each would do it, and some would wait too long for a connection. A store that is away does not prevent the
    start: the application says 503 until it is back.
    """
    said: list[str] = []

    def start_response(status: str, _headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
        said.append(status)
        return said.append

    environ: dict[str, Any] = {"PATH_INFO": READY_PATH, "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"}
    setup_testing_defaults(environ)
    answer = application(environ, start_response)
    try:
        for _ in answer:
            pass
    finally:
        getattr(answer, "close", lambda: None)()
    return said[-1:] == ["200 OK"]
