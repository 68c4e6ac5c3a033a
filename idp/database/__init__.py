"""PostgreSQL: the declarative base of all rooms, and the group commit that machine endpoints use.

Public names: `Base`, `Session`, `GroupCommitter`, `Operation`, `Statement`.
"""

from idp.database.base import Base, Session
from idp.database.batch import GroupCommitter, Operation, Statement

__all__ = ["Base", "GroupCommitter", "Operation", "Session", "Statement"]
