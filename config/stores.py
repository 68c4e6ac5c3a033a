"""How the stores are reached: addresses with their time limits, and the settings under which the group commit works."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine

from config.settings import Settings
from enrollment.storage.deferred import DeferredObjects
from enrollment.storage.store import ObjectStore
from idp.database.bounded import bounded_creator

__all__ = ["POINT_LOOKUPS", "conninfo", "engine_for", "engine_options", "engine_url", "objects_of"]

# The group commit's statements find single rows by unique keys. On a young or fast-growing table the planner believes
# that it is small and reads it all; these keep it on the indexes, joining in the order written, with one plan for good.
POINT_LOOKUPS = (
    "plan_cache_mode%3Dforce_generic_plan",
    "enable_seqscan%3Doff",
    "enable_hashjoin%3Doff",
    "enable_mergejoin%3Doff",
    "enable_material%3Doff",
    "join_collapse_limit%3D1",
    "jit%3Doff",
)


def conninfo(settings: Settings, *options: str) -> str:
    """The address of PostgreSQL with its time limits, and further server settings (percent-encoded name=value)."""
    timeout = int(settings.database_timeout_seconds * 1000)
    url = settings.database_url.get_secret_value()
    joint = "&" if "?" in url else "?"
    # The second is for a server that vanished: what it had locked is free again before anybody notices.
    bounds = (f"statement_timeout%3D{timeout}", f"idle_in_transaction_session_timeout%3D{2 * timeout}")
    flags = "".join(f"%20-c%20{option}" for option in (*bounds, *options))
    return f"{url}{joint}connect_timeout=2&options={flags.removeprefix('%20')}"


def engine_url(settings: Settings) -> str:
    """The same for SQLAlchemy."""
    return conninfo(settings).replace("postgresql://", "postgresql+psycopg://", 1)


def engine_for(settings: Settings, *, pool: int) -> Engine:
    """An engine with at most `pool` connections."""
    return create_engine(engine_url(settings), pool_size=pool, **engine_options(settings))


def engine_options(settings: Settings) -> dict[str, Any]:
    """Waiting for a connection and for an answer together stay below the three seconds after which people give up."""
    return {
        "creator": bounded_creator(conninfo(settings), settings.database_timeout_seconds * 0.6),
        "hide_parameters": True,
        "max_overflow": 0,
        "pool_pre_ping": True,
        "pool_timeout": settings.database_timeout_seconds * 0.4,
    }


def objects_of(settings: Settings) -> ObjectStore | None:
    """The object store, reached when it is first used; None while no address is set."""
    if not settings.s3_endpoint:
        return None

    def store() -> ObjectStore:
        from enrollment.storage.objects import S3Objects  # noqa: PLC0415 - megabytes that few web workers need

        return S3Objects(
            settings.s3_endpoint,
            settings.s3_access_key.get_secret_value(),
            settings.s3_secret_key.get_secret_value(),
            prefix=settings.s3_bucket,
        )

    return DeferredObjects(store)
