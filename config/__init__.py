"""Configuration, read once at the top and handed down as values. Nothing below `wsgi` reads the environment itself.

Public names: `Environment`, `Settings`, `load_settings`.
"""

from config.settings import Environment, Settings, load_settings

__all__ = ["Environment", "Settings", "load_settings"]
