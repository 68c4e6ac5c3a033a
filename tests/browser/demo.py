"""The demonstration as a newcomer gets it: a provider with made-up people, and two services of their own."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import requests

from embedded.ports import free_ports, is_free
from tests.live import LiveServer
from tests.stack import ROOT

__all__ = ["Demo", "DemoPerson", "running_demo"]

_PATIENCE_SECONDS = 30.0
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody whom the start page would offer to sign in as."""

    identifier: str
    name: str
    password: str
    totp_secret: str | None


@dataclass(frozen=True, slots=True)
class Demo:
    """The running demonstration; `tax` and `clinic` are the services' addresses."""

    live: LiveServer
    people: dict[str, DemoPerson]
    tax: str
    clinic: str

    def newcomer(self) -> DemoPerson:
        """A person like the first of the demonstration, with a code generator of their own: each code works once."""
        number = next(_numbers)
        name, password = f"Newcomer Number {number}", "quiet rain on tin roofs 7"
        document = {
            "username": f"newcomer{number}", "password": password, "name": name, "birthdate": "1988-03-14",
            "email": "newcomer@people.example", "phone_number": "+232 00 000 009", "totp": True, "ial": 2,
        }  # fmt: skip
        made = self.live.command("subscriber", "create", document=document)
        return DemoPerson(made["username"], name, password, made["totp_secret"])

    def code(self, person: DemoPerson) -> str:
        """What the person's app shows now."""
        assert person.totp_secret is not None
        return pyotp.TOTP(person.totp_secret).at(int(self.live.clock.now()))


@contextmanager
def running_demo(start_server: Callable[..., LiveServer]) -> Iterator[Demo]:
    """Start the provider, load the demonstration data by the operator's command, start both services."""
    live = start_server(settings={"WANGOV_EMBEDDED": "true"})
    port = _port_before_two_free_ones()
    live.command("demo", "load", "--port", str(port))
    folder = Path(live.environment["WANGOV_DATA"]) / "demo"
    document: dict[str, Any] = json.loads((folder / "people.json").read_text(encoding="utf-8"))
    people = {
        entry["identifier"]: DemoPerson(entry["identifier"], entry["name"], entry["password"], entry["totp_secret"])
        for entry in document["people"]
    }
    services = [_service(live, "tax", port + 1, folder), _service(live, "clinic", port + 2, folder)]
    try:
        for place in (port + 1, port + 2):
            _wait_for(f"http://localhost:{place}/")
        yield Demo(live, people, f"http://localhost:{port + 1}", f"http://localhost:{port + 2}")
    finally:
        for service in services:
            service.terminate()
        for service in services:
            service.wait(timeout=20)


def _port_before_two_free_ones() -> int:
    while True:
        (port,) = free_ports(1)
        if is_free(port + 1) and is_free(port + 2):
            return port


def _service(live: LiveServer, name: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": live.environment["PATH"],
        "DEMO_ISSUER": live.issuer,
        "DEMO_PORT": str(port),
        "DEMO_CLIENT_FILE": str(folder / f"{name}.json"),
    }
    command = [sys.executable, "-m", f"examples.{name}"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with requests.Session() as http:
        http.trust_env = False
        while True:
            try:
                assert http.get(address, timeout=2).status_code == 200
            except requests.ConnectionError:
                assert time.monotonic() < deadline, f"{address} does not answer"
                time.sleep(0.05)
            else:
                return
