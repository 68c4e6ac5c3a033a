"""Capture devices: the interface that scanners and cameras speak, and the check of the signed blocks that they give.

Public names are those of the modules `client`, `messages`, `chain`, `replays`, `webcam`, `codes`; `simulator` is a
program that stands in for a device.
"""
