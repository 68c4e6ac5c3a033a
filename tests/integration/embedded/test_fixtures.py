"""The fixtures that all tests stand on: separate, real, and gone afterwards."""

import psycopg
import pytest
import redis
import requests
from minio import Minio
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.chromium import DESK, PHONE, Browsers
from tests.live import LiveServer, MovableClock

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_session_commits_is_undone(session: Session, turn: int) -> None:
    """Each test finds the table absent that the other made and committed."""
    session.execute(text("CREATE TABLE only_here (turn int)"))
    session.commit()
    session.execute(text("INSERT INTO only_here VALUES (:turn)"), {"turn": turn})
    session.commit()
    assert session.execute(text("SELECT turn FROM only_here")).scalars().all() == [turn]


def test_the_database_is_migrated_and_empty(own_database: Engine) -> None:
    """All tables of the migrations are there, none has a row."""
    with own_database.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        assert "alembic_version" in tables
        assert len(tables) > 5
        for table in set(tables) - {"alembic_version"}:
            assert connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar() == 0, table  # noqa: S608 - the name comes from the catalogue


@pytest.mark.parametrize("turn", [1, 2])
def test_a_fresh_database_is_the_tests_own(fresh_database: str, turn: int) -> None:
    """Each test finds the table absent that the other made."""
    with psycopg.connect(fresh_database) as connection:
        connection.execute("CREATE TABLE only_here ()")


@pytest.mark.parametrize("turn", [1, 2])
def test_keys_are_removed_after_the_test(redis_url: str, redis_prefix: str, turn: int) -> None:
    """Nothing under the prefix, nor under an earlier one."""
    with redis.Redis.from_url(redis_url) as client:
        worker = redis_prefix.rpartition("_")[0]
        assert not client.keys(f"{worker}_*probe")
        client.set(f"{redis_prefix}probe", turn)


def test_the_bucket_is_there(s3: dict[str, str]) -> None:
    """A bucket of this worker's, with the credentials to use it."""
    client = Minio(
        s3["WANGOV_S3_ENDPOINT"].removeprefix("http://"), s3["WANGOV_S3_ACCESS_KEY"], s3["WANGOV_S3_SECRET_KEY"],
        secure=False, region="us-east-1",
    )  # fmt: skip
    assert client.bucket_exists(s3["WANGOV_S3_BUCKET"])


@pytest.mark.parametrize("fixture", ["live_server", "granian_server"])
def test_a_running_provider_is_ready(request: pytest.FixtureRequest, fixture: str) -> None:
    """Under both servers: discovery names the issuer under which it was reached."""
    live: LiveServer = request.getfixturevalue(fixture)
    assert live.get("/health/ready").status_code == 200
    assert live.get("/.well-known/openid-configuration").json()["issuer"] == live.issuer


def test_commands_work_on_the_running_provider(live_server: LiveServer) -> None:
    """The operator's command reaches the same stores."""
    assert isinstance(live_server.command("keys", "list"), list)


def test_time_moves_for_a_running_provider(live_server: LiveServer, test_clock: MovableClock) -> None:
    """Seconds written to the clock's file are seconds later for all workers; JWTs are dated by it."""
    before = test_clock.now()
    test_clock.advance(3600)
    assert 3599 < test_clock.now() - before < 3660
    assert float(test_clock.file.read_text(encoding="ascii")) == 3600
    assert live_server.environment["WANGOV_TEST_CLOCK"] == str(test_clock.file)


@pytest.mark.parametrize(("scripts", "width"), [(True, DESK), (False, PHONE)])
def test_browsers_come_with_and_without_scripts(browsers: Browsers, scripts: bool, width: int) -> None:
    """The visitor's width and scripts are as asked for."""
    page = browsers.visitor(scripts=scripts, width=width).new_page()
    page.set_content("<p id=a>off</p><script>document.getElementById('a').textContent = 'on ' + innerWidth</script>")
    assert page.inner_text("#a") == (f"on {width}" if scripts else "off")


def test_a_browser_reaches_the_running_provider(browsers: Browsers, live_server: LiveServer) -> None:
    """The start page opens; two visitors share no cookie."""
    first, second = browsers.visitor(), browsers.visitor()
    answer = first.new_page().goto(live_server.issuer)
    assert answer is not None
    assert answer.ok
    assert not second.cookies()


def test_no_proxy_stands_between(live_server: LiveServer) -> None:
    """Requests go straight to the server, whatever the machine's environment says."""
    assert isinstance(live_server.http, requests.Session)
    assert not live_server.http.trust_env
