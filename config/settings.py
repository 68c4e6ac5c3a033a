"""Typed settings from the environment (prefix `WANGOV_`) and, where nothing is set, from the embedded servers' state.

Each field's description is its reference text; `docs/configuration.md` repeats it and a test keeps the two equal.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from config.abis import AbisSettings
from config.gallery import GallerySettings
from config.messages import MessageSettings
from config.passkeys import PasskeySettings
from config.passwords import PasswordSettings

__all__ = ["Environment", "Settings", "SettingsError", "load_settings"]

Seconds = Annotated[int, Field(gt=0)]
LEVELS = {"nid:1": 1, "nid:2": 2, "nid:3": 3}


class SettingsError(Exception):
    """The configuration cannot be used; the text says which setting and why, in words for an operator."""


class Environment(StrEnum):
    """What kind of installation this is; each later one forbids more."""

    DEVELOPMENT = "development"
    TEST = "test"
    STAGING = "staging"
    PRODUCTION = "production"


class Settings(GallerySettings, MessageSettings, PasskeySettings, PasswordSettings, AbisSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(env_prefix="WANGOV_", frozen=True, extra="ignore", env_ignore_empty=True)

    environment: Environment = Field(
        default=Environment.DEVELOPMENT,
        description="development, test, staging or production. "
        "Production refuses the file root key, test people and plain http.",
    )
    issuer: str = Field(
        default="http://localhost:8000",
        description="The public URL of this provider, without a trailing slash. Every token and document names it.",
    )
    data: Path = Field(default=Path("var"), description="Where the embedded servers and generated files live.")
    embedded: bool = Field(
        default=False, description="Set by `make run`: the stores are the embedded ones, demo data is allowed."
    )
    database_url: SecretStr = Field(description="PostgreSQL 15 or later: postgresql://user:password@host:port/name.")
    database_pool: int = Field(default=4, ge=1, le=64, description="Connections a worker keeps for pages.")
    database_timeout_seconds: float = Field(
        default=2.5, gt=0, le=30, description="How long one statement or one wait for a commit may take before 503."
    )
    redis_url: SecretStr = Field(description="Valkey or Redis 7: redis://:password@host:port/db.")
    redis_prefix: str = Field(default="wangov", max_length=40, description="Prefix of every key in Valkey.")
    redis_timeout_seconds: float = Field(
        default=1.0, gt=0, le=10, description="How long one command may take before 503."
    )
    s3_endpoint: str = Field(default="", description="Address of the object store, http(s)://host:port.")
    s3_access_key: SecretStr = Field(default=SecretStr(""), description="Access key of the object store.")
    s3_secret_key: SecretStr = Field(default=SecretStr(""), description="Secret key of the object store.")
    s3_bucket: str = Field(default="wangov", description="Bucket for samples, documents and checkpoints.")
    root_key_file: Path | None = Field(
        default=None,
        description="File with the 32-byte root key. For development, tests and staging; production refuses it.",
    )
    secret_key_file: Path | None = Field(
        default=None, description="File with the secret that signs form tokens (CSRF). The same for all workers."
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="Bearer token that /metrics asks for. Without it /metrics answers 404."
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=3,
        description="How many proxies in front may set X-Forwarded-For and -Proto. 0: none is believed.",
    )
    session_idle_seconds: Seconds = Field(default=1800, description="A session ends after this long without a request.")
    staff_session_idle_seconds: Seconds = Field(
        default=900, description="The same for members of staff; never longer than for everybody."
    )
    session_absolute_seconds: Seconds = Field(
        default=43_200, description="A session ends this long after sign-in, in any case."
    )
    access_token_seconds: Seconds = Field(default=300, description="Life of an access token.")
    id_token_seconds: Seconds = Field(default=600, description="Life of an ID token.")
    code_seconds: Annotated[int, Field(gt=0, le=60)] = Field(default=60, description="Life of an authorization code.")
    refresh_idle_seconds: Seconds = Field(
        default=2_592_000, description="A refresh family ends after this long without use."
    )
    refresh_absolute_seconds: Seconds = Field(
        default=7_776_000, description="A refresh family ends this long after consent."
    )
    password_workers: int = Field(
        default=2, ge=1, le=64, description="Password checks a worker runs at once (one core each)."
    )
    password_waiting: int = Field(
        default=16, ge=1, le=256, description="Password checks that may wait; one more gets 503."
    )
    commit_waiting: int = Field(
        default=24,
        ge=1,
        le=512,
        description="Requests that may wait for a group commit in a thread; below the server's threads per worker.",
    )
    address_tries: int = Field(
        default=60,
        ge=1,
        description="Sign-in tries one address, or one known device, may make in five minutes before 429; "
        "an address may begin four times as many.",
    )
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="How much is logged.")
    languages: str = Field(
        default="en,fr,kri", description="Languages of the pages, comma separated; the first is the default."
    )
    help_contact: str = Field(
        default="",
        max_length=1000,
        description="Whom people can turn to: telephone, address, opening hours, as plain text. A line break or \\n "
        "begins a new line. Shown on Help and on every page that says no; a real installation without it is warned.",
    )
    synced_passkey_level: int = Field(
        default=2,
        ge=2,
        le=3,
        description="What a passkey is worth that may be copied to other devices of its owner: level 2, or 3 where the "
        "authority accepts that. One that cannot leave its device is level 3.",
    )
    scope_levels: str = Field(
        default="",
        max_length=4000,
        description="Scopes that need a level, those of resource servers too, for example "
        '"phone=nid:1,address=nid:2". A person below it is asked for more; userinfo and resource servers can tell.',
    )
    test_clock: Path | None = Field(
        default=None, description="File with an offset in seconds added to the clock. Only in the test environment."
    )

    @field_validator("issuer")
    @classmethod
    def _issuer_is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.netloc
            or parts.query
            or parts.fragment
            or value.endswith("/")
        ):
            message = "must be an http(s) URL without query, fragment or trailing slash"
            raise ValueError(message)
        return value

    @field_validator("scope_levels")
    @classmethod
    def _scope_levels_are_levels(cls, value: str) -> str:
        for pair in _listed(value):
            scope, _, acr = pair.partition("=")
            if not scope.strip() or acr.strip() not in LEVELS:
                message = 'must be pairs of scope and level, for example "address=nid:2"'
                raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _environment_holds(self) -> Self:
        problems = []
        if self.test_clock is not None and self.environment is not Environment.TEST:
            problems.append("WANGOV_TEST_CLOCK is only for the test environment")
        if self.environment is Environment.PRODUCTION:
            if not self.secure:
                problems.append("WANGOV_ISSUER must be https in production")
            if self.root_key_file is not None:
                problems.append(
                    "WANGOV_ROOT_KEY_FILE is refused in production: keep the root key in hardware or a key service"
                )
            if self.embedded:
                problems.append("the embedded servers are not for production")
        if self.environment is Environment.STAGING and self.embedded:
            problems.append("the embedded servers are not for staging")
        problems += self.message_problems(self.environment.value)
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def secure(self) -> bool:
        """True when people and relying parties reach us by https."""
        return self.issuer.startswith("https://")

    @property
    def host(self) -> str | None:
        """The host name in the issuer, in lower case."""
        return urlsplit(self.issuer).hostname

    @property
    def allows_test_people(self) -> bool:
        """True where people may be made without an enrolment."""
        return self.environment is not Environment.PRODUCTION

    @property
    def level_of_scopes(self) -> dict[str, int]:
        """The least level of each scope that needs one, 1 to 3."""
        pairs = (pair.partition("=") for pair in _listed(self.scope_levels))
        return {scope.strip(): LEVELS[acr.strip()] for scope, _, acr in pairs}

    @property
    def help_lines(self) -> tuple[str, ...]:
        """Whom people can turn to, line by line."""
        lines = self.help_contact.replace("\\n", "\n").splitlines()
        return tuple(line.strip() for line in lines if line.strip())

    @property
    def language_list(self) -> list[str]:
        """The languages of the pages, default first."""
        return [name.strip() for name in self.languages.split(",") if name.strip()]


def load_settings() -> Settings:
    """Read the settings once; where no database is configured, from the embedded servers that `make run` started.

    Raises `SettingsError` with one line per problem. No value of a setting is ever part of that text.
    """
    if not os.environ.get("WANGOV_DATABASE_URL"):
        _adopt_embedded(Path(os.environ.get("WANGOV_DATA", "var")))
    try:
        return Settings()  # fields without default come from the environment
    except ValidationError as error:
        raise SettingsError(_explained(error)) from None


def _adopt_embedded(data: Path) -> None:
    from embedded.state import StateError, environment, is_running, read_state  # noqa: PLC0415 - an operator's installation has no embedded servers

    try:
        state = read_state(data)
    except StateError as error:
        raise SettingsError(str(error)) from None
    if state is None:
        message = (
            f"no database is configured and no embedded servers run in {data}. "
            "Start them with `make run`, name their folder in WANGOV_DATA, "
            "or set WANGOV_DATABASE_URL and WANGOV_REDIS_URL."
        )
        raise SettingsError(message)
    if not is_running(data):
        message = (
            f"the embedded servers of {data} are not running. Start them with `make run`, or set WANGOV_DATABASE_URL."
        )
        raise SettingsError(message)
    for name, value in environment(state).items():
        os.environ.setdefault(name, value)


def _listed(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def _explained(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        name = "_".join(str(part) for part in problem["loc"]).upper()
        text = problem["msg"].removeprefix("Value error, ")
        lines.append(f"WANGOV_{name}: {text}" if name else text)
    return "\n".join(lines)
