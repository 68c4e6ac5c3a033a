"""Another system that has people identified: its records on a share of its own, its token, and a worker for it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from werkzeug.test import TestResponse

from enrollment.abis.models import AbisJobRow
from enrollment.capture import Position
from enrollment.cli.abis_indexes import forget_indexes
from enrollment.cli.abis_tasks import TASKS
from enrollment.cli.deduplicating import FOLDER
from enrollment.storage import Facts, Kind, Record
from enrollment.storage.cbeff import write_set
from enrollment.web.rooms import EXAMINER, OBJECTS
from idp.audit import Trail
from idp.clients.registration import ClientRegistration
from idp.errors import Refusal
from idp.web.extensions import db
from tests.factories.deduplication import Cellar, SyntheticExaminer
from tests.integration.web.conftest import Site

STRONG = (Position.FACE, Position.RIGHT_THUMB, Position.RIGHT_INDEX)


def record(body: int, impression: int = 0, positions: tuple[Position, ...] = STRONG) -> bytes:
    """A biometric record of that body, whose pictures say so."""
    return write_set(
        tuple(
            Record(
                Kind.FACE_IMAGE if position is Position.FACE else Kind.FINGER_IMAGE,
                json.dumps({"finger": position.value, "quality": 70, "body": body, "impression": impression}).encode(),
                datetime(2026, 1, 1, tzinfo=UTC),
                Facts(position.subtype, 70),
            )
            for position in positions
        )
    )


@dataclass
class Share:
    """Files at addresses of this machine. `status` and what lies there are the test's."""

    address: str = ""
    files: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, content: bytes, status: int = 200) -> str:
        """Let it lie at an address of its own."""
        path = f"/{uuid4()}"
        self.files[path] = status, content
        return self.address + path


@contextlib.contextmanager
def share() -> Iterator[Share]:
    """A share that answers until the block ends."""
    held = Share()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            held.asked.append(self.path)
            status, content = held.files.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class System:
    """Another system with a token; `bare` asks without one."""

    def __init__(self, site: Site, share: Share, **metadata: Any) -> None:
        self.site = site
        self.share = share
        self.client_id, self.secret = _registered(site, metadata)
        self.token = self.new_token() if not metadata else ""

    def new_token(self, **form: str) -> str:
        """A token by client credentials; empty where none is given."""
        answer = self.site.app.test_client().post(
            "/oauth/token",
            data={"grant_type": "client_credentials", **form},
            auth=(self.client_id, self.secret),
        )
        token: str = (answer.get_json() or {}).get("access_token", "")
        return token

    def post(self, path: str, content: bytes, **headers: str) -> TestResponse:
        """Send bytes."""
        given = {"Authorization": f"Bearer {self.token}", "Prefer": "respond-async", **headers}
        return self.site.app.test_client().post(
            f"/abis/v1{path}", data=content, headers=given, content_type=headers.get("Content-Type", "application/json")
        )

    def get(self, path: str) -> TestResponse:
        """Look."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.site.app.test_client().get(f"/abis/v1{path}", headers=headers)

    def request(self, operation: str, **more: Any) -> dict[str, Any]:
        """A request whose form is right."""
        head = {"id": f"mosip.abis.{operation}", "version": "1.1", "requestId": str(uuid4())}
        return {**head, "requesttime": "2026-01-01T07:01:24.692Z", **more}

    def send(self, document: dict[str, Any], path: str = "") -> TestResponse:
        """Send a document."""
        return self.post(path, json.dumps(document).encode())

    def ask(self, operation: str, **more: Any) -> dict[str, Any]:
        """A request and its answer: the worker's, where it is one that a worker gives."""
        document = self.request(operation, **more)
        response = self.send(document)
        if response.status_code == 202:
            self.work()
            response = self.get(f"/jobs/{document['requestId']}")
        assert response.status_code == 200, response.status
        answer: dict[str, Any] = response.get_json()
        return answer

    def insert(self, reference_id: str, body: int, impression: int = 0) -> dict[str, Any]:
        """Have a body inserted."""
        return self.ask("insert", referenceId=reference_id, referenceURL=self.share.put(record(body, impression)))

    def named(self, answer: dict[str, Any]) -> list[str]:
        """Whom an identification named, in order."""
        assert answer["returnValue"] == "1", answer
        found = [one["referenceId"] for one in answer["candidateList"]["candidates"]]
        assert answer["candidateList"]["count"] == str(len(found))
        return found

    def work(self) -> None:
        """Do what waits, in the order in which it came, as the worker does."""
        with self.site.app.app_context():
            waiting = select(AbisJobRow.id).where(AbisJobRow.answered_at.is_(None)).order_by(AbisJobRow.id)
            for number in db.session.scalars(waiting).all():
                TASKS["abis.work"](job=str(number))


def furnish(site: Site, folder: Path) -> Cellar:
    """Give the site a shelf for objects, an examiner and a folder for indexes."""
    cellar = Cellar(keys=site.services.purpose_keys, clock=site.services.clock)  # type: ignore[arg-type]  # its own time
    site.app.extensions |= {OBJECTS: cellar.store, EXAMINER: SyntheticExaminer(), FOLDER: folder / "indexes"}
    return cellar


def put_away(site: Site) -> None:
    """Close the indexes."""
    with site.app.app_context():
        forget_indexes()


def _registered(site: Site, metadata: dict[str, Any]) -> tuple[str, str]:
    document = {
        "client_name": "Neighbour's register",
        "grant_types": ["client_credentials"],
        "scope": "abis",
        **metadata,
    }
    shared = site.services
    with site.app.app_context():
        trail = Trail(db.session(), shared.clock, shared.entropy)
        registration = ClientRegistration(db.session(), shared.clock, shared.entropy, trail, shared.registration_policy)
        made = registration.create(document)
        assert not isinstance(made, Refusal), made
        db.session.commit()
    shared.ephemeral.advance("clients")
    assert made.client_secret is not None
    return made.client_id, made.client_secret
