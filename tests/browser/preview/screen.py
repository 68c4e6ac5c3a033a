"""What one page in one state is made of."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Screen:
    """One page in one state."""

    page: str
    context: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    logo: bool = False
