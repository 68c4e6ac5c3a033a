"""The default stores of `make run` and of the tests: real servers from wheels, private to one data folder.

Public names are in the modules (`state`, `stores`, `supervisor`): `config` reads `state` and stays light.
"""
