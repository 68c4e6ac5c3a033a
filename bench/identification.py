"""What a search of many people costs and loses: faces and fingers, made up, on one core.

`python -m bench.identification` prints CPU times, since other programs may run beside, and how they grow.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.identification_faces import FaceFigures, measure_faces
from bench.identification_fingers import BYTES_PER_FINGER, SHARES, FingerFigures, measure_fingers
from bench.identification_plot import Curve, draw
from biometrics.evaluation.arguments import positive, whole
from biometrics.identification.passes import Form


def main() -> int:
    """Run the bench and print its tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.identification", description=__doc__)
    parser.add_argument("--faces", type=whole, default=1_000_000, help="largest face gallery; 0 leaves faces out")
    parser.add_argument("--fingers", type=whole, default=100_000, help="largest finger gallery; 0 leaves fingers out")
    parser.add_argument("--probes", type=positive, default=100, help="mated finger probes, for the share lost")
    parser.add_argument("--searches", type=positive, default=5, help="finger searches with the matcher, for ms in all")
    parser.add_argument("--folder", type=Path, help="keeps short forms of fingers between runs (320 MB per 100 000)")
    parser.add_argument("--plot", type=Path, help="write the growth as a PNG")
    options = parser.parse_args()
    on_one_core()
    with tempfile.TemporaryDirectory() as scratch:
        kept = options.folder or Path(scratch)
        kept.mkdir(parents=True, exist_ok=True)
        faces = face_figures(sizes(options.faces), Path(scratch))
        fingers = finger_figures(sizes(options.fingers), kept, options)
    if options.plot:
        draw(options.plot, "CPU ms a search on one core, by size of the gallery", curves(faces, fingers))
    return 0


def on_one_core() -> None:
    """Start anew with numpy's threads off: it reads this when it is imported."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if single.items() <= os.environ.items():
        return
    os.execve(sys.executable, [sys.executable, "-m", "bench.identification", *sys.argv[1:]], os.environ | single)  # noqa: S606  # itself


def sizes(largest: int) -> list[int]:
    """A hundredth, a tenth and all."""
    return [largest // share for share in (100, 10, 1) if largest // share > 0]


def face_figures(rows: Sequence[int], scratch: Path) -> list[FaceFigures]:
    figures = []
    if rows:
        say("faces: unit vectors of 128 dimensions, 64 probes, half of them mated; the ten best of each")
        say(
            f"{'rows':>9} {'form':9} {'recall':>7} {'score error':>11} {'single ms':>9} {'batch ms':>8} {'read MB':>8} "
            f"{'file MB':>8} {'own MB':>7}"
        )
    for count in rows:
        found = measure_faces(scratch / f"faces-{count}", count)
        figures.append(found)
        for form in Form:
            say(
                f"{count:9d} {form:9} {found.recall[form]:7.4f} {found.score_error[form]:11.1e} "
                f"{found.single_ms[form]:9.2f} {found.batch_ms[form]:8.2f} {found.read_bytes[form] / 1e6:8.1f} "
                f"{found.file_bytes / 1e6:8.1f} {found.private_bytes / 1e6:7.0f}"
            )
        say(
            f"{count:9d} build {found.build_seconds:.2f} s, open with check {found.open_seconds:.2f} s, by mean "
            f"{found.mean_ms:.2f} ms a probe; this core reads {found.read_gigabytes:.1f} GB/s just now, "
            f"so no single float32 search can take less than {count * 512 / found.read_gigabytes / 1e6:.2f} ms"
        )
    return figures


def finger_figures(counts: Sequence[int], kept: Path, options: argparse.Namespace) -> list[FingerFigures]:
    figures: list[FingerFigures] = []
    if not counts:
        return figures
    shares = " ".join(f"{f'lost@{share:.1%}':>10}" for share in SHARES)
    say(f"fingers: synthetic templates of minutiae, one finger a person, {BYTES_PER_FINGER} bytes a short form")
    say(
        f"{'fingers':>9} {'rate/s':>8} {shares} {'list ms':>8} {'kept':>6} {'match ms':>8} {'search ms':>9} "
        f"{'rank 1':>7} {'make ms':>8} {'peak MB':>8}"
    )
    for found in measure_fingers(counts, kept, probes=options.probes, searches=options.searches):
        figures.append(found)
        lost = " ".join(f"{found.lost[share]:10.3f}" for share in SHARES)
        say(
            f"{found.fingers:9d} {found.rate:8.0f} {lost} {found.shortlist_ms:8.1f} {found.kept:6.0f} "
            f"{found.match_ms:8.1f} {found.search_ms:9.1f} {found.found:7.2f} {found.fetch_ms:8.1f} "
            f"{found.resident_bytes / 1e6:8.0f}"
        )
    return figures


def curves(faces: Sequence[FaceFigures], fingers: Sequence[FingerFigures]) -> list[Curve]:
    """What the plot shows."""
    found = []
    for form in Form:
        found.append(Curve(f"face {form}, single", [(f.rows, f.single_ms[form]) for f in faces]))
        found.append(Curve(f"face {form}, of 64", [(f.rows, f.batch_ms[form]) for f in faces]))
    found.append(Curve("finger shortlist", [(f.fingers, f.shortlist_ms) for f in fingers]))
    found.append(Curve("finger search in all", [(f.fingers, f.search_ms) for f in fingers]))
    return [curve for curve in found if curve.points]


def say(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
