"""The three stores together, as `make run` and the tests start them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from embedded.account import chosen_home, postgres_programs, server_account
from embedded.objects import Objects, ObjectsSettings
from embedded.part import Part
from embedded.postgres import Postgres, PostgresSettings
from embedded.state import EmbeddedState
from embedded.valkey import Valkey, ValkeySettings

__all__ = ["settled", "stores"]


def settled(state: EmbeddedState) -> EmbeddedState:
    """The state with a home that the servers' account can reach; makes the folder where it has to."""
    home = chosen_home(server_account(), state.data, state.home)
    return dataclasses.replace(state, home=home)


def stores(state: EmbeddedState, *, durable: bool = True, connections: int = 200) -> list[Part]:
    """PostgreSQL, Valkey and the S3 server for a settled state.

    `durable` false is for tests: nothing is forced to disk.
    """
    account = server_account()
    home: Path = state.home
    return [
        Postgres(
            PostgresSettings(
                home=home, programs=postgres_programs(account, home), port=state.ports.postgres,
                admin_password=state.secrets.postgres_admin, password=state.secrets.postgres, account=account,
                connections=connections, durable=durable,
            )
        ),
        Valkey(
            ValkeySettings(
                home=home, port=state.ports.valkey, password=state.secrets.valkey, account=account,
                durable=durable,
            )
        ),
        Objects(
            ObjectsSettings(
                home=home, ports=state.ports.objects, secrets=state.secrets, bucket=state.s3_bucket,
                account=account,
            )
        ),
    ]  # fmt: skip
