import os
import socket
import stat
from pathlib import Path

import pytest

from embedded.errors import StartError
from embedded.folder import DataFolder, check_room, new_secrets
from embedded.state import EmbeddedState


def prepared(folder: DataFolder) -> EmbeddedState:
    """The state of a start on the usual port."""
    return folder.prepare(port=8000, issuer="http://localhost:8000", embedded=True)


def test_the_first_start_makes_keys_for_one_reader(tmp_path: Path) -> None:
    """Root key (32 bytes) and form secret are made once, mode 0600, in a folder of mode 0700."""
    with DataFolder(tmp_path / "var") as folder:
        state = prepared(folder)
        root, form = state.root_key_file.read_bytes(), state.secret_key_file.read_text(encoding="ascii")
        assert len(root) == 32
        assert len(bytes.fromhex(form)) == 32
        for path, mode in ((state.root_key_file, 0o600), (state.secret_key_file, 0o600), (root_folder(state), 0o700)):
            assert stat.S_IMODE(path.stat().st_mode) == mode
        assert prepared(folder).secrets == state.secrets
        assert state.root_key_file.read_bytes() == root


def root_folder(state: EmbeddedState) -> Path:
    """Where the keys lie."""
    return state.root_key_file.parent


def test_a_lost_root_key_is_not_replaced(tmp_path: Path) -> None:
    """A new root key would make everything stored unreadable, so the start is refused."""
    with DataFolder(tmp_path) as folder:
        prepared(folder).root_key_file.unlink()
        with pytest.raises(StartError, match=r"root\.key is missing"):
            prepared(folder)


def test_a_second_start_is_told_who_runs(tmp_path: Path) -> None:
    """The second supervisor on one folder gets the address of the first, and the folder is free afterwards."""
    with DataFolder(tmp_path) as first:
        first.note_owner("http://localhost:8000, process 4711")
        with pytest.raises(StartError, match=r"already running .*localhost:8000, process 4711"), DataFolder(tmp_path):
            pass
    with DataFolder(tmp_path):
        pass


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path) -> None:
    """Too little room is a sentence with both figures."""
    with pytest.raises(StartError, match=r"the disk is full: .* MB free and needs \d+"):
        check_room(tmp_path, 1 << 62)
    check_room(tmp_path, 1)


def test_a_folder_that_cannot_be_written_is_named() -> None:
    """Not even root may make a folder there."""
    with pytest.raises(StartError, match="cannot write to /proc/wangov"), DataFolder(Path("/proc/wangov")):
        pass


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    """A file of that name is not overwritten."""
    (tmp_path / "var").write_text("mine", encoding="ascii")
    with pytest.raises(StartError, match="is a file, not a folder"), DataFolder(tmp_path / "var"):
        pass
    assert (tmp_path / "var").read_text(encoding="ascii") == "mine"


def test_ports_are_kept_unless_somebody_took_one(tmp_path: Path) -> None:
    """A later start finds the same ports; when a foreign program sits on one, all are chosen anew."""
    with DataFolder(tmp_path) as folder:
        first = prepared(folder)
        assert prepared(folder).ports == first.ports
        with socket.create_server(("127.0.0.1", first.ports.valkey)):
            moved = prepared(folder)
        assert first.ports.valkey not in moved.ports.all()
        assert moved.secrets == first.secrets


def test_store_ports_leave_the_providers_free(tmp_path: Path) -> None:
    """A store never sits on the port of the provider or of a demo service."""
    with DataFolder(tmp_path) as folder:
        taken = prepared(folder).ports.postgres
        state = folder.prepare(port=taken - 1, issuer="http://localhost", embedded=True)
        assert not {taken - 1, taken, taken + 1} & set(state.ports.all())


def test_secrets_are_all_different() -> None:
    """No two secrets of a folder, and none of two folders, are the same."""
    first, second = new_secrets(), new_secrets()
    values = [getattr(secrets, name) for secrets in (first, second) for name in secrets.__slots__]
    assert len(set(values)) == len(values) == 22
    assert all(len(value) >= 20 for value in values)


def test_only_a_server_that_dropped_from_root_may_pass_through(tmp_path: Path) -> None:
    """Nobody may list the folder; passing through it is allowed where the servers run under another account."""
    with DataFolder(tmp_path / "var"):
        assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
