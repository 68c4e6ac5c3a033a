from pathlib import Path

import pytest

from embedded.apps import DemoService, MessageWorker, WebServer, WebSettings, web_argv
from embedded.authority import CertificateFiles

ROOT = Path("/srv/wangov")


def settings(server: str, *, tls: bool = False) -> WebSettings:
    """A web server on port 8000."""
    return WebSettings(
        root=ROOT,
        server=server,
        port=8000,
        workers=3,
        threads=7,
        environment={"A": "b"},
        metrics=Path("/metrics"),
        certificate=CertificateFiles(Path("/c.pem"), Path("/c.key")) if tls else None,
    )


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_both_servers_get_the_same_choices(server: str) -> None:
    """Loopback address, port, workers and threads reach the command line; no certificate without TLS."""
    line = " ".join(web_argv(settings(server)))
    assert "127.0.0.1" in line
    assert "8000" in line
    assert "--workers 3" in line
    assert "threads 7" in line
    assert "/c.pem" not in line
    assert "/c.pem" in " ".join(web_argv(settings(server, tls=True)))


def test_workers_share_a_folder_for_their_figures() -> None:
    """The folder of the metrics reaches the server's environment, beside what was given."""
    assert WebServer(settings("gunicorn")).command().environment == {
        "A": "b",
        "PROMETHEUS_MULTIPROC_DIR": "/metrics",
    }


def test_the_worker_is_ready_when_it_says_so() -> None:
    """It runs the operator's command beside the web server, and only its own line makes it ready."""
    worker = MessageWorker(ROOT, {"A": "b"}, Path("/metrics"))
    assert worker.command().argv[1:] == ("-m", "flask", "--app", "wsgi", "worker")
    alone = {"OPENBLAS_NUM_THREADS": "1"}
    assert worker.command().environment == {"A": "b", "PROMETHEUS_MULTIPROC_DIR": "/metrics"} | alone
    chosen = MessageWorker(ROOT, {"OPENBLAS_NUM_THREADS": "2"}, Path("/metrics"))
    assert chosen.command().environment["OPENBLAS_NUM_THREADS"] == "2"
    assert worker.problem() is not None
    assert worker.shows('{"event": "message_not_sent", "level": "warning"}')
    assert not worker.shows('{"event": "page", "level": "info"}')
    assert worker.problem() is not None
    assert not worker.shows("worker: takes jobs")
    assert worker.problem() is None


def test_a_demo_service_gets_only_its_own_settings() -> None:
    """It is a stranger: no address or secret of a store is in its environment."""
    service = DemoService("tax", "Tax filing", ROOT, 8001, {"DEMO_PORT": "8001"})
    command = service.command()
    assert command.argv[1:] == ("-m", "examples.tax")
    assert command.environment == {"DEMO_PORT": "8001"}
    assert command.directory == ROOT
