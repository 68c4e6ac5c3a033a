"""Fixtures of all tests: the run's private servers, databases to work on, running providers, browsers.

Nothing starts before a test asks for it, and nothing stays behind.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, settings
from minio import Minio
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from tests.chromium import DESK, PHONE, Browsers, launched
from tests.live import LiveServer, MovableClock
from tests.stack import OBJECTS, SERVERS, Keeper, Stack

_FOLDER = pytest.StashKey[Path]()
_KEEPER = pytest.StashKey[Keeper]()
_numbers = itertools.count(1)
# Where tests wait for browsers, servers and whole journeys. They begin first, or the run would end with one worker in a
# file of minutes and the others idle.
_LONG = (
    "browser", "crashes", "fuzz", "faults", "front", "apache", "clients", "races", "conformance", "abuse", "protocol",
    "embedded", "integration",
)  # fmt: skip
# Folders whose tests all talk to a running server.
_TALKING = ("abuse", "apache", "clients", "conformance", "faults", "front", "fuzz", "protocol", "races")

# What passed on one machine passes on a slower one: neither its speed nor new dice decide. To search further:
# `make test ARGS="--hypothesis-profile=search -k ..."`.
settings.register_profile("run", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", settings.get_profile("run"), derandomize=False, print_blob=True, max_examples=1000)
settings.load_profile("run")

StartServer = Callable[..., LiveServer]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """The process that runs pytest gets a keeper of servers; its workers are told where.

    Temporary folders lie in the keeper's and go with it, unless `--basetemp` asks to keep them.
    """
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[_FOLDER] = Path(given["stack_folder"])
    elif not config.option.help and not config.option.collectonly:
        config.stash[_KEEPER] = keeper = Keeper()
        config.stash[_FOLDER] = keeper.folder
        if config.option.basetemp is None:
            config.option.basetemp = keeper.folder / "tmp"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Item) -> None:
    """Tell a worker where the servers are."""
    node.workerinput["stack_folder"] = str(node.config.stash[_FOLDER])  # type: ignore[attr-defined]  # xdist's node


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers."""
    keeper = config.stash.get(_KEEPER, None)
    if keeper is not None:
        keeper.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; mark the tests of the folders that talk to a running server."""
    here = Path(__file__).parent
    rank = {folder: place for place, folder in enumerate(_LONG)}
    items.sort(key=lambda item: rank.get(item.path.relative_to(here).parts[0], len(_LONG)))
    for item in items:
        if item.path.relative_to(here).parts[0] in _TALKING:
            item.add_marker(pytest.mark.protocol)


@pytest.fixture(scope="session")
def worker() -> str:
    """The name of this worker, part of the names of all that it makes in shared servers."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Stack:
    """The run's PostgreSQL and Valkey, up (`stack.wait_for(OBJECTS)` for the S3 server)."""
    stack = Stack(request.config.stash[_FOLDER])
    stack.wait_for(SERVERS)
    return stack


@pytest.fixture(scope="session")
def database_url(stack: Stack, worker: str) -> str:
    """This worker's database, migrated and empty. What a test commits stays: see `fresh_database`."""
    return stack.clone(f"tests_{worker}")


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """Connections to this worker's database."""
    engine = create_engine(_for_engine(database_url))
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on this worker's database; whatever a test does in it, commits too, is undone."""
    with (
        engine.connect() as connection,
        connection.begin() as outer,
        Session(connection, join_transaction_mode="create_savepoint") as session,
    ):
        yield session
        session.close()
        outer.rollback()


@pytest.fixture
def fresh_database(stack: Stack, worker: str) -> Iterator[str]:
    """The address of a database of the test's own, for tests in which commits matter."""
    name = f"fresh_{worker}_{next(_numbers)}"
    yield stack.clone(name)
    stack.drop(name)


@pytest.fixture
def own_database(fresh_database: str) -> Iterator[Engine]:
    """Connections to a database of the test's own."""
    engine = create_engine(_for_engine(fresh_database))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def redis_url(stack: Stack) -> str:
    """The run's Valkey. Keys must begin with `redis_prefix`."""
    return stack.state.redis_url


@pytest.fixture
def redis_prefix(redis_url: str, worker: str) -> Iterator[str]:
    """A prefix of the test's own; what it stored under it is removed afterwards."""
    prefix = f"{worker}_{next(_numbers)}"
    yield prefix
    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter(f"{prefix}*", count=1000):
            client.delete(key)


