"""A device service of nobody's making: it serves synthetic fingers and faces from a folder, and every fault on demand.

For demonstrations and tests, as a program of its own: `python -m enrollment.devices.simulator --help`.
"""
