"""Run `python -m biometrics.evaluation`."""

import sys

from biometrics.evaluation.command import main

if __name__ == "__main__":
    sys.exit(main())
