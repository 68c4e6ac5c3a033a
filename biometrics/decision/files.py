"""Calibration files: one JSON document for each engine, read strictly.

{"format": 1, "engine": "...", "made": "2026-01-31",
 "knots": [[score, ratio], ...],
 "targets": [{"fmr", "threshold", "low", "high", "fnmr"}, ...],
 "sources": [{"dataset", "subjects", "genuine", "impostor"}, ...],
 "loss": 0.01}
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.decision.calibration import Calibration, Source, Target
from biometrics.errors import Reason, Refused
from biometrics.identity import without_digest

__all__ = ["FOLDER", "file_name", "is_day", "load_calibration", "read_calibration", "write_calibration"]

# Where the calibrations of our own engines lie.
FOLDER = Path(__file__).parent / "calibrations"
FORMAT = 1
LARGEST_FILE = 100_000
MOST_KNOTS = 1000
LARGEST_NUMBER = 1e12
_MEMBERS = {"format", "engine", "made", "knots", "targets", "sources", "loss"}
# Thresholds for rates nearer to each other than this share cannot be told apart by whoever asks for one.
NEAREST_RATES = 1e-6
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9.+/_-]{1,100}", re.ASCII)


class _MalformedError(Exception):
    """What is wrong with the document."""


def file_name(engine: str) -> str:
    """Where the calibration of `engine` lies: under name, version and mode, so that an older recipe's is refused."""
    return f"{without_digest(engine).replace('/', '-')}.json"


def load_calibration(engine: str, folder: Path = FOLDER) -> Calibration | Refused:
    """The calibration of `engine` (as an evaluation names it) from `folder`.

    Refuses with ENGINE_MISSING where there is none or no engine can be called so, and as `read_calibration`.
    """
    if not _NAME.fullmatch(engine):
        return Refused(Reason.ENGINE_MISSING, f"no calibration for {engine[:100]!r}")
    place = folder / file_name(engine)
    if place.resolve().parent != folder.resolve() or not place.is_file():
        return Refused(Reason.ENGINE_MISSING, f"no calibration for {engine!r}")
    if place.stat().st_size > LARGEST_FILE:
        return Refused(Reason.CALIBRATION_MALFORMED, "too large")
    return read_calibration(place.read_bytes(), engine)


def read_calibration(data: bytes, engine: str) -> Calibration | Refused:
    """The calibration in `data`.

    Refuses with CALIBRATION_ENGINE one that was made for another engine, version, recipe or mode than `engine`, and
    with CALIBRATION_MALFORMED whatever is not exactly such a document: unknown or missing members, numbers that are
    none, knots that do not rise, ratios or thresholds that fall where they must not, no source, ratios beyond what that
    many comparisons can tell (no more than their number to one).
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return Refused(Reason.CALIBRATION_MALFORMED, "no JSON document")
    try:
        calibration = _calibration(document)
    except _MalformedError as fault:
        return Refused(Reason.CALIBRATION_MALFORMED, str(fault))
    if calibration.engine != engine:
        return Refused(Reason.CALIBRATION_ENGINE, f"made for {calibration.engine!r}, asked for {engine!r}")
    return calibration


def write_calibration(calibration: Calibration) -> bytes:
    """The document of a calibration, in a form that is pleasant to compare line by line."""
    document = {
        "format": FORMAT,
        "engine": calibration.engine,
        "made": calibration.made,
        "sources": [asdict(source) for source in calibration.sources],
        "loss": calibration.loss,
        "targets": [asdict(target) for target in calibration.targets],
        "knots": [[float(s), float(r)] for s, r in zip(calibration.scores, calibration.ratios, strict=True)],
    }
    text = json.dumps(document, indent=1, ensure_ascii=True)
    return (re.sub(r"\[\s+(-?[\d.e+-]+),\s+(-?[\d.e+-]+)\s+\]", r"[\1, \2]", text) + "\n").encode()


def _calibration(document: Any) -> Calibration:
    found = _object(document, _MEMBERS, "the document")
    if _number(found["format"], "format") != FORMAT:
        raise _MalformedError(f"format is not {FORMAT}")
    engine, made = found["engine"], found["made"]
    if not isinstance(engine, str) or not engine:
        raise _MalformedError("engine is no name")
    if not isinstance(made, str) or not is_day(made):
        raise _MalformedError("made is no day")
    knots = [_pair(knot) for knot in _list(found["knots"], "knots")]
    if not 2 <= len(knots) <= MOST_KNOTS:
        raise _MalformedError(f"between 2 and {MOST_KNOTS} knots are needed")
    scores, ratios = np.array(knots, np.float64).T
    if (np.diff(scores) <= 0).any() or (np.diff(ratios) < 0).any():
        raise _MalformedError("scores must rise and ratios must not fall from knot to knot")
    targets = tuple(_target(target) for target in _list(found["targets"], "targets"))
    ordered = sorted(targets, key=lambda target: -target.fmr)
    if any(a.threshold > b.threshold for a, b in itertools.pairwise(ordered)):
        raise _MalformedError("thresholds must not fall as the false match rate does")
    if any(b.fmr > a.fmr * (1 - NEAREST_RATES) for a, b in itertools.pairwise(ordered)):
        raise _MalformedError("two thresholds for one false match rate")
    sources = tuple(_source(source) for source in _list(found["sources"], "sources"))
    _carried(ratios, sources)
    return Calibration(engine, made, scores, ratios, targets, sources, _number(found["loss"], "loss"))


def _carried(ratios: NDArray[np.float64], sources: Sequence[Source]) -> None:
    """Raises unless the data behind the ratios is named and can carry them."""
    if not sources:
        raise _MalformedError("the data behind the calibration is not named")
    genuine, impostor = sum(source.genuine for source in sources), sum(source.impostor for source in sources)
    if not genuine or not impostor:
        raise _MalformedError("a calibration needs mated and non-mated comparisons")
    if ratios[0] < -math.log(genuine) or ratios[-1] > math.log(impostor):
        raise _MalformedError("ratios beyond what that many comparisons can tell")


def is_day(text: str) -> bool:
    """Whether `text` is a day of the calendar, as in 2026-01-31."""
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _object(value: Any, members: set[str], name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) != members:
        raise _MalformedError(f"{name} has other members than {', '.join(sorted(members))}")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise _MalformedError(f"{name} is no list")
    return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST_NUMBER < value < LARGEST_NUMBER:
        raise _MalformedError(f"{name} is no number")
    return float(value)


def _pair(value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise _MalformedError("a knot is a score and a ratio")
    return _number(value[0], "a score"), _number(value[1], "a ratio")


def _target(value: Any) -> Target:
    names = [field.name for field in fields(Target)]
    found = _object(value, set(names), "a target")
    target = Target(*(_number(found[name], name) for name in names))
    if not 0 < target.fmr < 1 or not 0 <= target.fnmr <= 1 or not target.low <= target.threshold <= target.high:
        raise _MalformedError("a target's rates or interval are impossible")
    return target


def _source(value: Any) -> Source:
    found = _object(value, {field.name for field in fields(Source)}, "a source")
    counts = [found[name] for name in ("subjects", "genuine", "impostor")]
    if any(isinstance(count, bool) or not isinstance(count, int) or count < 0 for count in counts):
        raise _MalformedError("a source's counts are whole numbers")
    if not counts[0] or not counts[1] + counts[2] or max(counts) > LARGEST_NUMBER:
        raise _MalformedError("a source without subjects or comparisons, or with too many")
    if not isinstance(found["dataset"], str) or not found["dataset"]:
        raise _MalformedError("a source's dataset is no name")
    return Source(found["dataset"], *counts)
