"""Dashboards: figures of a centre for its supervisor, of the nation for the auditor, on pages and as files.

Public name: `statistics` (blueprint).
"""

from enrollment.web.statistics import files, pages
from enrollment.web.statistics.blueprint import statistics

__all__ = ["files", "pages", "statistics"]
