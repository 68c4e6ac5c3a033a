"""Minutiae records built and broken by hand: what a hostile or careless system could send.

`python -m tests.hostile_records` reads many of them and prints how that went.
"""
