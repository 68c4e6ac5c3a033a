"""What the person who runs `make run` may choose, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import StartError
from embedded.state import EmbeddedState, environment

__all__ = ["RunOptions", "provider_environment", "read_options"]

_STORE_SETTINGS = (
    "WANGOV_DATABASE_URL",
    "WANGOV_REDIS_URL",
    "WANGOV_S3_ENDPOINT",
    "WANGOV_S3_ACCESS_KEY",
    "WANGOV_S3_SECRET_KEY",
)
_SERVERS = ("gunicorn", "granian")
_HIGHEST_PORT = 65_533
_FALSE = {"", "0", "no", "false", "off"}


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The choices of one run.

    The demo services listen on `port` + 1 and + 2. `settings` holds the WANGOV_ variables as given,
    without the empty ones; `embedded` is false when the operator's own stores are among them.
    """

    port: int
    data: Path
    issuer: str
    tls: bool
    server: str
    workers: int
    threads: int
    embedded: bool
    verbose: bool
    settings: Mapping[str, str]

    @property
    def with_demo(self) -> bool:
        """Demo data and demo services: only on embedded stores, only in development."""
        return self.embedded and self.settings.get("WANGOV_ENVIRONMENT", "development") == "development"


def read_options(variables: Mapping[str, str]) -> RunOptions:
    """Read and check the choices. Raises `StartError` naming the variable that cannot be used."""
    settings = {name: value for name, value in variables.items() if name.startswith("WANGOV_") and value}
    port = _whole_number(variables, "PORT", 8000, 1, _HIGHEST_PORT)
    tls = variables.get("TLS", "").lower() not in _FALSE
    server = settings.get("WANGOV_SERVER", _SERVERS[0])
    if server not in _SERVERS:
        raise StartError(f"WANGOV_SERVER is {server!r}: choose {' or '.join(_SERVERS)}")
    embedded = _uses_embedded_stores(settings)
    kind = settings.get("WANGOV_ENVIRONMENT", "development")
    if embedded and kind not in {"development", "test"}:
        raise StartError(
            f"WANGOV_ENVIRONMENT is {kind}, and the embedded stores are for development: "
            f"set {', '.join(_STORE_SETTINGS)} to your own servers"
        )
    return RunOptions(
        port=port,
        data=Path(settings.get("WANGOV_DATA", "var")).absolute(),
        issuer=settings.get("WANGOV_ISSUER", f"{'https' if tls else 'http'}://localhost:{port}"),
        tls=tls,
        server=server,
        workers=_whole_number(variables, "WANGOV_WORKERS", min(2, os.cpu_count() or 1), 1, 256),
        threads=_whole_number(variables, "WANGOV_THREADS", 32, 1, 512),
        embedded=embedded,
        verbose=variables.get("VERBOSE", "").lower() not in _FALSE,
        settings=settings,
    )


def provider_environment(options: RunOptions, state: EmbeddedState, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of the provider's processes: the caller's, completed by generated settings.

    What the caller has set wins, but for the data folder and the issuer, which the options have settled.
    """
    generated = environment(state)
    if not options.embedded:
        generated["WANGOV_EMBEDDED"] = "false"
    if options.settings.get("WANGOV_ENVIRONMENT") == "production":
        # Refused there; the message should be about the root key that is missing, not about ours.
        del generated["WANGOV_ROOT_KEY_FILE"]
    # Requests that wait for a commit must leave threads for those that do not.
    generated["WANGOV_COMMIT_WAITING"] = str(max(1, options.threads * 3 // 4))
    settled = {
        "PORT": str(options.port),
        "WANGOV_DATA": str(state.data),
        "WANGOV_ISSUER": options.issuer,
        "FLASK_SKIP_DOTENV": "1",
    }
    inherited = {name: value for name, value in variables.items() if not name.startswith("WANGOV_")}
    return inherited | generated | dict(options.settings) | settled


def _uses_embedded_stores(settings: Mapping[str, str]) -> bool:
    missing = [name for name in _STORE_SETTINGS if name not in settings]
    if missing and len(missing) < len(_STORE_SETTINGS):
        raise StartError(
            f"some of your own stores are set and some are not: set {', '.join(missing)} too, "
            "or unset the others to use the embedded stores"
        )
    return bool(missing)


def _whole_number(variables: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    text = variables.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or not lowest <= int(text) <= highest:
        raise StartError(f"{name} is {text!r}: give a whole number from {lowest} to {highest}")
    return int(text)
