"""`./wangov biometrics`: measuring the biometric engine.

The engine runs in a process of its own: what serves pages never loads its libraries.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click

__all__ = ["biometrics"]

ROOT = Path(__file__).resolve().parents[2]
MODALITIES = ("finger", "face")
PROTOCOLS = ("fvc", "all")
MODES = ("verify", "full", "shortlist")
_FILE = click.Path(dir_okay=False, path_type=Path)

biometrics = click.Group("biometrics", help="Measure the biometric engine.")


@biometrics.command("evaluate")
@click.option("--modality", type=click.Choice(MODALITIES), required=True)
@click.option("--manifest", type=_FILE, required=True, help="CSV file of samples; see docs/biometrics.md.")
@click.option("--dataset", multiple=True, help="Only this dataset of the manifest (repeatable).")
@click.option("--protocol", type=click.Choice(PROTOCOLS), required=True)
@click.option("--mode", type=click.Choice(MODES), default="verify", show_default=True, help="How fingers are matched.")
@click.option("--mirror", is_flag=True, help="Faces: average each image with its mirror image.")
@click.option("--plot", type=_FILE, help="Write the detection error trade-off as PNG.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the bootstrap.")
@click.option("--details", is_flag=True, help="With --json: add intervals, identification, quality, failures.")
@click.option("--thresholds", type=_FILE, help="An earlier JSON document, whose thresholds to try as well.")
@click.option("--worst", type=click.IntRange(0, 1000), default=0, help="List so many of the worst pairs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def evaluate(  # noqa: PLR0913 - one argument for each option of the command
    *,
    modality: str,
    manifest: Path,
    dataset: tuple[str, ...],
    protocol: str,
    mode: str,
    plot: Path | None,
    jobs: int,
    seed: int,
    thresholds: Path | None,
    worst: int,
    mirror: bool,
    details: bool,
    as_json: bool,
) -> None:
    """Error rates, speed and their intervals over the samples of a manifest."""
    arguments = ["--modality", modality, "--manifest", str(manifest.absolute()), "--protocol", protocol, "--mode", mode]
    for name in dataset:
        arguments += ["--dataset", name]
    for option, path in (("--plot", plot), ("--thresholds", thresholds)):
        if path is not None:
            arguments += [option, str(path.absolute())]
    arguments += ["--jobs", str(jobs), "--seed", str(seed), "--worst", str(worst)]
    switches = (("--mirror", mirror), ("--details", details), ("--json", as_json))
    arguments += [option for option, given in switches if given]
    status = _run("biometrics.evaluation", arguments)
    if status < 0 and as_json:
        click.echo(json.dumps({"error": "engine", "error_description": f"the evaluation ended by signal {-status}"}))
    sys.exit(status if status >= 0 else 1)


def _run(module: str, arguments: list[str]) -> int:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - our own module, without a shell
