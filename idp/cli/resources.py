"""`./wangov resource`: the APIs that accept our access tokens."""

from __future__ import annotations

from typing import Any

from flask.cli import AppGroup

from idp.audit import Trail
from idp.cli.output import announce, fail, json_option, read_document, say
from idp.clients import ResourceServer, ResourceServers
from idp.clients.registry import GENERATION
from idp.errors import Refusal
from idp.web.extensions import db, services

__all__ = ["resource"]

resource = AppGroup("resource", help="Register the APIs that accept our access tokens.")


@resource.command("create")
@json_option
def create(*, as_json: bool) -> None:
    """Register an API from JSON on standard input, or replace it: audience, name, scopes, client_ids."""
    saved = _servers().save(read_document(as_json=as_json))
    if isinstance(saved, Refusal):
        db.session.rollback()
        fail(saved, as_json=as_json)
    db.session.commit()
    announce(GENERATION)
    say({**_document(saved.server), "created": saved.created}, as_json=as_json)


@resource.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List every API."""
    entries = [_document(server) for server in _servers().listing()]
    say(entries, as_json=as_json, lines=(f"{entry['audience']}  {' '.join(entry['scopes'])}" for entry in entries))


def _servers() -> ResourceServers:
    held = services()
    return ResourceServers(db.session, held.clock, Trail(db.session, held.clock, held.entropy))


def _document(server: ResourceServer) -> dict[str, Any]:
    return {
        "audience": server.audience,
        "name": server.name,
        "scopes": sorted(server.scopes),
        "client_ids": sorted(server.client_ids),
    }
