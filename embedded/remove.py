"""`make clean-data`: removes what the embedded servers stored, and nothing else."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from embedded.errors import StartError
from embedded.folder import DataFolder
from embedded.leftovers import ProcessRecord
from embedded.output import Output
from embedded.state import StateError, load_state, lock_file

__all__ = ["main", "remove_data"]

# What a run makes in a home folder and in a data folder; anything else there is the operator's.
_OURS = (
    "authority", "demo", "keys", "metrics", "objects", "objects-authority", "postgres", "postgresql",
    "processes.json", "state.json", "valkey",
)  # fmt: skip


def remove_data(data: Path, output: Output) -> None:
    """Remove all that runs on `data` have stored. Raises `StartError` while a supervisor holds the folder."""
    if not data.is_dir():
        output.say(f"There is no data in {data}.")
        return
    if not any((data / name).exists() for name in _OURS):
        output.say(f"{data} holds nothing of the embedded servers; nothing was removed.")
        return
    with DataFolder(data) as folder:
        ProcessRecord(folder.path / "processes.json").end_all(output)
        try:
            state = load_state(folder.path)
        except StateError:
            state = None
        homes = {folder.path} if state is None else {folder.path, state.home}
        for home in homes:
            for name in _OURS:
                path = home / name
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
            if home != folder.path:
                home.rmdir()
        lock_file(folder.path).unlink()
    if not any(data.iterdir()):
        data.rmdir()
    output.say(f"Removed the embedded servers' data in {data}.")


def main(variables: Mapping[str, str]) -> int:
    """Remove the data of WANGOV_DATA (default `var`); 1 and one message when that is not possible."""
    try:
        remove_data(Path(variables.get("WANGOV_DATA") or "var").absolute(), Output())
    except StartError as error:
        sys.stderr.write(f"make clean-data: {error}.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
