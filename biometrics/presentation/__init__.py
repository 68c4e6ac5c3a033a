"""Presentation attack detection: the plug-in interface.

One method is built in, for the officer's desk: a movement challenge that claims nothing against video or masks.
"""
