"""A person's own record of the register as they see it: versions and what changed, events, numbers, what is kept.

Public names: `OwnRecord`.
"""

from enrollment.own_record.gathering import OwnRecord

__all__ = ["OwnRecord"]
