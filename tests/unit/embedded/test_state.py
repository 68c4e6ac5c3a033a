import dataclasses
import json
import stat
from pathlib import Path

import pytest

from embedded.folder import DataFolder, new_ports, new_secrets
from embedded.state import EmbeddedState, StateError, environment, is_running, load_state, read_state, write_state


def some_state(folder: Path, *, embedded: bool = True) -> EmbeddedState:
    """A state with ports and secrets of its own."""
    return EmbeddedState(
        data=folder,
        home=folder,
        port=8000,
        issuer="http://localhost:8000",
        embedded=embedded,
        demo="",
        ports=new_ports(set()),
        secrets=new_secrets(),
    )


def test_a_state_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Ports, secrets and paths survive the file, and nobody else may read it."""
    state = some_state(tmp_path)
    write_state(state)
    assert read_state(tmp_path) == state
    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600


def test_a_rewritten_state_leaves_no_second_file(tmp_path: Path) -> None:
    """The new state replaces the old one in one step."""
    state = some_state(tmp_path)
    write_state(state)
    write_state(dataclasses.replace(state, port=9000))
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
    found = read_state(tmp_path)
    assert found is not None
    assert found.port == 9000


def test_no_state_is_none(tmp_path: Path) -> None:
    """A folder that never saw a start, or that is not there, has no state."""
    assert read_state(tmp_path) is None
    assert read_state(tmp_path / "absent") is None
    assert not is_running(tmp_path / "absent")


def test_the_operators_stores_are_not_the_embedded_ones(tmp_path: Path) -> None:
    """After a start on the operator's stores a command must not turn to the embedded ones."""
    write_state(some_state(tmp_path, embedded=False))
    assert read_state(tmp_path) is None
    assert load_state(tmp_path) is not None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"version": 99}', '{"version": 1, "home": "/x"}', "\ud800".encode("utf-8", "surrogatepass")],
)
def test_a_broken_state_is_refused_in_words(tmp_path: Path, content: str | bytes) -> None:
    """A file that is cut off, foreign or of another version is named, with what to do."""
    raw = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "state.json").write_bytes(raw)
    with pytest.raises(StateError, match=r"state\.json .*(make clean-data)"):
        read_state(tmp_path)


def test_a_missing_secret_is_refused(tmp_path: Path) -> None:
    """A state without one of its secrets is not completed silently."""
    write_state(some_state(tmp_path))
    document = json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))
    del document["secrets"]["valkey"]
    (tmp_path / "state.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(StateError):
        read_state(tmp_path)


def test_the_environment_names_every_store(tmp_path: Path) -> None:
    """A process gets addresses with credentials, key files and the issuer under the names of the settings."""
    state = some_state(tmp_path)
    variables = environment(state)
    secrets, ports = state.secrets, state.ports
    assert variables["WANGOV_DATABASE_URL"] == (
        f"postgresql://wangov:{secrets.postgres}@127.0.0.1:{ports.postgres}/wangov"
    )
    assert variables["WANGOV_REDIS_URL"] == f"redis://:{secrets.valkey}@127.0.0.1:{ports.valkey}/0"
    assert variables["WANGOV_S3_ENDPOINT"] == f"http://127.0.0.1:{ports.objects.s3}"
    assert variables["WANGOV_ROOT_KEY_FILE"] == str(tmp_path / "keys" / "root.key")
    assert variables["WANGOV_EMBEDDED"] == "true"
    assert secrets.postgres_admin not in "".join(variables.values())


def test_secrets_stay_out_of_texts(tmp_path: Path) -> None:
    """Neither the state nor its secrets show a secret when they are printed or logged."""
    state = some_state(tmp_path)
    assert state.secrets.valkey not in f"{state} {state.secrets!r}"


def test_running_is_seen_from_outside(tmp_path: Path) -> None:
    """While a supervisor holds the folder it counts as running, and no longer."""
    with DataFolder(tmp_path):
        assert is_running(tmp_path)
    assert not is_running(tmp_path)
