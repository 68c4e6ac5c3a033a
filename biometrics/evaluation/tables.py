"""The figures of docs/biometrics.md as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biometrics.decision.calibration import Calibration
from biometrics.evaluation.calibrating import HeldOut
from biometrics.evaluation.details import details
from biometrics.evaluation.intervals import SubjectScores
from biometrics.evaluation.protocol import Protocol
from biometrics.evaluation.rates import operating_at, rates_at, supports
from biometrics.evaluation.report import Evaluation, figures

__all__ = ["calibration", "face_rows", "finger_rows", "fusion", "heading", "one_sided", "other_sensor"]

# Rates at which the threshold of one set is tried on another.
CARRIED = (1e-2, 0.0)
_FINGER_COLUMNS = (
    "mode",
    "mated / non-mated",
    "not extracted",
    "EER % (95 %)",
    "FNMR % at FMR 1e-2",
    "zero-FMR FNMR %",
    "EER %, one finger left out",
    "extraction ms CPU",
    "comparisons/s/core",
)
_CARRIED_COLUMNS = (
    "mode",
    "non-mated",
    "not extracted",
    "FMR there at FMR 1e-2 here",
    "FMR there at zero FMR here",
    "FNMR % here at FMR 1e-3 there",
)
_FACE_COLUMNS = (
    "set",
    "mated / non-mated",
    "not extracted",
    "EER % (95 %)",
    "FNMR % at 1e-3",
    "at 1e-4",
    "at 1e-5",
    "two enrolled: at 1e-3",
    "at 1e-4",
    "at 1e-5",
    "extraction ms CPU",
)


def heading(text: str) -> str:
    """A heading of the second level."""
    return f"## {text}\n"


def finger_rows(modes: Mapping[str, Evaluation], seed: int) -> str:
    """One row a mode: error rates, intervals, speed; then identification, two impressions, quality and what is lost."""
    lines = [
        _row(*_FINGER_COLUMNS),
        _rule(len(_FINGER_COLUMNS)),
    ]
    notes = []
    for mode, evaluation in modes.items():
        found, more = _both(evaluation, seed, worst=3)
        left_out = more["one_subject_left_out"]
        lines.append(
            f"| {mode} | {found['genuine']} / {found['impostor']} | {found['failures_to_extract']} | "
            f"{_percent(found['eer'])} ({_span(found['eer_interval'])}) | {_at(found, '1e-2')} | "
            f"{_percent(found['zero_fmr_fnmr'])} | {_span(left_out['eer']) if left_out else '-'} | "
            f"{found['extract_ms_cpu']:.1f} | {found['comparisons_per_second']:,.0f} |"
        )
        lost = ", ".join(f"{row['probe']} / {row['reference']}" for row in more["worst"]["mated"])
        notes.append(f"- {mode}: {_further(more)} The weakest mates: {lost}.")
    return "\n".join([*lines, "", *notes, ""])


def other_sensor(modes: Mapping[str, tuple[Evaluation, Evaluation]]) -> str:
    """How thresholds of the competition set hold on prints of another sensor, and the other way round."""
    lines = [
        "Thresholds carried over to SOCOFing's prints (non-mated only, half resolution):",
        "",
        _row(*_CARRIED_COLUMNS),
        _rule(len(_CARRIED_COLUMNS)),
    ]
    for mode, (here, there) in modes.items():
        own, others = here.scores(), there.scores()
        carried = [
            rates_at(others.genuine, others.impostor, operating_at(own.genuine, own.impostor, fmr).threshold).fmr
            for fmr in CARRIED
        ]
        back = operating_at(own.genuine, others.impostor, 1e-3)
        lines.append(
            f"| {mode} | {len(others.impostor)} | {int(there.failed.sum())} | {carried[0]:.2e} | {carried[1]:.2e} | "
            f"{_percent(back.fnmr)} |"
        )
    return "\n".join([*lines, ""])


def face_rows(sets: Mapping[str, Evaluation], seed: int) -> str:
    """One row a set, then one with two enrolled images; FNMR at each rate that the counts support."""
    lines = [
        _row(*_FACE_COLUMNS),
        _rule(len(_FACE_COLUMNS)),
    ]
    notes: list[str] = []
    grouped: list[str] = []
    for name, evaluation in sets.items():
        found, more = _both(evaluation, seed)
        two = more["enrolling_two"]
        rates = [_at(part, target) for part in (found, two) for target in ("1e-3", "1e-4", "1e-5")]
        lines.append(
            f"| {name} | {found['genuine']} / {found['impostor']} | {found['failures_to_extract']} | "
            f"{_percent(found['eer'])} ({_span(found['eer_interval'])}) | {' | '.join(rates)} | "
            f"{found['extract_ms_cpu']:.1f} |"
        )
        notes.append(f"- {name}: {_further(more)}")
        grouped += _groups(name, found)
    return "\n".join([*lines, "", *notes, "", *grouped])


def _groups(name: str, found: Mapping[str, Any]) -> list[str]:
    """Rates within each group at the thresholds of the whole set."""
    if not found["groups"]:
        return []
    lines = [
        f"Groups, {name}, at the thresholds of the whole set:",
        "",
        _row("group", "mated / non-mated", "FMR, FNMR % at the 1e-3 threshold", "at the 1e-4 threshold"),
        _rule(4),
    ]
    for group, own in found["groups"].items():
        cells = [
            "-" if at is None else f"{at['fmr']:.2e}, {_percent(at['fnmr'])}"
            for at in (own["fnmr"]["1e-3"], own["fnmr"]["1e-4"])
        ]
        lines.append(_row(group, f"{own['genuine']} / {own['impostor']}", *cells))
    return [*lines, ""]


def one_sided(scores: SubjectScores, made: Calibration) -> str:
    """What becomes of the thresholds of `made` where only the enrolled image was averaged with its mirror image."""
    found = [
        (target, rates_at(scores.genuine, scores.impostor, target.threshold))
        for target in made.targets
        if supports(len(scores.impostor), target.fmr)
    ]
    said = ", ".join(f"{target.fmr:g}: {at.fmr:.2e} and {_percent(at.fnmr)} %" for target, at in found)
    return f"Enrolled with mirror, probe without, FMR and FNMR at the thresholds `mirror` for {said}.\n"


def calibration(made: Calibration, folds: Sequence[HeldOut]) -> str:
    """Thresholds of one calibration, the range of its ratios, and how it held on subjects left out."""
    sources = ", ".join(f"{item.dataset} {item.genuine} / {item.impostor}" for item in made.sources)
    ends = f"{made.ratios[0]:.2f} to {made.ratios[-1]:.2f}"
    lines = [
        f"`{made.engine}`, from {sources} mated / non-mated comparisons. Ratios {ends} (natural logarithm).",
        "",
        _row("FMR", "threshold (95 %)", "FNMR % of its mates"),
        _rule(3),
    ]
    for target in made.targets:
        threshold = f"{target.threshold:.4f} ({target.low:.4f} to {target.high:.4f})"
        lines.append(_row(f"{target.fmr:g}", threshold, _percent(target.fnmr)))
    lines.append("")
    if folds:
        costs = [fold.cost for fold in folds]
        claims = [fold.overclaim for fold in folds]
        lines.append(
            f"Over {len(folds)} folds of subjects left out: Cllr {min(costs):.3f} to {max(costs):.3f} bits, "
            f"overclaim {min(claims):.2f} to {max(claims):.2f}."
        )
    return "\n".join([*lines, ""])


def fusion(name: str, found: Mapping[str, Any]) -> str:
    """FNMR of each part alone and of both at the smallest supported FMR, and of both at what is promised."""
    counts = f"{found['persons']} persons, {found['genuine']} mated, {found['impostor']} non-mated comparisons"
    lines = [
        f"{name.capitalize()}: {counts}; the smallest FMR that these support is {found['smallest_fmr']:.1e}.",
        "",
        _row("parts", "FMR", "FNMR %", "over persons (95 %)"),
        _rule(4),
    ]
    rows = [(part, found[part]) for part in ("finger", "face", "both")]
    rows += [(f"both, ratio for {fmr}", row) for fmr, row in found["promised"].items()]
    lines += [
        f"| {part} | {row['fmr']:.1e} | {_percent(row['fnmr'])} | "
        f"{_percent(row['fnmr_mean_of_persons'])} ({_span(row['interval'])}) |"
        for part, row in rows
    ]
    return "\n".join([*lines, ""])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return f"|{'---|' * columns}"


def _both(evaluation: Evaluation, seed: int, worst: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    found = figures(evaluation, np.random.default_rng(seed))
    return found, details(evaluation, Protocol.ALL, np.random.default_rng(seed), worst=worst)


def _further(more: Mapping[str, Any]) -> str:
    """Identification, enrolment of two and rejection in one line."""
    search, two, rejection = more["identification"], more["enrolling_two"], more["rejection"]
    said = []
    if search:
        said.append(
            f"rank 1 in {_percent(search['rank_1'])} % of {search['searches']} searches among {search['gallery']}"
            + (f", {search['left_out_as_refused']} left out as refused." if search["left_out_as_refused"] else ".")
        )
    if two:
        said.append(f"Two enrolled: zero-FMR FNMR {_percent(two['zero_fmr_fnmr'])} % of {two['genuine']}.")
    if rejection:
        rows = [
            f"{_percent(row['rejected'])} %: {_percent(row['fnmr'])}"
            for row in rejection["rows"]
            if row["rejected"] > 0
        ]
        rows = [f"0 %: {_percent(rejection['rows'][0]['fnmr'])}", *dict.fromkeys(rows)]
        said.append(f"FNMR % at FMR {rejection['fmr']:g} by rejected share: {', '.join(rows)}.")
    return " ".join(said)


def _at(found: Mapping[str, Any], target: str) -> str:
    row = found["fnmr"][target]
    return "-" if row is None else _percent(row["fnmr"])


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{100 * rate:.2f}"


def _span(ends: Sequence[float]) -> str:
    return f"{_percent(ends[0])} to {_percent(ends[1])}"