@pytest.fixture(scope="session")
def s3(stack: Stack, worker: str) -> dict[str, str]:
    """Coordinates of the S3 server with a bucket of this worker's, under the names of the settings."""
    stack.wait_for(OBJECTS)
    state = stack.state
    bucket = f"tests-{worker}"
    client = Minio(
        state.s3_endpoint.removeprefix("http://"), access_key=state.s3_access_key, secret_key=state.s3_secret_key,
        secure=False, region="us-east-1",
    )  # fmt: skip
    client.make_bucket(bucket)
    return {
        "WANGOV_S3_ENDPOINT": state.s3_endpoint,
        "WANGOV_S3_ACCESS_KEY": state.s3_access_key,
        "WANGOV_S3_SECRET_KEY": state.s3_secret_key,
        "WANGOV_S3_BUCKET": bucket,
    }


@pytest.fixture(scope="session")
def moved_clock(tmp_path_factory: pytest.TempPathFactory) -> MovableClock:
    """The file behind `test_clock`, for what outlives a test."""
    return MovableClock(tmp_path_factory.mktemp("clock") / "offset")


@pytest.fixture(scope="module", autouse=True)
def clock_back_after_module(moved_clock: MovableClock) -> Iterator[None]:
    """The next module's servers begin at the machine's time: keys that they made ahead of it would not sign yet."""
    yield
    moved_clock.reset()


@pytest.fixture
def test_clock(moved_clock: MovableClock) -> Iterator[MovableClock]:
    """The clock of this worker's running providers; back at the machine's time after the test."""
    moved_clock.reset()
    yield moved_clock
    moved_clock.reset()


@pytest.fixture(scope="session")
def start_lasting_server(
    stack: Stack, worker: str, moved_clock: MovableClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartServer]:
    """As `start_server`, for a provider of many modules: it runs until the worker's last test."""
    with contextlib.ExitStack() as running:
        yield _starter(running, stack, worker, moved_clock, tmp_path_factory)


@pytest.fixture(scope="module")
def start_server(
    stack: Stack, worker: str, moved_clock: MovableClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartServer]:
    """Start a provider of the module's own: `start_server(server="granian", settings={"WANGOV_...": "..."})`."""
    with contextlib.ExitStack() as running:
        yield _starter(running, stack, worker, moved_clock, tmp_path_factory)


def _starter(
    running: contextlib.ExitStack, stack: Stack, worker: str, clock: MovableClock, folders: pytest.TempPathFactory
) -> StartServer:
    def start(**options: object) -> LiveServer:
        name = f"live_{worker}_{next(_numbers)}"
        live = LiveServer(stack, folders.mktemp(name), clock, name, **options)  # type: ignore[arg-type]  # passed on as given
        running.callback(live.stop)
        return live

    return start


@pytest.fixture(scope="session")
def live_server(start_lasting_server: StartServer) -> LiveServer:
    """The provider under gunicorn, one for all tests of this worker; make your own clients and people in it."""
    return start_lasting_server()


@pytest.fixture(scope="session")
def granian_server(start_lasting_server: StartServer) -> LiveServer:
    """The provider under granian, one for all tests of this worker."""
    return start_lasting_server(server="granian")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all tests of this worker."""
    with launched() as browser:
        yield browser


@pytest.fixture
def browsers(browser: Browser) -> Iterator[Browsers]:
    """Opens visitors: `browsers.visitor(scripts=False, width=PHONE)`."""
    browsers = Browsers(browser)
    yield browsers
    browsers.close()


@pytest.fixture
def page(browsers: Browsers) -> Page:
    """An empty page, scripts on, as wide as a desk screen."""
    return browsers.visitor(width=DESK).new_page()


@pytest.fixture
def narrow_page(browsers: Browsers) -> Page:
    """An empty page, scripts on, as wide as a phone."""
    return browsers.visitor(width=PHONE).new_page()


@pytest.fixture
def page_without_scripts(browsers: Browsers) -> Page:
    """An empty page of a visitor whose browser runs no scripts."""
    return browsers.visitor(scripts=False).new_page()


def _for_engine(address: str) -> str:
    return address.replace("postgresql://", "postgresql+psycopg://", 1)
