"""Settings of identification for other systems: how their biometric records are fetched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic_settings import BaseSettings

if TYPE_CHECKING:
    from idp.outbound import GuardedClient

__all__ = ["AbisSettings"]


class AbisSettings(BaseSettings):
    """The part of the settings that is about the interface at /abis/v1."""

    outbound_allow_loopback: bool
    abis_ca_file: Path | None = Field(
        default=None,
        description="Certificate authority (PEM) of the services from which biometric records are fetched for "
        "/abis/v1, where it is a private one.",
    )
    abis_fetch_seconds: float = Field(
        default=20, ge=1, le=120, description="How long fetching one biometric record for /abis/v1 may take."
    )

    def abis_source(self, max_bytes: int) -> GuardedClient:
        """Who fetches records of at most that many bytes. For the worker: loads what no web process needs."""
        from idp.outbound import GuardedClient  # noqa: PLC0415 - as above

        return GuardedClient(
            seconds=self.abis_fetch_seconds,
            max_bytes=max_bytes,
            ca_file=self.abis_ca_file,
            allow_loopback=self.outbound_allow_loopback,
        )
