"""`python -m biometrics.synthetic --seed N --fingers F --impressions K FOLDER`: images of nobody's fingers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2

from biometrics.synthetic.files import write_collection


def main() -> int:
    """Write the collection and say where its manifest is."""
    parser = argparse.ArgumentParser(prog="python -m biometrics.synthetic", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fingers", type=int, default=10)
    parser.add_argument("--impressions", type=int, default=4)
    parser.add_argument("folder", type=Path, help="where images and manifest.csv go")
    options = parser.parse_args()
    if options.seed < 0 or options.fingers < 1 or options.impressions < 1:
        parser.error("the seed is at least 0, fingers and impressions at least 1")
    cv2.setNumThreads(1)
    manifest = write_collection(options.folder, options.seed, options.fingers, options.impressions)
    sys.stdout.write(f"{options.fingers * options.impressions} images, dataset=synthetic: {manifest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
