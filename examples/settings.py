"""How a demo service is told who it is: a few environment variables and its client file."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DemoSettings", "from_environment"]


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """A demo service's address and its registration at WanGov ID."""

    issuer: str
    port: int
    client_id: str
    client_secret: str
    redirect_uri: str
    signed_out_uri: str
    ca_file: str | None


def from_environment() -> DemoSettings:
    """Read DEMO_ISSUER, DEMO_PORT, DEMO_CLIENT_FILE and, for https, DEMO_CA_FILE.

    The client file is the JSON document that `./wangov client create --json` prints. A missing or unreadable
    value ends the program with one line that says which.
    """
    try:
        issuer = os.environ["DEMO_ISSUER"].rstrip("/")
        port = int(os.environ["DEMO_PORT"])
        client = json.loads(Path(os.environ["DEMO_CLIENT_FILE"]).read_text(encoding="utf-8"))
        client_id, client_secret = client["client_id"], client["client_secret"]
    except KeyError as missing:
        sys.exit(f"Missing: {missing.args[0]}")
    except (OSError, TypeError, ValueError) as fault:
        sys.exit(f"Cannot use DEMO_PORT or DEMO_CLIENT_FILE: {type(fault).__name__}")
    here = f"http://localhost:{port}"
    return DemoSettings(
        issuer=issuer,
        port=port,
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=f"{here}/callback",
        signed_out_uri=f"{here}/signed-out",
        ca_file=os.environ.get("DEMO_CA_FILE") or None,
    )
