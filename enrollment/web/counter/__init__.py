"""The counter: an officer sees whether the person who stands there is the owner of a number, and nothing else.

Public name: `counter` (blueprint).
"""

from enrollment.web.counter import asking, checking
from enrollment.web.counter.blueprint import counter

__all__ = ["asking", "checking", "counter"]
