"""Benches: what an operation costs, printed as figures. Nothing here is a test and nothing fails on a slow machine.

`python -m bench` (`make bench`) starts private stores and the server on one core, drives it from another, and prints
a table.
"""
