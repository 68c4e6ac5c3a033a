"""The provider's web server and the demo services as parts of a run."""

from __future__ import annotations

import http.client
import shutil
import signal
import ssl
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded.authority import CertificateFiles
from embedded.process import Command

__all__ = ["DemoService", "MessageWorker", "WebServer", "WebSettings", "web_argv"]

_ANSWER_SECONDS = 5.0
# Longer than the servers themselves wait for requests in flight.
_PATIENCE_SECONDS = 25.0
_WORKER_READY = "worker: takes jobs"
# Jobs run beside each other: threads within one of them only wait for each other.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """The provider under a web server: `application` is module:factory, `environment` complete.

    `metrics` is a folder of its own, through which the workers add up their figures.
    """

    root: Path
    server: str
    port: int
    workers: int
    threads: int
    environment: Mapping[str, str]
    metrics: Path
    application: str = "wsgi:create_server_app"
    certificate: CertificateFiles | None = None
    authority: Path | None = None
    ready_path: str = "/health/ready"


class WebServer:
    """gunicorn or granian, ready when the provider says so itself."""

    name = "web"

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self.title = f"web server ({settings.server})"

    def progress(self) -> str:
        """The line shown when it starts."""
        return f"Web server: starting {self._settings.server} with {self._settings.workers} workers ..."

    def prepare(self) -> Command | None:
        """Empty the metrics folder: figures of earlier workers would be counted again."""
        shutil.rmtree(self._settings.metrics, ignore_errors=True)
        self._settings.metrics.mkdir(mode=0o700)
        return None

    def command(self) -> Command:
        """The server on the loopback address."""
        settings = self._settings
        return Command(
            argv=web_argv(settings),
            environment={**settings.environment, "PROMETHEUS_MULTIPROC_DIR": str(settings.metrics)},
            directory=settings.root,
            stop_signal=signal.SIGTERM,
            death_signal=signal.SIGTERM,
            patience=_PATIENCE_SECONDS,
        )

    def problem(self) -> str | None:
        """None once the readiness address answers 200."""
        settings = self._settings
        status = _status(settings.port, settings.ready_path, settings.authority if settings.certificate else None)
        return None if status == 200 else f"{settings.ready_path} answers {status or 'nothing'}"

    def shows(self, line: str) -> bool:  # noqa: ARG002 - the signature is the part's
        """Everything: its log is what a developer looks at."""
        return True

    def clean_up(self) -> None:
        """Remove the metrics folder."""
        shutil.rmtree(self._settings.metrics, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class MessageWorker:
    """The worker that sends messages and does other jobs: `./wangov worker`, beside the web server.

    `metrics` is the web server's folder, so that the figures of both are shown together.
    """

    root: Path
    environment: Mapping[str, str]
    metrics: Path
    name = "worker"
    title = "Worker (messages and other jobs)"
    # Its first line, once it can take jobs.
    ready: threading.Event = field(default_factory=threading.Event)

    def progress(self) -> str:
        """The line shown when it starts."""
        return "Worker: starting ..."

    def prepare(self) -> Command | None:
        """Nothing to do."""
        return None

    def command(self) -> Command:
        """The worker; a job that has begun is ended first."""
        return Command(
            argv=(sys.executable, "-m", "flask", "--app", "wsgi", "worker"),
            environment={**_ONE_THREAD, **self.environment, "PROMETHEUS_MULTIPROC_DIR": str(self.metrics)},
            directory=self.root,
            patience=_PATIENCE_SECONDS,
        )

    def problem(self) -> str | None:
        """None once it has said that it takes jobs."""
        return None if self.ready.is_set() else "it has not said that it takes jobs"

    def shows(self, line: str) -> bool:
        """What an operator should know: warnings and errors."""
        if line == _WORKER_READY:
            self.ready.set()
            return False
        return '"level": "info"' not in line

    def clean_up(self) -> None:
        """Nothing to do."""


@dataclass(frozen=True, slots=True)
class DemoService:
    """A demo relying party: `python -m examples.<name>`; it knows the provider's address only."""

    name: str
    title: str
    root: Path
    port: int
    environment: Mapping[str, str]

    def progress(self) -> str:
        """The line shown when it starts."""
        return f"{self.title}: starting ..."

    def prepare(self) -> Command | None:
        """Nothing to do."""
        return None

    def command(self) -> Command:
        """The service."""
        return Command(
            argv=(sys.executable, "-m", f"examples.{self.name}"),
            environment=self.environment,
            directory=self.root,
        )

    def problem(self) -> str | None:
        """None once it answers a browser, whatever it says."""
        status = _status(self.port, "/", None)
        return None if 0 < status < 500 else f"it answers {status or 'nothing'}"

    def shows(self, line: str) -> bool:  # noqa: ARG002 - the signature is the part's
        """Everything."""
        return True

    def clean_up(self) -> None:
        """Nothing to do."""


def web_argv(settings: WebSettings) -> tuple[str, ...]:
    """The command line of the chosen web server."""
    common = ("--workers", str(settings.workers))
    address = f"127.0.0.1:{settings.port}"
    tls = settings.certificate
    if settings.server == "granian":
        return (
            sys.executable, "-m", "deploy.granian_server", "--application", settings.application,
            "--bind", address, *common, "--threads", str(settings.threads),
            *(("--certificate", str(tls.certificate), "--key", str(tls.key)) if tls else ()),
        )  # fmt: skip
    configuration = settings.root / "deploy" / "gunicorn.conf.py"
    return (
        sys.executable, "-m", "gunicorn", f"{settings.application}()",
        *(("--config", str(configuration)) if configuration.is_file() else ()),
        "--bind", address, *common, "--worker-class", "gthread",
        "--threads", str(settings.threads),
        *(("--certfile", str(tls.certificate), "--keyfile", str(tls.key)) if tls else ()),
    )  # fmt: skip


def _status(port: int, path: str, authority: Path | None) -> int:
    """The HTTP status of a GET, 0 when nobody answers."""
    connection: http.client.HTTPConnection
    if authority is not None:
        context = ssl.create_default_context(cafile=str(authority))
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}", "Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
