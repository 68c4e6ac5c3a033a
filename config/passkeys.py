"""Settings of passkeys: where they may be used, and which ones staff may add."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings

from idp.authenticators.passkey_ceremonies import PasskeyRules

__all__ = ["PasskeySettings"]


def _origins(value: str) -> str:
    for origin in _listed(value):
        parts = urlsplit(origin)
        if (
            parts.scheme != "https"
            or not parts.hostname
            or "@" in parts.netloc
            or origin != f"https://{parts.netloc.lower()}"
        ):
            message = "must be https origins in lower case, without a path"
            raise ValueError(message)
    return value


def _models(value: str) -> str:
    try:
        [UUID(model) for model in _listed(value)]
    except ValueError:
        message = "must be AAGUIDs, for example 00000000-0000-0000-0000-000000000000"
        raise ValueError(message) from None
    return value


def _certificates(file: Path | None) -> Path | None:
    try:
        readable = file is None or "-----BEGIN CERTIFICATE-----" in file.read_text(encoding="ascii")
    except (OSError, ValueError):
        readable = False
    if not readable:
        message = "must be a file of PEM certificates that can be read"
        raise ValueError(message)
    return file


class PasskeySettings(BaseSettings):
    """The part of the settings that is about passkeys."""

    related_origins: Annotated[str, AfterValidator(_origins)] = Field(
        default="",
        max_length=2000,
        description="Other https origins, comma separated, whose pages may use the passkeys made here; "
        "browsers read them from /.well-known/webauthn.",
    )
    staff_aaguids: Annotated[str, AfterValidator(_models)] = Field(
        default="",
        max_length=4000,
        description="Models of security key that staff may add (AAGUIDs, comma separated), each vouched for by its "
        "maker's certificate. Empty: any model.",
    )
    staff_attestation_roots: Annotated[Path | None, AfterValidator(_certificates)] = Field(
        default=None,
        description="File with the makers' root certificates (PEM) that those certificates must lead to. "
        "Without it the certificate is read and not traced.",
    )

    def passkey_rules(self, issuer: str) -> PasskeyRules:
        """What is asked of passkeys at the provider of this address."""
        models = frozenset(UUID(model) for model in _listed(self.staff_aaguids))
        file = self.staff_attestation_roots
        roots = "" if file is None else file.read_text(encoding="ascii")
        return PasskeyRules.for_issuer(issuer, _listed(self.related_origins), models, roots)


def _listed(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]
