"""Fingers of nobody: seeded master prints and impressions of them, for tests, demo devices and scale runs.

What they give is marked dataset=synthetic and is never counted together with real prints.
"""
