"""The operator's commands on a database of the test's own."""

from tests.integration.subscribers.conftest import install, wangov

__all__ = ["install", "wangov"]
