"""The list of samples that an evaluation runs over: a CSV file that lies beside or above the samples."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ["COLUMNS", "Entry", "ManifestError", "impression_order", "read_manifest"]

COLUMNS = ("path", "subject_id", "impression_id", "dataset", "attribute")
# Below the digits that Python reads as a number.
_LONGEST = 4000
_NUMBER = re.compile(r"(\d+)")


class ManifestError(ValueError):
    """The manifest cannot be used; the text says which line and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One sample of the manifest.

    `subject` names what is to be recognised: one finger, or one face. Two rows of one dataset with the same subject
    and the same impression are the same capture in two encodings. `attribute` is the group that figures are split by.
    """

    path: Path
    subject: str
    impression: str
    dataset: str
    attribute: str

    @property
    def capture(self) -> tuple[str, str, str] | None:
        """What the capture is known by (None: the manifest does not tell)."""
        return (self.dataset, self.subject, self.impression) if self.impression else None


def impression_order(entry: Entry) -> tuple[tuple[int, int | str], ...]:
    """Sorting key of impressions of one subject: numbers by their value, text by its letters."""
    parts = [part for part in _NUMBER.split(entry.impression) if part]
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts)


def read_manifest(path: Path, datasets: Sequence[str] = ()) -> list[Entry]:
    """The entries of the CSV file `path`, of the named datasets only when some are named.

    Columns: `path` (relative to the manifest, with slashes), `subject_id`, `impression_id`, `dataset`, `attribute`;
    further columns are ignored. The first two must have values. Raises `ManifestError` for a missing column, an empty
    value, one with control characters or too long, a path that is absolute, leaves the manifest's folder (also by a
    symbolic link) or is listed twice, a file that does not exist, and when nothing is left to evaluate.
    """
    if not path.is_file():
        # A pipe or a device may never end.
        message = f"the manifest cannot be read: {path} is no file"
        raise ManifestError(message)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            names = reader.fieldnames or ()
            missing = [column for column in COLUMNS if column not in names]
            if missing:
                hint = "; columns are separated by commas, not by semicolons" if any(";" in n for n in names) else ""
                message = f"the manifest has no column {', '.join(missing)}{hint}"
                raise ManifestError(message)
            rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        message = "the manifest cannot be read: it is not UTF-8 (a table saved as UTF-16 or Latin-1 must be saved anew)"
        raise ManifestError(message) from error
    except (OSError, csv.Error) as error:
        message = f"the manifest cannot be read: {error}"
        raise ManifestError(message) from error
    wanted = [(line, row) for line, row in rows if not datasets or row["dataset"] in datasets]
    entries = [_entry(path.parent, line, row) for line, row in wanted]
    if not entries:
        known = ", ".join(sorted(filter(_plain, {row["dataset"] or "" for _, row in rows}))) or "none"
        message = f"no sample is left to evaluate; datasets of the manifest: {known}"
        raise ManifestError(message)
    _refuse_repeats(entries)
    return entries


def _plain(value: str) -> bool:
    """Whether a value may be printed later: control characters would steer the terminal."""
    return len(value) <= _LONGEST and value.isprintable()


def _entry(folder: Path, line: int, row: dict[str, str]) -> Entry:
    if not all(_plain(row[column] or "") for column in COLUMNS):
        message = f"line {line}: a value with control characters, or too long"
        raise ManifestError(message)
    relative = row["path"] or ""
    if not relative or not row["subject_id"]:
        message = f"line {line}: path and subject_id must have values"
        raise ManifestError(message)
    plain = PurePosixPath(relative)
    if plain.is_absolute() or ".." in plain.parts or "\\" in relative or "\0" in relative:
        message = f"line {line}: the path leaves the folder of the manifest"
        raise ManifestError(message)
    place = folder / plain
    try:
        inside, there = place.resolve().is_relative_to(folder.resolve()), place.is_file()
    except (OSError, RuntimeError) as error:
        # A name that is too long, a loop of symbolic links, a folder that may not be entered.
        message = f"line {line}: the path cannot be followed"
        raise ManifestError(message) from error
    if not inside:
        message = f"line {line}: the path leaves the folder of the manifest"
        raise ManifestError(message)
    if not there:
        message = f"line {line}: there is no file {relative}"
        raise ManifestError(message)
    return Entry(
        path=place,
        subject=row["subject_id"],
        impression=row["impression_id"] or "",
        dataset=row["dataset"] or "",
        attribute=row["attribute"] or "",
    )


def _refuse_repeats(entries: Iterable[Entry]) -> None:
    seen: set[Path] = set()
    for entry in entries:
        if entry.path in seen:
            message = f"{entry.path.name} of {entry.subject} is listed twice"
            raise ManifestError(message)
        seen.add(entry.path)
