"""`./wangov biometrics`: measuring the biometric engine, and looking at what it sees.

The engine runs in a process of its own: what serves pages never loads its libraries.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

import click

__all__ = ["biometrics"]

ROOT = Path(__file__).resolve().parents[2]
MODALITIES = ("finger", "face")
PROTOCOLS = ("fvc", "all")
MODES = ("verify", "full", "shortlist")
POLICIES = ("enrolment", "login")
# What ends this command ends the engine.
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)

biometrics = click.Group("biometrics", help="Measure the biometric engine, and see what it sees.")


@biometrics.command("evaluate")
@click.option("--modality", type=click.Choice(MODALITIES), required=True)
@click.option("--manifest", type=_FILE, required=True, help="CSV file of samples; see docs/biometrics.md.")
@click.option("--dataset", multiple=True, help="Only this dataset of the manifest (repeatable).")
@click.option(
    "--protocol", type=click.Choice(PROTOCOLS), required=True, help="All pairs, or those of the FVC competitions."
)
@click.option("--mode", type=click.Choice(MODES), help="How fingers are matched.  [default: verify]")
@click.option("--mirror", is_flag=True, help="Faces: average each image with its mirror image.")
@click.option("--plot", type=_FILE, help="Write the detection error trade-off as PNG.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the bootstrap.")
@click.option("--details", is_flag=True, help="With --json: add intervals, identification, quality, failures.")
@click.option("--thresholds", type=_FILE, help="An earlier JSON document of this engine: try its thresholds, too.")
@click.option("--worst", type=click.IntRange(0, 1000), default=0, help="List so many of the worst pairs.")
@click.option("--progress", is_flag=True, help="A line on standard error after each stage.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def evaluate(  # noqa: PLR0913 - one argument for each option of the command
    *,
    modality: str,
    manifest: Path,
    dataset: tuple[str, ...],
    protocol: str,
    mode: str | None,
    plot: Path | None,
    jobs: int,
    seed: int,
    thresholds: Path | None,
    worst: int,
    mirror: bool,
    details: bool,
    progress: bool,
    as_json: bool,
) -> None:
    """Error rates, speed and their intervals over the samples of a manifest."""
    if mirror and modality != "face":
        raise click.UsageError("--mirror is for faces.")
    if mode and modality != "finger":
        raise click.UsageError("--mode is for fingers; faces have --mirror.")
    if as_json and not details and (worst or thresholds):
        raise click.UsageError("--worst and --thresholds add to the details: with --json they need --details.")
    arguments = ["--modality", modality, "--manifest", str(manifest.absolute()), "--protocol", protocol]
    for name in dataset:
        arguments += ["--dataset", name]
    arguments += ["--mode", mode] if mode else []
    for option, path in (("--plot", plot), ("--thresholds", thresholds)):
        if path is not None:
            arguments += [option, str(path.absolute())]
    arguments += ["--jobs", str(jobs), "--seed", str(seed), "--worst", str(worst)]
    switches = (("--mirror", mirror), ("--progress", progress), ("--details", details), ("--json", as_json))
    arguments += [option for option, given in switches if given]
    status = _run("biometrics.evaluation", arguments)
    if status < 0 and as_json:
        click.echo(json.dumps({"error": "engine", "error_description": f"the evaluation ended by signal {-status}"}))
    sys.exit(status if status >= 0 else 1)


@biometrics.command("stages")
@click.option("--modality", type=click.Choice(MODALITIES), required=True)
@click.option("--policy", type=click.Choice(POLICIES), help="Faces: what is accepted.  [default: enrolment]")
@click.option("--prominent", is_flag=True, help="Faces: of several take the most prominent.")
@click.argument("image", type=_FILE)
@click.argument("folder", type=_FOLDER)
def stages(*, modality: str, policy: str | None, prominent: bool, image: Path, folder: Path) -> None:
    """Write a picture of every stage of IMAGE, and a page that shows them (index.html), into FOLDER."""
    if modality == "finger" and (policy or prominent):
        raise click.UsageError("--policy and --prominent are for faces.")
    arguments = [str(image.absolute()), str(folder.absolute())]
    arguments += ["--policy", policy] if policy else []
    arguments += ["--prominent"] if prominent else []
    room = "fingerprint" if modality == "finger" else "face"
    status = _run(f"biometrics.{room}.stages", arguments)
    sys.exit(status if status >= 0 else 1)


def _run(module: str, arguments: list[str]) -> int:
    """The exit status of a module run here, negative for the signal that killed it.

    A signal that asks this process to end goes to the module, and the status is then 128 and the signal, as in a shell.
    """
    command = [sys.executable, "-m", module, *arguments]
    asked: list[int] = []
    started: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        for child in started:
            child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in PASSED_ON}
    try:
        started.append(subprocess.Popen(command, cwd=ROOT))  # noqa: S603 - our own module, without a shell
        # One that came before there was anybody to pass it on to.
        for number in asked:
            started[0].send_signal(number)
        status = started[0].wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 + asked[0] if asked and status != 0 else status
