from pathlib import Path

import pytest

from embedded.errors import StartError
from embedded.folder import new_ports, new_secrets
from embedded.options import provider_environment, read_options
from embedded.state import EmbeddedState

STORES = {
    "WANGOV_DATABASE_URL": "postgresql://a:b@db/x",
    "WANGOV_REDIS_URL": "redis://r",
    "WANGOV_S3_ENDPOINT": "https://s3",
    "WANGOV_S3_ACCESS_KEY": "a",
    "WANGOV_S3_SECRET_KEY": "s",
}


def test_nothing_set_is_the_usual_run() -> None:
    """Port 8000, folder var, gunicorn, embedded stores, demo services."""
    options = read_options({})
    assert (options.port, options.data, options.issuer) == (8000, Path("var").absolute(), "http://localhost:8000")
    assert (options.server, options.embedded, options.with_demo, options.tls) == ("gunicorn", True, True, False)


def test_instances_side_by_side() -> None:
    """Port, folder and issuer are honoured; with TLS the issuer says https."""
    options = read_options({"PORT": "9000", "WANGOV_DATA": "/srv/second", "TLS": "1"})
    assert (options.port, options.data, options.issuer) == (9000, Path("/srv/second"), "https://localhost:9000")
    assert read_options({"WANGOV_ISSUER": "https://id.example"}).issuer == "https://id.example"


@pytest.mark.parametrize("value", ["0", "no", "False", "off", ""])
def test_tls_can_be_said_no_to(value: str) -> None:
    """The usual words for no leave TLS off."""
    assert not read_options({"TLS": value}).tls


@pytest.mark.parametrize("port", ["0", "-1", "65534", "99999", "http", "8000.0", "٨٠٠٠", "8 000"])
def test_a_port_must_leave_room_for_the_demo_services(port: str) -> None:
    """What is no port, or leaves no two above it, is named with the range."""
    with pytest.raises(StartError, match=r"PORT is .* from 1 to 65533"):
        read_options({"PORT": port})


def test_the_operators_stores_are_used_whole() -> None:
    """With all stores set nothing embedded starts, and no demo data is loaded into them."""
    options = read_options(STORES)
    assert not options.embedded
    assert not options.with_demo


@pytest.mark.parametrize("missing", sorted(STORES))
def test_some_stores_set_and_some_not_is_refused(missing: str) -> None:
    """A mixture of own and embedded stores is an oversight; the missing setting is named."""
    given = {name: value for name, value in STORES.items() if name != missing}
    with pytest.raises(StartError, match=missing):
        read_options(given)
    with pytest.raises(StartError, match=missing):
        read_options(given | {missing: ""})


@pytest.mark.parametrize("kind", ["staging", "production", "anything"])
def test_embedded_stores_are_for_development(kind: str) -> None:
    """Neither staging nor production runs on embedded stores."""
    with pytest.raises(StartError, match="embedded stores are for development"):
        read_options({"WANGOV_ENVIRONMENT": kind})
    assert not read_options(STORES | {"WANGOV_ENVIRONMENT": kind}).with_demo


def test_an_unknown_server_is_refused() -> None:
    """The two servers are named."""
    assert read_options({"WANGOV_SERVER": "granian"}).server == "granian"
    with pytest.raises(StartError, match="gunicorn or granian"):
        read_options({"WANGOV_SERVER": "waitress"})


def environment_for(folder: Path, variables: dict[str, str]) -> dict[str, str]:
    """The provider's environment in a run with these variables."""
    options = read_options(variables | {"WANGOV_DATA": str(folder)})
    state = EmbeddedState(
        data=folder,
        home=folder,
        port=options.port,
        issuer=options.issuer,
        embedded=options.embedded,
        demo="",
        ports=new_ports(set()),
        secrets=new_secrets(),
    )
    return provider_environment(options, state, variables)


def test_the_provider_gets_what_is_generated_and_what_was_set(tmp_path: Path) -> None:
    """Stores and keys are generated, a caller's own setting wins, an empty one counts as not set."""
    given = {"WANGOV_LOG_LEVEL": "DEBUG", "WANGOV_METRICS_TOKEN": "mine", "WANGOV_REDIS_URL": "", "PATH": "/bin"}
    found = environment_for(tmp_path, given)
    assert found["WANGOV_DATABASE_URL"].startswith("postgresql://wangov:")
    assert found["WANGOV_REDIS_URL"].startswith("redis://:")
    assert (found["WANGOV_LOG_LEVEL"], found["WANGOV_METRICS_TOKEN"], found["PATH"]) == ("DEBUG", "mine", "/bin")
    assert (found["WANGOV_EMBEDDED"], found["WANGOV_ENVIRONMENT"], found["PORT"]) == ("true", "development", "8000")


def test_production_gets_no_root_key_from_a_file(tmp_path: Path) -> None:
    """Our generated key file is offered in development and staging only; own stores are used as they were given."""
    found = environment_for(tmp_path, STORES | {"WANGOV_ENVIRONMENT": "production"})
    assert "WANGOV_ROOT_KEY_FILE" not in found
    assert {name: found[name] for name in STORES} == STORES
    assert found["WANGOV_EMBEDDED"] == "false"
    assert "WANGOV_ROOT_KEY_FILE" in environment_for(tmp_path, STORES | {"WANGOV_ENVIRONMENT": "staging"})


@pytest.mark.parametrize(("threads", "waiting"), [("1", "1"), ("8", "6"), ("32", "24")])
def test_waiting_for_commits_leaves_threads_free(tmp_path: Path, threads: str, waiting: str) -> None:
    """Fewer threads allow fewer requests to wait, or a stopped store would hold them all."""
    assert environment_for(tmp_path, {"WANGOV_THREADS": threads})["WANGOV_COMMIT_WAITING"] == waiting
