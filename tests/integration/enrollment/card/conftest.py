"""The operator's commands."""

from tests.integration.subscribers.conftest import install, wangov

__all__ = ["install", "wangov"]
