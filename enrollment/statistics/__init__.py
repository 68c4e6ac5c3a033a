"""Figures of registration: kept as rows without a person in them, and shown without small counts.

Public names: `AGES`, `CaseCounter`, `Comparisons`, `Dashboards`, `Measure`, `Month`, `Row`, `Table`, `month_of`.
"""

from enrollment.statistics.cases import CaseCounter
from enrollment.statistics.comparisons import Comparisons
from enrollment.statistics.dashboards import Dashboards
from enrollment.statistics.measures import AGES, Measure
from enrollment.statistics.months import Month, month_of
from enrollment.statistics.tables import Row, Table

__all__ = ["AGES", "CaseCounter", "Comparisons", "Dashboards", "Measure", "Month", "Row", "Table", "month_of"]
