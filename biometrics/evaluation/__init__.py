"""How good the engine is, measured: manifests, protocols, error rates with their intervals, pictures and reports.

Commands: `python -m biometrics.evaluation`, `python -m biometrics.evaluation.calibrate` and `....chimeric`.
"""
