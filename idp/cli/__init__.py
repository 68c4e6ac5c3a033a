"""The operator's commands, run as `./wangov GROUP COMMAND`. Each commits once and takes `--json`.

Public names: `GROUPS`, `register`.
"""

from flask import Flask

from idp.cli.audit import audit
from idp.cli.clients import client
from idp.cli.demo import demo
from idp.cli.keys import keys
from idp.cli.outbox import outbox
from idp.cli.purge import purge
from idp.cli.resources import resource
from idp.cli.staff import staff
from idp.cli.subscribers import subscriber
from idp.cli.worker import worker

__all__ = ["GROUPS", "register"]

GROUPS = (client, resource, keys, subscriber, staff, audit, demo, outbox, worker, purge)


def register(app: Flask) -> None:
    """Offer every command group on `app`."""
    for group in GROUPS:
        app.cli.add_command(group)
