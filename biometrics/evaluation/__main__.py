"""Run `python -m biometrics.evaluation`."""

import signal
import sys

# Before the libraries are loaded, which takes a while: an interrupted run ends without a trace of calls.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from biometrics.evaluation.command import main  # noqa: E402 - after the signal is set

if __name__ == "__main__":
    sys.exit(main())
